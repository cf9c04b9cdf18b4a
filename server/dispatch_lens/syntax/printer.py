"""The text of an outline, put together again from its nodes: what shows that every byte belongs to one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.syntax.outline import Frame, Outline, PlainRegion, Region


def printed(text: str, outline: Outline) -> str:
    """The section's text from the nodes of its outline, in the order that the nesting gives them."""
    return "".join(_ops(text, 0, outline.ops, len(text)))


def _ops(text: str, at: int, ops: Sequence[Frame], end: int) -> Iterator[str]:
    """The ops of one block, and what stands before, between and after them."""
    for frame in ops:
        yield text[at : frame.start]
        yield from _frame(text, frame)
        at = frame.end
    yield text[at:end]


def _frame(text: str, frame: Frame) -> Iterator[str]:
    """The op's head around its regions; what stands between it and the next op goes with it."""
    at = frame.start
    for region in frame.regions:
        yield text[at : region.start]
        yield from _region(text, region)
        at = region.end
    yield text[at : frame.end]


def _region(text: str, region: Region | PlainRegion) -> Iterator[str]:
    at = region.start
    for block, following in zip(region.blocks, (*region.blocks[1:], None)):
        end = following.start if following else region.end
        yield from _ops(text, at, block.ops, end)
        at = end
