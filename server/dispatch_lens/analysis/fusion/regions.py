"""From groups to regions: which members really get into their group's region, and which are dead.

A consumer stays outside where what it reads cannot be moved before the region (moveFollowingOpIntoDispatchRegion in
Flow/Transforms/RegionOpUtils.cpp). What nothing needs, and what folds, is gone when the pass has cleaned
up, as it does since 3.3.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from functools import lru_cache

from dispatch_lens.analysis.fusion import folding
from dispatch_lens.analysis.fusion.eras import Era
from dispatch_lens.analysis.fusion.groups import FusionGroup
from dispatch_lens.analysis.fusion.scope import Scope
from dispatch_lens.ir.module import Op, Region


def members_after_clean_up(function: Op, groups: Sequence[FusionGroup], era: Era) -> tuple[tuple[Op, ...], ...]:
    """For each group the members that its region has in the end, in text order; none where the region is erased."""
    moved = _moved_members(groups, era)
    if not era.cleans_up or not groups:
        return tuple(moved)
    live = _live_ops(function)
    return tuple(tuple(op for op in members if op in live and not folding.folds_away(op, members)) for members in moved)


def _moved_members(groups: Sequence[FusionGroup], era: Era) -> list[tuple[Op, ...]]:
    if era.moves_root_to_consumer:
        return [group.members for group in groups]
    regions = _Regions()
    return [regions.build(group) for group in groups]


class _Regions:
    """The regions built so far; each counts as one op that reads what its members read."""

    def __init__(self) -> None:
        self.built: list[list[Op]] = []
        self.earliest = sys.maxsize
        self.region_of: dict[Op, list[Op]] = {}
        self.needed_by: dict[Op, tuple[Op, ...]] = {}

    def build(self, group: FusionGroup) -> tuple[Op, ...]:
        members = group.members
        root = members.index(group.root)
        region = list(members[: root + 1])
        self.region_of.update((op, region) for op in region)
        first = region[0].frame.start
        if first > self.earliest and any(other[0].frame.start < first < other[-1].frame.start for other in self.built):
            first = 0
        for consumer in members[root + 1 :]:
            if not self.needs_region(consumer, region, group.scope, first):
                region.append(consumer)
                self.region_of[consumer] = region
        self.built.append(region)
        self.earliest = min(self.earliest, region[0].frame.start)
        return tuple(region)

    def needs_region(self, consumer: Op, region: list[Op], scope: Scope, first: int) -> bool:
        """Whether the consumer reads, through ops outside, something that needs the region. moveOperandDefs.

        What stands before `first` does not: so does what it reads, itself and by the regions that it is in.
        """
        pending = [p for p in scope.producers(consumer) if self.region_of.get(p) is not region]
        seen: set[Op] = set()
        while pending:
            op = pending.pop()
            if op in seen or op.frame.start < first:
                continue
            around = self.region_of.get(op)
            if around is region:
                return True
            together = around or [op]
            seen.update(together)
            for member in together:
                pending += self.needed(member, scope)
        return False

    def needed(self, op: Op, scope: Scope) -> tuple[Op, ...]:
        """What an op needs in its scope, sizes resolved as the pass does before it moves anything."""
        known = self.needed_by.get(op)
        if known is None:
            known = self.needed_by[op] = tuple(producer for producer in scope.producers(op) if _needs(op, producer))
        return known


@lru_cache(maxsize=8)
def _live_ops(function: Op) -> frozenset[Op]:
    """The ops that something with an effect needs, through any number of ops."""
    pending = list(function.walk_where(_stays_when_unused))
    live: set[Op] = set()
    while pending:
        op = pending.pop()
        if op not in live:
            live.add(op)
            pending += _kept_alive(op)
    return frozenset(live)


def _kept_alive(op: Op) -> Iterator[Op]:
    """The ops that are needed where the op is: what it reads, what ends its regions, and what holds it."""
    for operand in op.operands:
        source = operand.value.op
        if source is not None and _needs(op, source):
            yield source
    for region in op.regions:
        yield from _needed_inside(region)
    if op.parent is not None:
        yield op.parent


def _needed_inside(region: Region) -> list[Op]:
    """The ends of the region's blocks; where it reads nothing from outside but constants, these will do."""
    if region.like is not None and not region.is_read:
        makers = [maker for value in region.like.captured if (maker := value.op) is not None and maker.name == "arith.constant"]
        if len(makers) == len(region.like.captured):
            return makers
    return [block.ops[-1] for block in region.blocks if block.ops]


def _needs(op: Op, source: Op) -> bool:
    """Whether the op keeps the maker of its operand alive: a size is found out from what the maker reads instead."""
    return op.name != "tensor.dim" or source.dialect not in _TELL_THEIR_SIZES


_TELL_THEIR_SIZES = frozenset({"linalg", "tensor", "iree_linalg_ext", "iree_encoding", "flow"})


def _stays_when_unused(op: Op) -> bool:
    return op.dialect not in _WITHOUT_EFFECT and not op.name.startswith(_WITHOUT_EFFECT_PREFIXES)


_WITHOUT_EFFECT = frozenset({"linalg", "tensor", "arith", "math", "affine", "complex", "scf", "iree_linalg_ext", "iree_encoding"})
_WITHOUT_EFFECT_PREFIXES = ("flow.tensor.", "flow.dispatch.region", "flow.return", "iree_tensor_ext.compute_barrier")
