"""The five ops that together are a softmax, which the compiler makes one op before dispatches form.

Mirrors matchSoftmax in GlobalOptimization/RaiseSpecialOps.cpp: the maximum of a row, what is above it, the exponential,
its sum, the quotient. Constants that the two reductions begin with count where the text has them.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import linalg, tensor, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value


def softmax_of(root: Op) -> frozenset[Op]:
    """The ops of the softmax whose last one is `root`; empty where it ends none."""
    quotient = linalg_op(root)
    if quotient is None or len(quotient.ins) != 2 or not _is_identity(quotient, quotient.ins[0]):
        return frozenset()
    exponential, divisor = _generic(quotient.ins[0].value), _divisor(quotient)
    total = _generic(divisor) if divisor is not None else None
    if exponential is None or total is None or not _computes(exponential, "math.exp") or not _sums_rows(total, exponential):
        return frozenset()
    above = _generic(exponential.ins[0].value)
    if above is None or not _computes(above, "arith.subf") or len(above.ins) != 2 or not _is_identity(above, above.ins[0]):
        return frozenset()
    top = _generic(_before_broadcast(above, above.ins[1]))
    if top is None or not _takes_maximum(top) or top.ins[0].value is not above.ins[0].value:
        return frozenset()
    if not _begins_with(total, _is_zero) or not _begins_with(top, _is_lowest):
        return frozenset()
    ends = (exponential.op, total.op, above.op, top.op, root)
    between = (op for op in (divisor.op if divisor else None, quotient.ins[1].value.op, above.ins[1].value.op) if op is not None)
    return frozenset((*ends, *between))


def _divisor(quotient: linalg.StructuredOp) -> Value | None:
    """The sum that each row is divided by, also where its reciprocal is multiplied with."""
    if _computes(quotient, "arith.divf"):
        return _before_broadcast(quotient, quotient.ins[1])
    if not _computes(quotient, "arith.mulf"):
        return None
    reciprocal = _generic(quotient.ins[1].value)
    if reciprocal is None or len(reciprocal.ins) != 1 or not _computes(reciprocal, "arith.divf"):
        return None
    return reciprocal.ins[0].value


def _before_broadcast(reader: linalg.StructuredOp, use: Operand) -> Value:
    """The value itself, or what it is a broadcast of."""
    made = _generic(use.value)
    if made is None or not made.only_yields_input or not _is_identity(reader, use) or not _drops_last(made, made.ins[0]):
        return uses.before(use.value, _adds_last_unit)
    return made.ins[0].value


def _adds_last_unit(op: Op) -> bool:
    """Whether the op gives each row of a reduction's result a dim of size 1, which folding unit dims takes away again."""
    shape = tensor.reshape(op)
    if shape is None or shape.kind != "expand":
        return False
    *rest, last = shape.reassociation or ((),)
    expanded = shape.expanded_type.shape if shape.expanded_type is not None else None
    return expanded is not None and expanded[-1:] == (1,) and len(last) == 2 and all(len(group) == 1 for group in rest)


def _takes_maximum(top: linalg.StructuredOp) -> bool:
    """Whether the op finds the maximum of each row; where it finds its place too, nobody may read that, and it falls away."""
    if len(top.inits) == 1:
        return _reduces_rows(top, *_MAXIMA)
    is_read = any(result.users for result in top.op.results[1:])
    return not is_read and _reduces_last(top) and _yields_first(top, *_MAXIMA)


_MAXIMA = ("arith.maximumf", "arith.maxnumf")


def _yields_first(op: linalg.StructuredOp, *names: str) -> bool:
    """Whether the first result is one op of these names, of the input and what was found before."""
    arguments, ops = (op.body.arguments, op.body.ops) if op.body is not None else ((), ())
    first = ops[-1].operands[0].value.op if ops and ops[-1].operands else None
    wanted = {arguments[0], arguments[len(op.ins)]} if arguments else set[Value]()
    return first is not None and first.name in names and {use.value for use in first.operands} == wanted


def _sums_rows(total: linalg.StructuredOp, exponential: linalg.StructuredOp) -> bool:
    return _reduces_rows(total, "arith.addf") and total.ins[0].value is exponential.op.results[0]


def _reduces_rows(op: linalg.StructuredOp, *names: str) -> bool:
    """Whether the op reduces the last dim of its only input in this way."""
    return _reduces_last(op) and _computes(op, *names)


def _reduces_last(op: linalg.StructuredOp) -> bool:
    if len(op.ins) != 1 or op.reduction_loops != (op.num_loops - 1,):
        return False
    return _is_identity(op, op.ins[0]) and _drops_last(op, op.inits[0])


def _begins_with(reduction: linalg.StructuredOp, wanted: Callable[[attrs.FloatAttr], bool]) -> bool:
    """Whether the reduction's init is filled with such a constant, or with one that the text does not show."""
    fill = _generic(reduction.inits[0].value)
    scalar = fill.ins[0].value.op if fill is not None and fill.op.name == "linalg.fill" and fill.ins else None
    found = scalar.attributes.get("value") if scalar is not None and scalar.name == "arith.constant" else None
    return not isinstance(found, attrs.FloatAttr) or wanted(found)


def _is_zero(constant: attrs.FloatAttr) -> bool:
    return constant.value == 0


def _is_lowest(constant: attrs.FloatAttr) -> bool:
    """Minus infinity, or the lowest number of the type."""
    lowest = _LOWEST.get(str(constant.type))
    return constant.value == -math.inf or lowest is None or abs(constant.value / lowest - 1) < _ROUNDING


_LOWEST = {"f16": -65504.0, "bf16": -3.3895313892515355e38, "f32": -3.4028234663852886e38, "f64": -1.7976931348623157e308}
_ROUNDING = 2e-8
"""How far a number may be from the lowest of f32 and still be read as that one; those of the others are as far apart."""


def _computes(op: linalg.StructuredOp, *names: str) -> bool:
    """Whether the body is one op of these names."""
    return op.body is not None and len(op.body.ops) == 2 and op.body.ops[0].name in names


def _is_identity(op: linalg.StructuredOp, use: Operand) -> bool:
    used = op.map_of(use)
    return used is not None and used.is_identity


def _drops_last(op: linalg.StructuredOp, use: Operand) -> bool:
    """Whether the op reads or writes one element a row, also where its tensor has a last dim of size 1 for it."""
    used = op.map_of(use)
    rows = [f"d{i}" for i in range(op.num_loops - 1)]
    return used is not None and [str(result) for result in used.results] in (rows, [*rows, "0"])


def _generic(value: Value) -> linalg.StructuredOp | None:
    return linalg_op(value.op) if value.op is not None else None
