"""Whether an op that reads a value may join the group of the op that makes it.

Mirrors isFusableWithConsumer in DispatchCreation/FormDispatchRegions.cpp (in 2024 Flow/Transforms), in its order.
A predicate gives None where it lets the pair pass.
"""

from __future__ import annotations

from dispatch_lens.analysis.fusion import op_kinds, outer_loops
from dispatch_lens.analysis.fusion.groups import FusionGroup
from dispatch_lens.analysis.fusion.iteration import Iteration, iteration, linalg_op
from dispatch_lens.analysis.fusion.loop_maps import map_sides
from dispatch_lens.analysis.fusion.reasons import Reason, Side, refuse
from dispatch_lens.analysis.fusion.rules import FUSABLE, Rules, Verdict
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import TensorType
from dispatch_lens.ir.value import Operand


def is_fusable_with_consumer(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Reason | None:
    """Whether the use's owner may join the producer's group by this use. Same name in FormDispatchRegions.cpp."""
    reason = _consumer_is_cloned(use, rules)
    if reason is not None:
        return reason
    for special in (_after_unpack, _before_pack, _before_pad, _before_insert_slice):
        verdict = special(use, producer, group, rules)
        if verdict is not None:
            return verdict if isinstance(verdict, Reason) else None
    return _by_loops(use, producer, group, rules)


_PREDICATE = "is_fusable_with_consumer"


def _consumer_is_cloned(use: Operand, rules: Rules) -> Reason | None:
    consumer = use.op
    if op_kinds.is_bit_extend_op(consumer):
        sentence = f"{consumer.name} only widens elements; it is cloned into the dispatches that read it instead"
        return refuse("is_bit_extend_op", sentence, "bit-extend-consumer", use)
    if not rules.era.consumers_may_be_cloned and rules.is_cloned(consumer):
        sentence = f"{consumer.name} is cloned into the dispatches that read it, so it joins none as a consumer"
        blocker = "extract-slice-between" if consumer.name == "tensor.extract_slice" else None
        return refuse("is_cloneable_into_dispatch_op", sentence, blocker, use)
    return None


def _after_unpack(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    if rules.era.roots_set_encoding:
        if not op_kinds.is_unpack_like_op_via_extract_slice_ops(producer):
            return None
        if use.op.name == "tensor.extract_slice":
            return _slice_of_unpack(use)
    elif not op_kinds.is_unpack_like_op(producer):
        return None
    consumer = linalg_op(use.op)
    type_ = producer.result_type(0)
    rank = len(type_.shape) if isinstance(type_, TensorType) and type_.shape is not None else None
    if consumer is not None and (
        op_kinds.has_no_packed_reduction_dimensions(consumer, producer)
        or (op_kinds.is_elementwise(consumer) and consumer.num_loops == rank)
    ):
        return FUSABLE
    sentence = f"{use.op.name} after {producer.name} must be elementwise over all dims or reduce no unpacked one"
    return refuse("has_no_packed_reduction_dimensions", sentence, "unpack-reduction-consumer", use)


def _slice_of_unpack(use: Operand) -> Verdict:
    """Whether the slice starts at 0 with unit strides, as an unpack can give it itself."""
    offsets, strides = (use.op.attributes.get(name) for name in ("static_offsets", "static_strides"))
    found = attrs.ints(offsets) if offsets is not None else None
    steps = attrs.ints(strides) if strides is not None else None
    if found is None or steps is None:
        lists = _bracketed_lists(use.op.text)
        found, steps = (lists[0], lists[2]) if len(lists) == 3 else (None, None)
    if found is not None and steps is not None and not any(found) and all(step == 1 for step in steps):
        return FUSABLE
    return refuse(_PREDICATE, "the slice after the unpack does not start at 0 with unit strides", None, use)


def _bracketed_lists(text: str) -> list[tuple[int, ...]]:
    """The `[0, %a] [4, 8] [1, 1]` of a slice; a value that is no number counts as -1."""
    head = text.partition(" : ")[0]
    lists = [part.partition("]")[0] for part in head.split("[")[1:]]
    return [tuple(int(n) if n.strip().isdigit() else -1 for n in found.split(",") if n.strip()) for found in lists]


def _before_pack(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    if not op_kinds.is_pack_like_op(use.op):
        return None
    if producer.name == "tensor.pad":
        return FUSABLE
    return pack_accepts(use, producer, group, rules, _PREDICATE)


def pack_accepts(use: Operand, producer: Op, group: FusionGroup, rules: Rules, predicate: str) -> Verdict:
    """A pack takes a linalg producer whose result is not transposed."""
    space = iteration(producer) if linalg_op(producer) is not None else None
    of = space.map_of_result(use.value.index) if space is not None else None
    if space is None or of is None:
        sentence = f"{use.op.name} fuses with pads and linalg ops, and {producer.name} is neither"
        return refuse(predicate, sentence, "non-fusable-op", use)
    accepted = of.is_identity if rules.era.packs_identities else outer_loops.is_map_compatible(space, of, group.root_loops)
    if accepted:
        return FUSABLE
    sides = (Side("producer's result map", of.body), Side("needed", "the identity"))
    sentence = f"the producer writes its result transposed; {use.op.name} fuses with results in loop order only"
    return refuse(predicate, sentence, "pack-after-transposed-producer", use, sides)


def _before_pad(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    return pad_accepts(use, producer, rules, _PREDICATE) if use.op.name == "tensor.pad" else None


def pad_accepts(use: Operand, producer: Op, rules: Rules, predicate: str) -> Verdict:
    """A pad takes linalg producers where the option for it is set, or (2024) where its result gets an encoding."""
    asked = rules.options.pad_with_producer or (rules.era.roots_set_encoding and _is_pad_used_in_set_encoding(use.op))
    if asked and linalg_op(producer) is not None:
        return FUSABLE
    sentence = "a pad joins the dispatch of the op that it pads only where asked, and only a linalg op's"
    return refuse(predicate, sentence, "pad-after-root", use)


def _is_pad_used_in_set_encoding(pad: Op) -> bool:
    return any(use.op.name == "iree_encoding.set_encoding" for use in uses_of(pad))


def _before_insert_slice(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Verdict:
    consumer = use.op
    if consumer.name != "tensor.insert_slice":
        return None
    source, destination = consumer.operands[0], consumer.operands[1]
    if source.value.op is not producer or len(source.value.uses) != 1:
        sentence = "an insert_slice fuses with its source only, and only where nothing else uses the source"
        return refuse(_PREDICATE, sentence, "insert-slice-multi-use-source", use)
    filled = destination.value.op
    if filled is not None and filled.name == "linalg.fill":
        return FUSABLE
    others = (("destination", filled),) if filled is not None else ()
    sentence = "an insert_slice fuses with its source only where its destination is a linalg.fill"
    return refuse(_PREDICATE, sentence, "insert-slice-dest-not-fill", use, (), others)


def _by_loops(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Reason | None:
    consumer, era, options = use.op, rules.era, rules.options
    if producer.name in era.non_fusable_producers:
        return refuse(_PREDICATE, f"nothing fuses after {producer.name}", "mmt4d-producer", use)
    producer_space, space = rules.space(producer), rules.space(consumer)
    if producer_space is None or space is None or not rules.are_fusion_ops(producer, consumer):
        return rules.not_fusion_ops(use, producer, _PREDICATE)
    if not space.is_all_parallel:
        kinds = (Side("consumer's iterator types", ", ".join(space.iterator_types)),)
        sentence = f"{consumer.name} has loops that are not parallel; only all-parallel ops join their producer"
        return refuse(_PREDICATE, sentence, _reduction_blocker(producer_space), use, kinds)
    reason = _joins(use, producer, group, rules)
    if reason is not None:
        return reason
    if not options.aggressive and producer_space.num_loops < space.num_loops:
        sides = _loop_sides("producer", producer_space, space)
        sentence = "the consumer has more loops than the producer, which only aggressive fusion allows"
        return refuse(_PREDICATE, sentence, "consumer-more-loops", use, sides)
    reason = _root_is_smaller(use, group, space) if era.limits_consumer_loops else None
    if reason is not None or (options.aggressive and not _is_kept_apart(producer, rules)):
        return reason
    return _needs_buffer(use, producer, producer_space, space)


def _joins(use: Operand, producer: Op, group: FusionGroup, rules: Rules) -> Reason | None:
    if rules.era.alignment != "loop-maps":
        return outer_loops.are_ops_fusable(producer, use.op, group.root_loops, rules.interchanged)
    reason = group.is_fusable(use.op)
    if reason is None and rules.era.limits_operands:
        return group.would_exceed_operand_limit(use.op)
    return reason


def _root_is_smaller(use: Operand, group: FusionGroup, space: Iteration) -> Reason | None:
    """The consumer may not have more loops of a size other than 1 than the group's root."""
    root = iteration(group.root)
    if root is None or not root.result_maps or space.num_non_unit_loops <= root.num_non_unit_loops:
        return None
    sentence = "the consumer has more loops of a size other than 1 than the group's root: a small result is broadcast"
    return refuse(_PREDICATE, sentence, "broadcast-consumer", use, _loop_sides("root", root, space))


def _is_kept_apart(producer: Op, rules: Rules) -> bool:
    """isVectorizedAlways of 2024: a strided conv_2d_nhwc_hwcf keeps the buffer rule under aggressive fusion."""
    if not rules.era.keeps_strided_conv_apart or producer.name != "linalg.conv_2d_nhwc_hwcf":
        return False
    attribute = producer.attributes.get("strides")
    strides = attrs.ints(attribute) if attribute is not None else (1,)
    return strides is None or any(stride != 1 for stride in strides)


def _needs_buffer(use: Operand, producer: Op, producer_space: Iteration, space: Iteration) -> Reason | None:
    """After a named convolution the consumer must be able to write over what it reads, or a buffer is needed."""
    found = linalg_op(producer)
    if found is None or not found.is_named_convolution or space.inits is None:
        return None
    consumer = use.op
    inits = [operand for operand in consumer.operands if operand.index in space.inits]
    for operand in consumer.operands:
        if operand.value.op is not producer or operand.index in space.inits:
            continue
        if not any(op_kinds.can_use_in_operand_as_init_operand(operand, init, space) for init in inits):
            return _buffer_reason(operand, inits, producer_space, space)
    return None


def _buffer_reason(use: Operand, inits: list[Operand], producer: Iteration, space: Iteration) -> Reason:
    predicate = "can_use_in_operand_as_init_operand"
    same_map = [init for init in inits if space.map_of(init) == space.map_of(use)]
    sentence = "the consumer cannot write its result over the convolution's: "
    if not same_map and inits:
        of = space.map_of(inits[0])
        sides = (map_sides(None, space.map_of(use))[1], Side("consumer's init map", of.body if of else "none"))
        return refuse(predicate, sentence + "the two maps differ", "conv-output-transposed", use, sides)
    types = (linalg.type_of(use), linalg.type_of(same_map[0]) if same_map else None)
    sides = (Side("type read", str(types[0])), Side("type of the init", str(types[1])))
    why = "the two types differ" if types[0] != types[1] else "its body reads the init"
    return refuse(predicate, sentence + why, "conv-inplace-type-change", use, sides)


def _reduction_blocker(producer: Iteration) -> str:
    return "reduction-consumer" if not producer.is_all_parallel else "elementwise-into-reduction-broadcast"


def _loop_sides(who: str, first: Iteration, consumer: Iteration) -> tuple[Side, Side]:
    return Side(f"{who}'s loops", _sizes(first)), Side("consumer's loops", _sizes(consumer))


def _sizes(space: Iteration) -> str:
    return "x".join("?" if size is None else str(size) for size in space.static_loop_ranges) or "none"
