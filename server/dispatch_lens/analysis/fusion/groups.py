"""A fusion group while it grows: its members, the loop map of each, and whether one more op may join.

Mirrors class FusionGroup in DispatchCreation/FormDispatchRegions.cpp. The identity rules of before 3.9 need only the
members and the root's outer parallel loops.
"""

from __future__ import annotations

from collections import Counter

from dispatch_lens.analysis.fusion.eras import Era
from dispatch_lens.analysis.fusion.iteration import iteration
from dispatch_lens.analysis.fusion.loop_maps import LoopMap, get_root_parallel_loop_to_op_map, root_loop_map
from dispatch_lens.analysis.fusion.outer_loops import RootLoops
from dispatch_lens.analysis.fusion.reasons import Reason, Side, refuse
from dispatch_lens.analysis.fusion.scope import Scope, captured, tensor_producers
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value

MAX_OPERAND_COUNT = 16


class FusionGroup:
    """The ops of one dispatch to be. `loop_maps` holds the members in the order in which they joined."""

    def __init__(self, root: Op, scope: Scope, era: Era) -> None:
        self.root = root
        self.scope = scope
        self.era = era
        self.loop_maps: dict[Op, LoopMap] = {root: root_loop_map(iteration(root))}
        space = iteration(root)
        self.root_loops = RootLoops(space.outer_parallel_loops if space is not None else (), era.fits_fewer_loops)
        self._first = scope.position(root)
        self._independent: set[int] = set()
        self._outside: set[Op] = set()
        self._open_uses: dict[Value, int] = {}
        self._count(root)

    def __contains__(self, op: Op | None) -> bool:
        return op in self.loop_maps

    @property
    def members(self) -> tuple[Op, ...]:
        """The members in text order."""
        return tuple(sorted(self.loop_maps, key=lambda op: op.frame.start))

    def insert(self, op: Op) -> None:
        """FusionGroup::insert: an op whose loops cannot be mapped gets the map of a root."""
        found = get_root_parallel_loop_to_op_map(op, self.loop_maps, self.era)
        self.loop_maps[op] = found if isinstance(found, LoopMap) else root_loop_map(iteration(op))
        self._count(op)
        if not self.scope.holds(op):
            return
        position = self.scope.position(op)
        self._first = min(self._first, position)
        self._independent = {known for known in self._independent if known < position}

    def is_fusable(self, op: Op) -> Reason | None:
        """FusionGroup::isFusable: operands only, one loop map, and the root's own where the op is not all parallel."""
        inner = next((value for value in captured(op) if value.op in self.loop_maps), None)
        if inner is not None and inner.op is not None:
            sentence = f"the body of {op.name} reads {inner.name} itself, not by an operand"
            others = (("producer", inner.op), ("consumer", op))
            return refuse("is_fusable", sentence, "gather-tensor-extract", None, (), others)
        found = get_root_parallel_loop_to_op_map(op, self.loop_maps, self.era)
        if isinstance(found, Reason):
            return found
        space = iteration(op)
        root_map = self.loop_maps[self.root]
        if space is None or all(space.outer_parallel_loops) or found == root_map:
            return None
        sides = (Side("root's loops", str(root_map)), Side(f"loops of {op.name}", str(found)))
        sentence = f"{op.name} has loops that are not parallel, and then its loops must be laid out like the root's"
        return refuse("is_fusable", sentence, None, None, sides, (("root", self.root), ("candidate", op)))

    def would_exceed_operand_limit(self, op: Op) -> Reason | None:
        """FusionGroup::wouldExceedOperandLimit: ops that give tensors to the group, and results used outside of it."""
        outside = (self._outside | tensor_producers(op)) - self.loop_maps.keys() - {op}
        reads_here = Counter(operand.value for operand in op.operands)
        closed = sum(self._open_uses.get(value) == count for value, count in reads_here.items())
        count = len(outside) + len(self._open_uses) - closed + len(self._uses_outside(op))
        if count <= MAX_OPERAND_COUNT:
            return None
        sides = (Side("operands and results", str(count)), Side("limit", str(MAX_OPERAND_COUNT)))
        sentence = f"the dispatch would have {count} operands and results, and the limit is {MAX_OPERAND_COUNT}"
        return refuse("would_exceed_operand_limit", sentence, "operand-limit", None, sides, (("candidate", op),))

    def _count(self, op: Op) -> None:
        """Keeps `_outside`, ops that give tensors to members, and `_open_uses`: by result the uses outside."""
        self._outside |= tensor_producers(op)
        self._outside.discard(op)
        self._open_uses.update(self._uses_outside(op))
        for operand in op.operands:
            if operand.value in self._open_uses:
                self._open_uses[operand.value] -= 1
                if not self._open_uses[operand.value]:
                    del self._open_uses[operand.value]

    def _uses_outside(self, op: Op) -> dict[Value, int]:
        counts = {r: sum(use.op is not op and use.op not in self.loop_maps for use in r.uses) for r in op.results}
        return {result: count for result, count in counts.items() if count}

    def has_transitive_dependency_on_fusion_group(self, consumer: Op) -> Op | None:
        """The op outside the group through which the consumer depends on it, None where there is none.

        FusionGroup::hasTransitiveDependencyOnFusionGroup. What is found independent is kept until the group grows.
        """
        scope = self.scope
        starts = [p for p in scope.producers(consumer) if p not in self.loop_maps]
        for start in starts:
            if self._depends_on_group(start):
                return start
        return None

    def _depends_on_group(self, start: Op) -> bool:
        scope = self.scope
        pending, seen = [start], set[int]()
        while pending:
            op = pending.pop()
            if op in self.loop_maps:
                return True
            position = scope.position(op)
            if position < self._first or position in seen or position in self._independent:
                continue
            seen.add(position)
            pending += scope.producers(op)
        self._independent |= seen
        return False

    def user_before_root_ends(self, producer: Op) -> Op | None:
        """A user of the producer outside the group that does not stand behind the root. hasUsesBetweenProducerAndRoot."""
        root = self.scope.position(self.root)
        users = (u for u in self.scope.users(producer) if u not in self.loop_maps)
        return next((u for u in users if self.scope.position(u) <= root), None)

    def external_user_blocking_producer_fusion(self, producer: Op) -> Op | None:
        """A user of the producer outside the group, before the root, which a member needs or which is a region already.

        Flow/Transforms/RegionOpUtils.cpp:hasExternalUserBlockingProducerFusion.
        """
        scope = self.scope
        root = scope.position(self.root)
        outside = [u for u in scope.users(producer) if u not in self.loop_maps and scope.position(u) < root]
        if not outside:
            return None
        needed = self._needed_after(scope.position(producer))
        return next((u for u in outside if u.name == "flow.dispatch.region" or u in needed), None)

    def _needed_after(self, first: int) -> set[Op]:
        """The members and what they transitively read, down to the position `first`."""
        scope = self.scope
        needed = set(self.loop_maps)
        pending = list(needed)
        while pending:
            for producer in scope.producers(pending.pop()):
                if producer not in needed and scope.position(producer) >= first:
                    needed.add(producer)
                    pending.append(producer)
        return needed
