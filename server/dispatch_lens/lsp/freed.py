"""Memory that was freed, given back to the system: the C library keeps it for what may come."""

from __future__ import annotations

import sys


def give_back() -> None:
    """Gives back what can be, where the C library is glibc. Costs a pass over what is free."""
    if sys.platform != "linux":
        return
    import ctypes  # Few texts are so large; no other waits for it.

    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
