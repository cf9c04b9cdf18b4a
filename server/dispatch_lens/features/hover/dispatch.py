"""Hover of a dispatch: its line, its root op, who makes what it reads, who reads what it makes, and what could join it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.features.graph import size
from dispatch_lens.features.overview import DispatchRow, Overview

MOST_LISTED = 6


def markdown(of: DispatchRow, overview: Overview) -> str:
    """The hover of a dispatch."""
    return "\n\n".join(line for line in _lines(of, overview) if line)


def _lines(of: DispatchRow, overview: Overview) -> Iterator[str]:
    total = len(overview.dispatches)
    yield f"**dispatch #{of.ordinal}** of {total}: {of.summary}"
    work = f", {grouped(of.flops)} operations" if of.flops else ""
    root = f"root op `{of.root}`, " if of.root else ""
    yield f"{root}reads {size(of.bytes_read)}, writes {size(of.bytes_written)}{work}"
    yield _neighbours("reads from", of.producers, overview)
    yield _neighbours("read by", of.consumers, overview)
    for remark in overview.remarks_of(of):
        yield f"**{remark.rule}**: {remark.message}\n\n- reason: {remark.reason}" + (
            f"\n- suggestion: {remark.suggestion}" if remark.suggestion else ""
        )
    same = [one for one in overview.dispatches if one.signature == of.signature]
    if len(same) > 1:
        yield f"{len(same)} dispatches do the same work"


def grouped(number: int) -> str:
    """`1 234 567`."""
    return f"{number:,}".replace(",", " ")


def _neighbours(verb: str, ordinals: Sequence[int], overview: Overview) -> str:
    if not ordinals:
        return ""
    known = {one.ordinal: one for one in overview.dispatches}
    lines = [f"- #{ordinal} {known[ordinal].summary}" for ordinal in ordinals[:MOST_LISTED] if ordinal in known]
    more = f"\n- … {len(ordinals) - MOST_LISTED} more" if len(ordinals) > MOST_LISTED else ""
    return f"{verb}\n\n" + "\n".join(lines) + more if lines else ""
