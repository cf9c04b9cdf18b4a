"""Pictures by Graphviz's own program, where that is installed."""

from __future__ import annotations

import shutil
import subprocess


class NotDrawnError(Exception):
    """There is no picture; the message says why, as a clause."""


def svg(dot: str) -> str:
    """The picture as SVG of a graph in Graphviz's language. Raises NotDrawnError."""
    program = shutil.which("dot")
    if program is None:
        raise NotDrawnError("Graphviz's `dot` draws it and is not on the PATH; install it, or take `--format dot` to a viewer")
    drawn = subprocess.run([program, "-Tsvg"], input=dot, capture_output=True, encoding="utf-8", check=False)
    if drawn.returncode != 0:
        raise NotDrawnError(f"`{program}` failed: {drawn.stderr.strip()}")
    return drawn.stdout
