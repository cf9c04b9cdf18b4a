"""What the worker process does with IREE's bindings. Runs under any Python from 3.9 on and imports nothing of this project."""
