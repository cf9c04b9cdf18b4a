"""Dispatch Lens: reads IREE dispatch dumps and explains which dispatches could have been one."""

__version__ = "0.1.0"
