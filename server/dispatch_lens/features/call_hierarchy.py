"""The call hierarchy of dispatches: who makes what one reads, and who reads what it makes."""

from __future__ import annotations

from dispatch_lens.features.overview import DispatchRow, Overview


def item(overview: Overview, offset: int) -> DispatchRow | None:
    """The dispatch at the place."""
    return overview.dispatch_at(offset)


def producers(overview: Overview, ordinal: int) -> tuple[DispatchRow, ...]:
    """The dispatches that write what this one reads."""
    wanted = {producer for one in overview.dispatches if one.ordinal == ordinal for producer in one.producers}
    return tuple(one for one in overview.dispatches if one.ordinal in wanted)


def consumers(overview: Overview, ordinal: int) -> tuple[DispatchRow, ...]:
    """The dispatches that read what this one writes."""
    wanted = {consumer for one in overview.dispatches if one.ordinal == ordinal for consumer in one.consumers}
    return tuple(one for one in overview.dispatches if one.ordinal in wanted)
