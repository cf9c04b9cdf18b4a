"""Whether the op that makes a value may join the group of an op that reads it.

Mirrors isFusableWithProducer in DispatchCreation/FormDispatchRegions.cpp (in 2024 Flow/Transforms), in its order.
"""

from __future__ import annotations

from dispatch_lens.analysis.fusion import op_kinds, outer_loops
from dispatch_lens.analysis.fusion.consumer_rules import pack_accepts, pad_accepts
from dispatch_lens.analysis.fusion.groups import FusionGroup
from dispatch_lens.analysis.fusion.iteration import Iteration, linalg_op
from dispatch_lens.analysis.fusion.reasons import Reason, refuse
from dispatch_lens.analysis.fusion.rules import FUSABLE, Rules, Stage, Verdict
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand


def are_all_fusion_group_uses_fusable_with_producer(
    producer: Op, group: FusionGroup, rules: Rules, stage: Stage
) -> Reason | None:
    """Whether each use of the producer inside the group is direct and fusable. Same name in FormDispatchRegions.cpp."""
    for use in uses_of(producer):
        member = group.scope.ancestor(use.op)
        if member is None or member not in group:
            continue
        if member is not use.op:
            sentence = f"the body of {member.name} reads {use.value.name} itself, not by an operand"
            others = (("member", member),)
            return refuse(_GROUP_PREDICATE, sentence, "gather-tensor-extract", use, (), others)
        reason = is_fusable_with_producer(use, producer, group, rules, stage)
        if reason is not None:
            return reason
    return None


def is_fusable_with_producer(use: Operand, producer: Op, group: FusionGroup, rules: Rules, stage: Stage) -> Reason | None:
    """Whether the producer may join the group of the use's owner. FormDispatchRegions.cpp:isFusableWithProducer."""
    if rules.era.defers_truncates and stage == "before-consumers" and op_kinds.is_bit_truncate_op(producer):
        sentence = "a producer that narrows elements joins only after the roots have tried their consumers"
        return refuse("is_bit_truncate_op", sentence, "bit-truncate-producer", use)
    for special in (_before_pad, _pad_before_conv, _before_attention, _before_pack):
        verdict = special(use, producer, group, rules)
        if verdict is not None:
            return verdict if isinstance(verdict, Reason) else None
    return _by_loops(use, producer, group, rules)


_PREDICATE = "is_fusable_with_producer"
_GROUP_PREDICATE = "are_all_fusion_group_uses_fusable_with_producer"


def _before_pad(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    return pad_accepts(use, producer, rules, _PREDICATE) if use.op.name == "tensor.pad" else None


def _pad_before_conv(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    if producer.name != "tensor.pad":
        return None
    consumer = linalg_op(use.op)
    generic_counts = rules.era.alignment != "identity"
    is_conv = consumer is not None and (consumer.is_convolution if generic_counts else consumer.is_named_convolution)
    if not is_conv:
        return None
    if rules.options.pad_with_consumer:
        return FUSABLE
    sentence = "a pad is put into the dispatch of the convolution that reads it only with the option for it"
    return refuse(_PREDICATE, sentence, "pad-before-conv", use)


def _before_attention(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    if use.op.name not in op_kinds.ATTENTIONS or use.op.name not in rules.era.fusable_ext_ops:
        return None
    return refuse(_PREDICATE, f"nothing is fused into the inputs of {use.op.name}", "attention-producer", use)


def _before_pack(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    if not op_kinds.is_pack_like_op(use.op):
        return None
    if producer.name == "tensor.pad":
        return FUSABLE
    if linalg_op(producer) is not None and use.op.name in op_kinds.PACKS and op_kinds.has_dynamic_inner_tiles(use.op):
        return refuse(_PREDICATE, "a pack with dynamic inner tiles takes no producer", "non-fusable-op", use)
    return pack_accepts(use, producer, group, rules, _PREDICATE)


def _by_loops(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Reason | None:
    producer_space, space = rules.space(producer), rules.space(use.op)
    if producer_space is None or space is None or not rules.are_fusion_ops(producer, use.op):
        return rules.not_fusion_ops(use, producer, _PREDICATE)
    if not rules.options.aggressive and space.inits is not None and use.index not in space.inits:
        sentence = f"the producer is an input of {use.op.name}; without aggressive fusion only producers of inits join"
        return refuse(_PREDICATE, sentence, _input_blocker(producer, producer_space, use.op, space), use)
    if rules.era.alignment != "loop-maps":
        return _by_outer_loops(use, producer, group, rules)
    reason = group.is_fusable(producer)
    if reason is None and rules.era.limits_operands:
        return group.would_exceed_operand_limit(producer)
    return reason


def _by_outer_loops(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Reason | None:
    reason = outer_loops.are_ops_fusable(producer, use.op, group.root_loops, rules.interchanged)
    if reason is None or rules.era.alignment != "identity-or-interchange":
        return reason
    changed = outer_loops.make_producer_fusable_via_interchange(use, rules.interchanged)
    if changed is None:
        return reason
    rules.interchanged[producer] = changed
    return None


def _input_blocker(maker: Op, producer: Iteration, reader: Op, consumer: Iteration) -> str | None:
    """The known obstacle for a producer of an input, by what the two ops are."""
    if consumer.is_all_parallel:
        return "elementwise-chain-nonaggressive" if producer.is_all_parallel else None
    made, read = linalg_op(maker), linalg_op(reader)
    if read is not None and read.is_convolution:
        return "elementwise-before-conv"
    if read is not None and read.is_contraction:
        chained = made is not None and made.is_contraction
        return "contraction-chain" if chained else "elementwise-into-contraction-operand"
    return "reduction-then-reduction" if not producer.is_all_parallel else None
