"""What a selection grows to: the token, the brackets around it, the op, its region, the op around that, the whole text."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.features import nesting, tokens, units
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.syntax import tree
from dispatch_lens.text import Range


def selections(snapshot: Snapshot, offset: int) -> tuple[Range, ...]:
    """The ranges around the place, each inside the next."""
    found: list[Range] = []
    for range_ in _candidates(snapshot, offset):
        inside = not found or (range_.start <= found[-1].start and found[-1].end <= range_.end)
        if inside and range_.contains(offset) and (not found or range_ != found[-1]):
            found.append(range_)
    return tuple(found)


def _candidates(snapshot: Snapshot, offset: int) -> Iterator[Range]:
    token = tokens.token_at(snapshot, offset)
    if token is not None:
        yield token.range
    yield from _in_unit(snapshot, offset)
    state = nesting.around(snapshot, offset)
    for op, open_at in reversed(state.regions):
        end = min(nesting.region_end(snapshot, open_at) + 1, snapshot.length)
        yield Range(open_at, end)
        yield Range(op.start, end)
    index = snapshot.chunk_at(offset)
    chunks = snapshot.section_chunks(index)
    yield Range(snapshot.starts[chunks.start], snapshot.starts[chunks.stop])
    yield Range(0, snapshot.length)


def _in_unit(snapshot: Snapshot, offset: int) -> Iterator[Range]:
    unit = units.unit_at(snapshot, offset)
    op = unit.op_at(offset) if unit is not None else None
    if unit is None or op is None:
        return
    groups = [op.head.range(group) for group in _groups(op.shape.items)]
    holding = [unit.place(group) for group in groups if group.contains(offset - unit.start)]
    yield from sorted(holding, key=lambda one: one.end - one.start)
    yield unit.place(op.range)
    for outer in op.ancestors():
        yield unit.place(outer.range)


def _groups(items: tuple[tree.Item, ...]) -> Iterator[tree.Group]:
    for item in items:
        if isinstance(item, tree.Group):
            yield item
            yield from _groups(item.items)
