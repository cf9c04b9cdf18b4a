"""Which ops of a region fold to one of their operands or to a constant when the pass cleans up."""

from __future__ import annotations

from collections.abc import Collection

from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.analysis.fusion.op_kinds import PACKS, UNPACKS
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import linalg, tensor
from dispatch_lens.ir.attribute_values import Number
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import TensorType
from dispatch_lens.ir.value import Value


def folds_away(op: Op, region: Collection[Op]) -> bool:
    """Whether MLIR's own folder replaces the op of a region: a step that changes nothing, or a packed constant."""
    if op.name == "linalg.transpose":
        found = linalg_op(op)
        vector = found.permutation if found is not None else None
        return vector is not None and vector == tuple(range(len(vector)))
    if op.name == "tensor.pad":
        return _keeps_its_type(op, op.operands[0].value) and "nofold" not in op.text.partition(":")[0]
    if op.name == "tensor.insert_slice":
        return _overwrites_all(op)
    return op.name in (*PACKS, *UNPACKS) and _relays_a_constant(op, region)


def _keeps_its_type(op: Op, source: Value) -> bool:
    before, after = source.type, op.result_type(0)
    static = isinstance(after, TensorType) and after.shape is not None and None not in after.shape
    return static and (before or linalg.type_of(op.operands[0])) == after


def _overwrites_all(op: Op) -> bool:
    place = tensor.insert_slice(op)
    if place is None or not _keeps_its_type(op, op.operands[0].value):
        return False
    return not any(place.offsets) and all(step == 1 for step in place.strides)


def _relays_a_constant(op: Op, region: Collection[Op]) -> bool:
    splat = _splat(op.operands[0].value, region)
    type_ = op.result_type(0)
    if splat is None or not isinstance(type_, TensorType) or type_.shape is None or None in type_.shape:
        return False
    if "padding_value(" not in op.text:
        return True
    border = op.operands[-1].value if len(op.operands) == 3 else op.operands[2].value
    return _number(border) == splat


def _splat(value: Value, region: Collection[Op]) -> Number | None:
    """The one number that fills the tensor, where it is a constant or folds to one; what another region gives is none."""
    op = value.op
    if op is None:
        return None
    if op.name == "tensor.splat":
        return _number(op.operands[0].value)
    if op.name in _RESHAPES or (op in region and op.name in (*PACKS, *UNPACKS) and _relays_a_constant(op, region)):
        return _splat(op.operands[0].value, region)
    found = op.attributes.get("value") if op.name == "arith.constant" else None
    return found.splat if isinstance(found, attrs.DenseElementsAttr) else None


_RESHAPES = ("tensor.expand_shape", "tensor.collapse_shape", "tensor.extract_slice")


def _number(value: Value) -> Number | None:
    op = value.op
    found = op.attributes.get("value") if op is not None and op.name == "arith.constant" else None
    if isinstance(found, (attrs.IntegerAttr, attrs.FloatAttr)):
        return found.value
    return int(found.value) if isinstance(found, attrs.BoolAttr) else None
