"""The bridge to real IREE installs, always in another process."""
