"""Which ops a walk meets: those that were read, after the regions that it needs have been read too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dispatch_lens.ir.module import Op, Region


def where(ops: tuple[Op, ...], holds: Callable[[Op], bool]) -> Iterator[Op]:
    """The ops, and those inside them, of which something holds that asks for no names and places."""
    return filter(holds, after_reading(ops, lambda region: region.may_have(holds)))


def after_reading(ops: tuple[Op, ...], wanted: Callable[[Region], bool]) -> list[Op]:
    """The ops and those inside them, after the regions of which this holds have been read."""
    found = read_ops(ops)
    unread = [region for op in found if op.regions for region in op.regions if not region.is_read and wanted(region)]
    for region in unread:
        region.read()
    return read_ops(ops) if unread else found


def read_ops(ops: tuple[Op, ...]) -> list[Op]:
    """The ops and those inside them but in regions that nobody has read, an op before the ops inside it."""
    found: list[Op] = []
    _add_read(ops, found)
    return found


def _add_read(ops: tuple[Op, ...], found: list[Op]) -> None:
    for op in ops:
        found.append(op)
        if op.regions:
            for block in [block for region in op.regions if region.is_read for block in region.blocks]:
                _add_read(block.ops, found)
