"""Run one command, which must succeed, and print its CPU seconds and peak memory in megabytes.

A process of its own, for a child's peak begins at what its parent holds: this one holds nothing.
"""

import os
import subprocess
import sys

process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
if process.returncode != 0:
    sys.exit(f"exit {process.returncode}: {' '.join(sys.argv[1:])}")
print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3))
