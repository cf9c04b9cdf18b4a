"""What kind of op an op is to dispatch formation: root-like, pack-like, widening, gather-like.

Each question keeps the name of IREE's function that answers it there.
"""

from __future__ import annotations

from typing import Literal

from dispatch_lens.analysis.fusion.iteration import Iteration, linalg_op
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir import affine, flow, linalg, uses
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir.affine_expr import Constant, Dim
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import FloatType, IntegerType, TensorType, Type
from dispatch_lens.ir.value import Operand, Value

BitWidthChange = Literal["extend", "truncate"]

PACKS = frozenset({"linalg.pack", "tensor.pack"})
UNPACKS = frozenset({"linalg.unpack", "tensor.unpack"})
ATTENTIONS = frozenset({"iree_linalg_ext.attention", "iree_linalg_ext.online_attention"})
_TILED_WITHOUT_MAPS = frozenset(f"linalg.winograd_{part}_transform" for part in ("filter", "input", "output"))
_NEVER_ROOTS = frozenset(
    f"iree_linalg_ext.{name}" for name in ("gather", "quantize_affine", "dequantize_affine", "yield", "index")
)


def is_root_like_op(op: Op) -> bool:
    """Whether a group starts at the op in the first round. FormDispatchRegions.cpp:isRootLikeOp.

    Reductions, named linalg ops but fill, unpacks and the tiled ops of other dialects; not what only widens elements.
    """
    if is_bit_extend_op(op):
        return False
    found = linalg_op(op)
    if found is not None:
        if found.is_generic:
            return not found.is_all_parallel and not has_fusable_unpack_producer(found)
        return op.name != "linalg.fill"
    if op.name in UNPACKS or op.name == "linalg.softmax" or op.name in _TILED_WITHOUT_MAPS:
        return True
    return op.dialect == "iree_linalg_ext" and op.name not in _NEVER_ROOTS


def is_left_for_second_round(op: Op) -> bool:
    """Whether the op, if nothing has taken it, may get a group of its own. decideFusableLinalgOps, second round."""
    return linalg_op(op) is not None or op.name == "tensor.pad" or op.name in PACKS


def is_pack_like_op(op: Op) -> bool:
    """FormDispatchRegions.cpp:isPackLikeOp."""
    return op.name in PACKS or op.name == "iree_encoding.set_encoding"


def is_unpack_like_op(op: Op) -> bool:
    """FormDispatchRegions.cpp:isUnpackLikeOp."""
    return op.name in UNPACKS or op.name == "iree_encoding.unset_encoding"


def is_unpack_like_op_via_extract_slice_ops(op: Op) -> bool:
    """An unpack-like op, or slices of one. Flow/Transforms/FormDispatchRegions.cpp of 2024."""
    if op.name == "tensor.extract_slice":
        source = uses.before(op.results[0], lambda each: each.name == "tensor.extract_slice").op
        return source is not None and is_unpack_like_op(source)
    return is_unpack_like_op(op)


def has_fusable_unpack_producer(found: linalg.StructuredOp) -> bool:
    """FormDispatchRegions.cpp:hasFusableUnpackProducer."""
    producers = (operand.value.op for operand in found.op.operands)
    return any(p is not None and has_no_packed_reduction_dimensions(found, p) for p in producers)


def has_no_packed_reduction_dimensions(found: linalg.StructuredOp, producer: Op) -> bool:
    """Whether the op reduces none of the dims that the unpack unpacks. FormDispatchRegions.cpp, same name."""
    if producer.name not in UNPACKS:
        return False
    use = next((use for use in uses_of(producer) if use.op is found.op), None)
    of = found.map_of(use) if use is not None else None
    inner = producer.attributes.get("inner_dims_pos")
    inner_dims = attrs.ints(inner) if inner is not None else None
    if of is None or inner_dims is None:
        return False
    return all(
        loop is not None and not (found.iterator_types[loop] != "parallel" and dim in inner_dims)
        for dim, loop in enumerate(of.result_dims)
    )


def has_dynamic_inner_tiles(pack: Op) -> bool:
    """Whether a pack takes tile sizes as operands."""
    return len(pack.operands) > 2 + ("padding_value(" in pack.text)


def is_elementwise(found: linalg.StructuredOp) -> bool:
    """Parallel, projected permutations in, permutations out, scalar arithmetic only. linalg::isElementwise."""
    return (
        found.is_all_parallel
        and all(_is_projected_permutation_or_zero(m) for m in found.indexing_maps)
        and all(m.is_permutation for m in found.init_maps)
        and _has_only_scalar_elementwise_ops(found)
    )


def is_bit_extend_op(op: Op) -> bool:
    """LinalgExt/Utils/Utils.cpp:isBitExtendOp."""
    return bit_width_change(op) == "extend"


def is_bit_truncate_op(op: Op) -> bool:
    """LinalgExt/Utils/Utils.cpp:isBitTruncateOp."""
    return bit_width_change(op) == "truncate"


def bit_width_change(op: Op) -> BitWidthChange | None:
    """How a parallel one-result generic changes the width of its elements. LinalgExt/Utils/Utils.cpp, memoised.

    The widest element among the inputs of highest rank counts. What widens and calls into `math` is no extension; what
    narrows and changes the rank is no truncation.
    """
    return op.once(_bit_width_change) if op.name == "linalg.generic" else None


def is_computed(op: Op | None) -> bool:
    """Whether what the op gives is computed: by an op with loops, such as attention, or in a dispatch region that holds some."""
    return op is not None and (flow.is_dispatch_region(op) or op.dialect == "iree_linalg_ext" or linalg_op(op) is not None)


def is_gatherlike_op(op: Op) -> bool:
    """A parallel generic whose one yielded value comes from a `tensor.extract`. LinalgExt/Utils/Utils.cpp."""
    found = linalg_op(op)
    if found is None or not found.is_generic or not found.is_all_parallel or found.body is None:
        return False
    yielded = found.yielded
    return len(yielded) == 1 and _comes_from_extract(yielded[0], found)


def yields_an_extract(op: Op) -> bool:
    """A parallel generic that gives on, unchanged, what a `tensor.extract` in its body reads. Up to 3.1 it is always cloned."""
    found = linalg_op(op)
    if found is None or not found.is_generic or not found.is_all_parallel:
        return False
    makers = [value.op for value in found.yielded]
    return len(makers) == 1 and makers[0] is not None and makers[0].name == "tensor.extract"


def can_use_in_operand_as_init_operand(use: Operand, init: Operand, consumer: Iteration) -> bool:
    """Whether the consumer can write over the buffer that it reads. FormDispatchRegions.cpp, same name."""
    found = linalg_op(use.op)
    if found is None or not found.is_generic or not found.is_all_parallel or consumer.inits is None:
        return False
    if use.index in consumer.inits or _reads_init(found, init):
        return False
    return consumer.map_of(use) == consumer.map_of(init) and linalg.type_of(use) == linalg.type_of(init)


_ELEMENTWISE_DIALECTS = frozenset({"arith", "math", "complex"})


def _bit_width_change(op: Op) -> BitWidthChange | None:
    change = op.once_for_shape(_change_by_types)
    return None if change == "extend" and _calls_math(op) else change


def _change_by_types(op: Op) -> BitWidthChange | None:
    found = linalg_op(op)
    if found is None or len(found.inits) != 1 or not found.is_all_parallel:
        return None
    ranked = [t for o in found.ins if isinstance(t := linalg.type_of(o), TensorType) and t.shape is not None]
    rank = max((len(t.shape) for t in ranked if t.shape is not None), default=0)
    widths = [_width(t.element) for t in ranked if t.shape is not None and len(t.shape) == rank]
    result = op.result_type(0)
    if rank == 0 or None in widths or not isinstance(result, TensorType) or result.shape is None:
        return None
    before, after = max(w for w in widths if w is not None), _width(result.element)
    if after is None or before == after:
        return None
    if before < after:
        return "extend"
    return "truncate" if rank == len(result.shape) else None


def _calls_math(op: Op) -> bool:
    found = linalg_op(op)
    return found is not None and found.payload is not None and any(inner.dialect == "math" for inner in found.payload.ops)


def _width(element: Type) -> int | None:
    return element.width if isinstance(element, (IntegerType, FloatType)) else None


def _comes_from_extract(value: Value, found: linalg.StructuredOp) -> bool:
    pending: list[Value] = [value]
    seen: set[Op] = set()
    while pending:
        op = pending.pop().op
        if op is None or op in seen or (op.block is not found.body and op.name != "tensor.extract"):
            continue
        if op.name == "tensor.extract":
            return True
        seen.add(op)
        pending += [operand.value for operand in op.operands]
    return False


def _reads_init(found: linalg.StructuredOp, init: Operand) -> bool:
    """Whether the body uses the block argument of this init. LinalgOp::payloadUsesValueFromOperand."""
    position = next((i for i, operand in enumerate(found.operands) if operand is init), None)
    arguments = found.payload.arguments if found.payload is not None else ()
    return position is None or position >= len(arguments) or bool(arguments[position].uses)


def _is_projected_permutation_or_zero(of: affine.AffineMap) -> bool:
    dims = [r for r in of.results if isinstance(r, Dim)]
    zeros = [r for r in of.results if r == Constant(0)]
    return not of.num_symbols and len(set(dims)) == len(dims) and len(dims) + len(zeros) == len(of.results)


def _has_only_scalar_elementwise_ops(found: linalg.StructuredOp) -> bool:
    if found.payload is None:
        return True
    return all(op.dialect in _ELEMENTWISE_DIALECTS or op.name in ("linalg.yield", "linalg.index") for op in found.payload.ops)
