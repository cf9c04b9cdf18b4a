"""Code lenses: above each dispatch its line, and the rules by which it could join another one. The remark itself says why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dispatch_lens.features.graph import size
from dispatch_lens.features.overview import Overview
from dispatch_lens.text import Range


class Lens(NamedTuple):
    """A line above a range. `rule` is the rule that it speaks of; `ordinal` the dispatch."""

    range: Range
    title: str
    ordinal: int
    rule: str | None


def lenses(overview: Overview) -> Iterator[Lens]:
    """The lenses in text order."""
    for one in overview.dispatches:
        traffic = f" · reads {size(one.bytes_read)}, writes {size(one.bytes_written)}" if one.bytes_read is not None else ""
        yield Lens(one.name_range, f"#{one.ordinal} {one.summary}{traffic}", one.ordinal, None)
        for rule in dict.fromkeys(remark.rule for remark in overview.remarks_of(one)):
            yield Lens(one.name_range, f"could be fused: {rule}", one.ordinal, rule)
