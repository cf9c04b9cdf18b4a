"""Text inside a region that belongs to no op, and labels of blocks that do not read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch_lens.ir import value_errors
from dispatch_lens.ir.module import Block, Module, Op, Problem
from dispatch_lens.syntax import parse
from dispatch_lens.text import Range

_STRAY = re.compile(r"(?:\s+|//[^\n]*)*")


def problems(module: Module, op: Op) -> Iterator[Problem]:
    """Text inside a region that belongs to no op."""
    for block, start, end in _blocks(op):
        yield from _in_label(module.text, start, end)
        for inner in block.ops:
            if not _is_space(module.text, end, inner.frame.start):
                yield from _stray_between(module.text, end, inner.frame.start)
            end = max(inner.end, inner.frame.name_end)
        if not _is_space(module.text, end, block.range.end):
            yield from _stray_between(module.text, end, block.range.end)


def _blocks(op: Op) -> Iterator[tuple[Block, int, int]]:
    """The blocks of the op's regions that were read, with the beginning and end of each one's label."""
    for region, outlined in zip(op.regions, op.frame.regions):
        if region.is_read:
            yield from ((block, frame.start, frame.label_end) for block, frame in zip(region.blocks, outlined.blocks))


def _in_label(text: str, start: int, end: int) -> Iterator[Problem]:
    shape = parse.parse_label(text, start, end) if end > start else None
    if shape is None:
        return
    words = [problem.message for problem in shape.problems]
    words += [message for leaf in shape.leaves if leaf.kind == "TYPE" for _, message in value_errors.in_value(leaf.text)]
    yield from (Problem(Range(start, end), f"in a block's label: {message}") for message in words[:1])


def _is_space(text: str, end: int, start: int) -> bool:
    return end >= start or text[end:start].isspace()


def _stray_between(text: str, end: int, start: int) -> Iterator[Problem]:
    """What stands between the end of an op and the start of the next, but for space and comments."""
    clear = _STRAY.match(text, end, start)
    at = clear.end() if clear else end
    if at < start:
        line_end = text.find("\n", at)
        yield Problem(Range(at, min(start, line_end if line_end >= 0 else start)), "this does not read as an op")
