"""The summary of one file in words, the same in a terminal and in an editor."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.counts import counted
from dispatch_lens.features.report import Reading, Summary

_SHOWN_NAMES = 6


def headline(summary: Summary) -> str:
    """`117 dispatches (18 standalone transposes)`, or what the text holds in their place."""
    if summary.shape == "none":
        return "no dispatches to be seen, and no ops that need one"
    if summary.shape == "linalg":
        need = "needs" if summary.to_dispatch == 1 else "need"
        return f"no dispatches formed yet; {counted(summary.to_dispatch, 'op')} that {need} one"
    if summary.executed is None:
        words = counted(summary.unique_executables or 0, "executable") + " without the program that runs them"
    else:
        words = counted(summary.executed, "dispatch")
    transposes = summary.standalone_transposes
    return f"{words} ({counted(transposes, 'standalone transpose')})" if transposes else words


def rows(summary: Summary, reading: Reading) -> Iterator[tuple[str, str]]:
    """A word and its value, a line each; what is zero is left out, but for standalone transposes and copies."""
    yield "read", f"{reading.choice}{_sections(reading)}"
    if reading.remarks_on:
        yield "remarks", f"on {reading.remarks_on}"
    if summary.by_kind:
        yield "by kind", ", ".join(f"{count} {kind}" for kind, count in summary.by_kind.items())
        yield "standalone transposes", str(summary.standalone_transposes)
        yield "copies", _copies(summary)
    if summary.executed is not None and summary.unique_executables is not None:
        yield "executed", f"{summary.executed}, of {counted(summary.unique_executables, 'unique executable')}"
    if summary.executed and summary.to_dispatch:
        yield "left outside", _left_outside(summary.to_dispatch, summary.executed)
    if summary.initializers:
        words = f"{counted(len(summary.initializers), 'dispatch')} in initializers: {_names(summary.initializers)}"
        yield "left out", words + _more_in_initializers(summary.initializers_to_dispatch)
    if summary.jit_eval:
        words = counted(len(summary.jit_eval), "function") + " that the compiler runs itself"
        yield "left out", f"{words}: {_names(summary.jit_eval)}"


def _left_outside(ops: int, executed: int) -> str:
    become = "becomes a dispatch of its own" if ops == 1 else "become dispatches of their own"
    return f"{counted(ops, 'op')} that {become}: {executed + ops} in the end (predicted)"


def _more_in_initializers(ops: int) -> str:
    return f", and {counted(ops, 'op')} that will be {'one' if ops == 1 else 'ones'}" if ops else ""


def _copies(summary: Summary) -> str:
    outside = f", and {counted(summary.flow_copies, 'copy')} outside dispatches" if summary.flow_copies else ""
    return f"{summary.copies}{outside}"


def _sections(reading: Reading) -> str:
    """Which of several sections were read."""
    lines, total = reading.lines, reading.sections_total
    if not lines or total == 1:
        return ""
    shown = ", ".join(map(str, lines[:3])) + (", …" if len(lines) > 3 else "")
    return f" ({len(lines)} of {counted(total, 'section')}, at line{'s' if len(lines) > 1 else ''} {shown})"


def _names(names: tuple[str, ...]) -> str:
    unique = tuple(dict.fromkeys(names))
    more = len(unique) - _SHOWN_NAMES
    return ", ".join(unique[:_SHOWN_NAMES]) + (f" and {more} more" if more > 0 else "")
