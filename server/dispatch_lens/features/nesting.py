"""What is around a place of a snapshot: the regions and the op, found from the beginning of its function only.

A function (or executable, or global) that begins a line where functions are printed is taken to stand at the top, whatever
the text before it: what is broken there does not reach it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from dispatch_lens.features.levels import Around, OpMark, level
from dispatch_lens.features.snapshot import FUNCTION, Snapshot
from dispatch_lens.syntax import scanner
from dispatch_lens.text import Range

REMEMBERED = 64
"""Places that are asked about again and again while one question is answered."""
_FUNCTION = re.compile(rf"^( *)(?!builtin\.module\b|[a-z_.]+\.(?:call|dispatch)\b){FUNCTION}", re.MULTILINE)


@lru_cache(maxsize=REMEMBERED)
def around(snapshot: Snapshot, offset: int) -> Around:
    """The regions that are open at the place, and the op whose text may hold it."""
    index = snapshot.chunk_at(offset)
    state = Around([], None)
    for before in range(top_chunk(snapshot, index), index):
        state.pass_over(snapshot.chunks[before].level, snapshot.starts[before])
    base = snapshot.starts[index]
    state.pass_over(level(_events_before(snapshot.chunks[index].events, offset - base)), base)
    return state


def _events_before(events: tuple[scanner.Event, ...], offset: int) -> list[scanner.Event]:
    return [event for event in events if event[0] < offset or (event[0] == offset and not _is_brace(event))]


def _is_brace(event: scanner.Event) -> bool:
    return isinstance(event, (scanner.Open, scanner.Close))


def top_chunk(snapshot: Snapshot, index: int) -> int:
    """The chunk that begins what stands at the top of the section and holds chunk `index`: a function, or the section."""
    section = snapshot.section_chunks(index)
    for at in range(index, section.start, -1):
        line = snapshot.chunks[at].first_line
        found = _FUNCTION.match(line)
        if found is not None and len(found.group(1)) == _top_column(snapshot, section):
            return at
    return section.start


def _top_column(snapshot: Snapshot, section: range) -> int:
    """Where functions begin: where the first one does, 2 inside a printed module, else 0."""
    found = (_FUNCTION.search(snapshot.chunks[at].ir) for at in section)
    return next((len(match.group(1)) for match in found if match is not None), 0)


def extent(snapshot: Snapshot, op: OpMark, limit: int) -> int | None:
    """Where the op's text ends at the latest: before what follows it; None where that is more than `limit` further."""
    depth = 0
    for offset, event in events_after(snapshot, op.name_end):
        if offset > op.start + limit:
            return None
        if isinstance(event, scanner.Open):
            depth += 1
        elif isinstance(event, scanner.Close):
            depth -= 1
            if depth < 0:
                return offset
        elif depth == 0:
            return offset
    end = snapshot.starts[snapshot.section_chunks(snapshot.chunk_at(op.start)).stop]
    return end if end <= op.start + limit else None


@lru_cache(maxsize=REMEMBERED)
def region_end(snapshot: Snapshot, open_at: int) -> int:
    """Where the region that begins at `open_at` ends: at its `}`; at the end of the section where there is none."""
    index = snapshot.chunk_at(open_at)
    depth = 0
    for at in range(index, snapshot.section_chunks(index).stop):
        level_, base = snapshot.chunks[at].level, snapshot.starts[at]
        if at != index and level_.closes < depth:
            depth += level_.net
            continue
        for event in snapshot.chunks[at].events:
            if base + event[0] < open_at:
                continue
            depth += isinstance(event, scanner.Open) - isinstance(event, scanner.Close)
            if depth == 0 and isinstance(event, scanner.Close):
                return base + event.at
    return snapshot.starts[snapshot.section_chunks(index).stop]


def events_after(snapshot: Snapshot, offset: int) -> Iterator[tuple[int, scanner.Event]]:
    """The events at or after the offset, to the end of the section, with the snapshot's offsets of their beginning."""
    index = snapshot.chunk_at(offset)
    for at in range(index, snapshot.section_chunks(index).stop):
        base = snapshot.starts[at]
        for event in snapshot.chunks[at].events:
            if base + event[0] >= offset:
                yield base + event[0], event


def span(snapshot: Snapshot, op: OpMark, limit: int) -> Range | None:
    """The op's text with what follows up to the next op; None where that is longer than `limit`."""
    end = extent(snapshot, op, limit)
    return None if end is None else Range(op.start, end)
