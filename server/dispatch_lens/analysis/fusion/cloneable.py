"""Which ops are cloned into each dispatch that reads them, and so never stand in a fusion group of their own."""

from __future__ import annotations

from dispatch_lens.analysis.fusion.eras import Era, Options
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.analysis.fusion.op_kinds import ATTENTIONS, is_bit_extend_op
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import type_sizes
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import FloatType, IntegerType, TensorType, Type

_ALWAYS = frozenset(
    {"affine.apply", "arith.index_cast", "linalg.fill", "complex.create"}
    | {"tensor.empty", "tensor.extract", "tensor.extract_slice"}
)
_DIALECTS = frozenset({"affine", "arith", "complex", "iree_encoding", "iree_linalg_ext", "linalg", "tensor"})


def is_cloneable_into_dispatch_op(op: Op, era: Era, options: Options) -> bool:
    """Flow/Transforms/RegionOpUtils.cpp:isCloneableIntoDispatchOp (isClonableIntoDispatchOp in 2024)."""
    if op.dialect not in _DIALECTS:
        return False
    if op.name in _ALWAYS or (era.clones_tensor_cast and op.name == "tensor.cast"):
        return True
    if not era.clones_tensor_cast and linalg_op(op) is not None and has_explicit_non_fusable_users(op):
        return False
    if is_bit_extend_op(op):
        return True
    if op.name in era.cloned_ext_ops:
        return True
    if op.name in ("arith.constant", "complex.constant"):
        is_cloned = _is_inlined_constant(op, options)
    else:
        is_cloned = op.dialect == "arith" and _is_scalar_arithmetic(op)
    return is_cloned or (options.aggressive and era.clones_index_generators and generates_indices_or_mask(op))


def has_explicit_non_fusable_users(op: Op) -> bool:
    """Whether a scan reads the op. RegionOpUtils.cpp:hasExplicitNonFusableUsers."""
    return any(use.op.name == "iree_linalg_ext.scan" for use in uses_of(op))


def generates_indices_or_mask(op: Op) -> bool:
    """Whether the op makes an attention's mask or a scatter's indices."""
    return is_attention_mask_generator(op) or is_scatter_indices_generator(op)


def is_attention_mask_generator(op: Op) -> bool:
    """Whether an attention takes the op's result as its mask, its fifth input. RegionOpUtils.cpp, same name."""
    return any(use.op.name in ATTENTIONS and use.index == 4 and _number_of_ins(use.op) > 4 for use in uses_of(op))


def is_scatter_indices_generator(op: Op) -> bool:
    """Whether a scatter takes the op's result as its indices. RegionOpUtils.cpp, same name."""
    return any(use.op.name == "iree_linalg_ext.scatter" and use.index == 1 for use in uses_of(op))


def _number_of_ins(attention: Op) -> int:
    return len(attention.operands) - (3 if attention.name.endswith("online_attention") else 1)


def _is_inlined_constant(op: Op, options: Options) -> bool:
    if options.inline_constant_bytes == 0:
        return False
    type_ = op.result_type(0)
    if not isinstance(type_, TensorType):
        return True
    elements, bits = type_sizes.num_elements(type_), type_sizes.element_bits(type_)
    if elements is not None and bits is not None and elements * bits // 8 <= options.inline_constant_bytes:
        return True
    value = op.attributes.get("value")
    return isinstance(value, attrs.DenseElementsAttr) and value.splat is not None


def _is_scalar_arithmetic(op: Op) -> bool:
    return all(_is_int_or_float(t) for t in (*op.operand_types, *op.result_types))


def _is_int_or_float(type_: Type | None) -> bool:
    return isinstance(type_, (IntegerType, FloatType))
