"""Which dispatch regions form-dispatch-regions makes of a function, and for each edge that it cut, why.

`form_dispatch_regions` answers op by op for the IR as it is printed: it runs none of the passes before. A region that
the text already has stays one opaque op. Ops that are cloned into dispatches are in no group.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dispatch_lens.analysis.fusion import op_kinds, regions
from dispatch_lens.analysis.fusion.consumer_rules import is_fusable_with_consumer
from dispatch_lens.analysis.fusion.eras import NEWEST, Era, Options
from dispatch_lens.analysis.fusion.groups import FusionGroup
from dispatch_lens.analysis.fusion.producer_rules import (
    are_all_fusion_group_uses_fusable_with_producer,
    is_fusable_with_producer,
)
from dispatch_lens.analysis.fusion.reasons import Reason, refuse
from dispatch_lens.analysis.fusion.rules import Rules, Stage
from dispatch_lens.analysis.fusion.scope import Scope, scopes, uses_of
from dispatch_lens.analysis.fusion.uses import dominating_use, get_fusable_uses
from dispatch_lens.ir.module import Module, Op, Region
from dispatch_lens.ir.value import Operand


@dataclass(frozen=True, slots=True)
class Group:
    """The ops of one dispatch region to be: its root, and all members in text order."""

    root: Op
    members: tuple[Op, ...]


@dataclass(frozen=True, slots=True)
class EdgeVerdict:
    """What became of the edge from an op to a reader of its result. `reasons` are the refusals in order of the tries.

    An edge that was not fused and has no reason was never tried: the consumer had its group before, or the two are in
    different blocks.
    """

    producer: Op
    consumer: Op
    fused: bool
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Formation:
    """The regions of one function in text order of their first members, and a verdict for each edge between members."""

    groups: tuple[Group, ...]
    edges: tuple[EdgeVerdict, ...]

    def group_of(self, op: Op) -> Group | None:
        """The group that holds the op; None for one that is cloned, dead, or not dispatched at all."""
        return next((group for group in self.groups if op in group.members), None)

    def edge(self, producer: Op, consumer: Op) -> EdgeVerdict | None:
        """The verdict on the edge between two ops, None where there is none."""
        return next((e for e in self.edges if e.producer is producer and e.consumer is consumer), None)


def form_dispatch_regions(function: Op, era: Era = NEWEST, options: Options = Options()) -> Formation:  # noqa: B008
    """The regions that the pass makes of a function's body. FormDispatchRegions.cpp:createFusionGroups."""
    former = _Former(Rules(era, options))
    for region in function.regions:
        former.decide_fusable_linalg_ops(region)
    return former.formation(function)


def dispatching_functions(module: Module) -> tuple[Op, ...]:
    """The functions and initializers at the top of a section, which the pass runs on; not those inside executables."""
    outer = [op for op in module.ops if op.name != "builtin.module"]
    inner = [op for top in module.ops if top.name == "builtin.module" for region in top.regions for op in region.ops]
    return tuple(op for op in outer + inner if op.name in ("func.func", "util.func", "util.initializer"))


class _Former:
    """The state of one run: which op is in which group, and what was refused."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.era = rules.era
        self.options = rules.options
        self.groups: list[FusionGroup] = []
        self.group_of: dict[Op, FusionGroup] = {}
        self.refusals: dict[tuple[Op, Op], list[Reason]] = {}

    # ------------------------------------------------------------ the two rounds

    def decide_fusable_linalg_ops(self, region: Region) -> None:
        """Roots first, then what they left; regions of scf ops on the way. FormDispatchRegions.cpp, same name."""
        for scope in scopes(region):
            self.fuse_around(self.first_round_groups(scope))
        for scope in scopes(region):
            self.fuse_around(self.second_round_groups(scope))

    def first_round_groups(self, scope: Scope) -> list[FusionGroup]:
        """The block's groups from the last root to the first; what is inside an scf op is decided where it stands."""
        started: list[FusionGroup] = []
        for op in scope.candidates:
            if op.dialect == "scf":
                self.decide_below(op)
            elif op not in self.group_of and self.is_first_round_root(op):
                started.append(self.start_group(op, scope))
        return started

    def decide_below(self, op: Op) -> None:
        for region in op.regions:
            self.decide_fusable_linalg_ops(region)

    def second_round_groups(self, scope: Scope) -> list[FusionGroup]:
        started: list[FusionGroup] = []
        for op in scope.candidates:
            if op not in self.group_of and self.is_second_round_root(op):
                started.append(self.start_group(op, scope))
        return started

    def is_first_round_root(self, op: Op) -> bool:
        if self.era.roots_set_encoding and op.name == "iree_encoding.unset_encoding":
            return True
        return op_kinds.is_root_like_op(op)

    def is_encoded(self, op: Op) -> bool:
        return self.era.roots_set_encoding and op.name == "iree_encoding.set_encoding"

    def is_second_round_root(self, op: Op) -> bool:
        if not (op_kinds.is_left_for_second_round(op) or self.is_encoded(op)):
            return False
        if not self.era.skips_cloneable_consumers:
            left_out = op.name == "linalg.fill" or op_kinds.is_bit_extend_op(op)
            return not (left_out or (self.era.leaves_gathers and op_kinds.yields_an_extract(op)))
        if self.rules.is_cloned(op):
            return False
        return not (all(use.op.name in op_kinds.ATTENTIONS for use in uses_of(op)) and op_kinds.is_gatherlike_op(op))

    def start_group(self, root: Op, scope: Scope) -> FusionGroup:
        group = FusionGroup(root, scope, self.era)
        self.groups.append(group)
        self.group_of[root] = group
        self.fuse_root_with_producers(group, "before-consumers")
        return group

    def fuse_around(self, roots: Sequence[FusionGroup]) -> None:
        """The consumers of each root in text order, then the producers once more."""
        for group in reversed(roots):
            self.fuse_root_with_consumers(group)
        if self.era.defers_truncates:
            for group in reversed(roots):
                self.fuse_root_with_producers(group, "after-consumers")

    # ------------------------------------------------------------ producers

    def fuse_root_with_producers(self, group: FusionGroup, stage: Stage) -> None:
        """Follows operands from the root and takes in what may join. FormDispatchRegions.cpp:fuseRootsWithProducers."""
        pending = [group.root]
        while pending:
            candidate = pending.pop()
            for use in candidate.operands:
                producer = use.value.op
                if producer is None or not self.may_try_producer(producer, group):
                    continue
                reason = self.refuses_producer(use, producer, group, stage)
                if reason is not None:
                    self.note(producer, candidate, reason)
                    continue
                self.join(producer, group)
                pending.append(producer)

    def may_try_producer(self, producer: Op, group: FusionGroup) -> bool:
        if producer in self.group_of or not (self.era.fuses_across_blocks or group.scope.holds(producer)):
            return False
        return not self.rules.is_cloned(producer)

    def refuses_producer(self, use: Operand, producer: Op, group: FusionGroup, stage: Stage) -> Reason | None:
        if self.era.moves_root_to_consumer:
            found = dominating_use(producer, self.options)
            if isinstance(found, Reason):
                return found
            if found.op is not use.op:
                sentence = f"{found.op.name} reads the value first, and only the first reader is considered"
                return refuse("get_fusable_use", sentence, "multi-use-producer", use, (), (("first reader", found.op),))
            return is_fusable_with_producer(use, producer, group, self.rules, stage)
        if not self.era.fuses_multi_use_producers:
            return self.refuses_first_use(use, producer, group, stage)
        reason = are_all_fusion_group_uses_fusable_with_producer(producer, group, self.rules, stage)
        if reason is not None:
            return reason
        if not self.options.fuse_multi_use and len([u for u in uses_of(producer) if u.op.name != "tensor.dim"]) != 1:
            sentence = "the producer has several uses, and fusing such producers is switched off"
            return refuse("fuse_roots_with_producers", sentence, "multi-use-producer", use)
        user = group.external_user_blocking_producer_fusion(producer)
        if user is None:
            return None
        sentence = f"{user.name} also reads the value, and the dispatch needs what it makes"
        others = (("other user", user),)
        return refuse("has_external_user_blocking_producer_fusion", sentence, "transitive-dependency", use, (), others)

    def refuses_first_use(self, use: Operand, producer: Op, group: FusionGroup, stage: Stage) -> Reason | None:
        """Up to 3.11: the first reader alone is considered, and no other reader may stand before the root."""
        reason = is_fusable_with_producer(use, producer, group, self.rules, stage)
        if reason is not None:
            return reason
        user = group.user_before_root_ends(producer) if self.era.checks_uses_before_root else None
        if user is not None:
            sentence = f"{user.name} also reads the value, before the dispatch that would make it"
            return refuse("has_uses_between_producer_and_root", sentence, "multi-use-producer", use, (), (("other user", user),))
        found = get_fusable_uses(producer, group.scope, self.era, self.options)
        if isinstance(found, Reason):
            return found
        first = next(iter(found), None)
        if first is use.op:
            return None
        others = (("first reader", first),) if first is not None else ()
        sentence = "another op reads the value first, and only the first reader is considered"
        return refuse("get_fusable_uses", sentence, "multi-use-producer", use, (), others)

    # ------------------------------------------------------------ consumers

    def fuse_root_with_consumers(self, group: FusionGroup) -> None:
        """Follows uses from the root and takes in what may join. FormDispatchRegions.cpp:fuseRootsWithConsumers."""
        pending = [group.root]
        while pending:
            current = pending.pop()
            for consumer, uses in self.fusable_uses(current, group).items():
                if consumer in self.group_of:
                    continue
                reason = self.refuses_consumer(current, consumer, uses, group)
                if reason is not None:
                    self.note(current, consumer, reason)
                    continue
                self.join(consumer, group)
                pending.append(consumer)

    def fusable_uses(self, current: Op, group: FusionGroup) -> Mapping[Op, Sequence[Operand]]:
        """The uses to try, by consumer in text order; what is refused at once is noted."""
        if self.era.moves_root_to_consumer:
            found = dominating_use(current, self.options)
        else:
            found = get_fusable_uses(current, group.scope, self.era, self.options)
        if isinstance(found, Reason):
            for use in uses_of(current):
                self.note(current, use.op, found)
            return {}
        if isinstance(found, Operand):
            return {found.op: (found,)}
        return self.tried(found)

    def tried(self, found: Mapping[Op, Sequence[Operand]]) -> Mapping[Op, Sequence[Operand]]:
        if self.era.consumers_tried == "all" or not found:
            return found
        first = next(iter(found))
        narrowing = self.era.consumers_tried == "first-or-all-that-narrow" and op_kinds.is_bit_truncate_op(first)
        return {op: uses for op, uses in found.items() if op is first or (narrowing and op_kinds.is_bit_truncate_op(op))}

    def refuses_consumer(self, current: Op, consumer: Op, uses: Sequence[Operand], group: FusionGroup) -> Reason | None:
        reasons = [is_fusable_with_consumer(use, current, group, self.rules) for use in uses]
        reason = next((reason for reason in reasons if reason is not None), None)
        if None in reasons and not self.era.fuses_multi_use_producers:
            reason = None
        if reason is not None or not self.era.checks_transitive_dependency:
            return reason
        between = group.has_transitive_dependency_on_fusion_group(consumer)
        if between is None:
            return None
        sentence = f"{consumer.name} also needs {between.name}, which needs the dispatch and is not in it"
        predicate = "has_transitive_dependency_on_fusion_group"
        return refuse(predicate, sentence, "transitive-dependency", uses[0], (), (("between", between),))

    # ------------------------------------------------------------ book-keeping

    def join(self, op: Op, group: FusionGroup) -> None:
        group.insert(op)
        self.group_of[op] = group

    def note(self, producer: Op, consumer: Op, reason: Reason) -> None:
        noted = self.refusals.setdefault((producer, consumer), [])
        if reason not in noted:
            noted.append(reason)

    def formation(self, function: Op) -> Formation:
        kept = regions.members_after_clean_up(function, self.groups, self.era)
        groups = [Group(group.root, members) for group, members in zip(self.groups, kept) if members]
        groups.sort(key=lambda group: group.members[0].frame.start)
        group_of = {member: group for group in groups for member in group.members}
        return Formation(tuple(groups), tuple(self.verdicts(group_of)))

    def verdicts(self, group_of: Mapping[Op, Group]) -> list[EdgeVerdict]:
        pairs = dict.fromkeys(
            (use.value.op, consumer)
            for consumer in group_of
            for use in consumer.operands
            if use.value.op is not None and use.value.op in group_of
        )
        for producer, consumer in self.refusals:
            pairs.setdefault((producer, consumer), None)
        found: list[EdgeVerdict] = []
        for producer, consumer in pairs:
            fused = producer in group_of and group_of[producer] is group_of.get(consumer)
            reasons = () if fused else tuple(self.refusals.get((producer, consumer), ()))
            found.append(EdgeVerdict(producer, consumer, fused, reasons))
        return sorted(found, key=lambda edge: (edge.producer.frame.start, edge.consumer.frame.start))
