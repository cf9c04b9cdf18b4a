"""The process of an analyst. It loads nothing of the server, so that one can begin while the server itself still loads."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

from dispatch_lens.syntax import tables

Process: TypeAlias = "subprocess.Popen[bytes]"
Begin: TypeAlias = Callable[[], Process]
_YIELDING = 10
"""Steps of priority below the other processes."""


def begin(file: str = "") -> Process:
    """A process that reads, asked through its standard input and answering by its standard output. A file may come first."""
    words = [sys.executable, "-m", "dispatch_lens.lsp.analyst_main", file, *tables.folders()]
    return subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def begun_ahead(file: str = "") -> Begin:
    """Begins a process now, which reads the file; who needs one first has it, and all others begin their own."""
    spare = [begin(file)]
    return lambda: spare.pop() if spare else begin()


def begin_yielding() -> Process:
    """One that gives way to the others where they have work."""
    process = begin()
    if sys.platform != "win32":
        os.setpriority(os.PRIO_PROCESS, process.pid, _YIELDING)
    return process
