"""What the body of a generic makes of one number: constant folding in the element type, exact or not at all.

Only f32 and plain integers, and only ops whose result no compiler may choose; everything else is None.
"""

from __future__ import annotations

import math
import operator
import struct
from collections.abc import Callable, Mapping, Sequence

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import type_parser
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value

Number = float | int


def constant(value: Value) -> Number | None:
    """The number of a scalar `arith.constant` of f32 or of an integer type."""
    op = value.op
    if op is None or op.name != "arith.constant":
        return None
    found = op.attributes.get("value")
    if isinstance(found, attrs.FloatAttr):
        return _rounded(found.value) if found.type == _F32 else None
    return found.value if isinstance(found, attrs.IntegerAttr) else None


def folded(body: Block, arguments: Sequence[Number | None]) -> Number | None:
    """What the body yields for these arguments; None for an argument that nobody may read, and where it is not known."""
    known: dict[Value, Number] = {}
    for value, number in zip(body.arguments, arguments):
        if number is not None:
            known[value] = number
    for op in body.ops[:-1]:
        number = _op(op, known)
        if number is not None:
            known[op.results[0]] = number
    given = body.ops[-1].operands
    return _number(given[0].value, known) if len(given) == 1 else None


def gives_back_an_argument(body: Block) -> bool:
    """Whether all that the body does folds away, as to subtract 0, so that the compiler erases the op."""
    given = body.ops[-1].operands
    value = given[0].value if len(given) == 1 else None
    while value is not None and value not in body.arguments:
        value = _kept_by_neutral(value.op) if value.op is not None else None
    return value is not None


def _kept_by_neutral(op: Op) -> Value | None:
    """The operand that the op gives back, as its second is neutral."""
    neutral = _NEUTRAL.get(op.name)
    other = op.operands[1].value.op if neutral is not None and len(op.operands) == 2 else None
    found = other.attributes.get("value") if other is not None and other.name == "arith.constant" else None
    number = found.value if isinstance(found, (attrs.FloatAttr, attrs.IntegerAttr)) else None
    return op.operands[0].value if number is not None and neutral is not None and same(number, neutral) else None


def _number(value: Value, known: Mapping[Value, Number]) -> Number | None:
    return known[value] if value in known else constant(value)


def _op(op: Op, known: Mapping[Value, Number]) -> Number | None:
    if len(op.results) != 1:
        return None
    found = [_number(operand.value, known) for operand in op.operands]
    numbers = [number for number in found if number is not None]
    if len(numbers) != len(found):
        return None
    if op.name == "arith.cmpf":
        return _compared(op, numbers)
    if op.name == "arith.select":
        return numbers[1] if numbers[0] else numbers[2]
    fold = _FLOAT.get(op.name)
    if fold is None or op.result_type(0) != _F32:
        return None
    return _rounded(fold(*map(float, numbers)))


def _compared(op: Op, numbers: Sequence[Number]) -> int | None:
    first = op.shape.items[0]
    compare = _COMPARE.get(op.head.text(first))
    return None if compare is None or any(map(math.isnan, numbers)) else int(compare(float(numbers[0]), float(numbers[1])))


def _rounded(number: float | None) -> float | None:
    """The number as an f32; None where it is not a finite one."""
    try:
        found = struct.unpack("f", struct.pack("f", number))[0] if number is not None else None
    except OverflowError:
        return None
    return found if found is not None and math.isfinite(found) else None


def same(one: Number, other: Number) -> bool:
    """Equal to the bit: zeros of both signs differ."""
    return one == other and math.copysign(1, one) == math.copysign(1, other)


_F32 = type_parser.parse_type("f32")


def _negated(a: float) -> float:
    return -a


def _quotient(a: float, b: float) -> float | None:
    return a / b if b else None


def _maximum(a: float, b: float) -> float:
    return max(a, b) if a != b or same(a, b) else 0.0


def _minimum(a: float, b: float) -> float:
    return min(a, b) if a != b or same(a, b) else -0.0


_FLOAT: Mapping[str, Callable[..., float | None]] = {
    "arith.addf": operator.add,
    "arith.subf": operator.sub,
    "arith.mulf": operator.mul,
    "arith.divf": _quotient,
    "arith.negf": _negated,
    "math.absf": math.fabs,
    "arith.maximumf": _maximum,
    "arith.minimumf": _minimum,
}
_NEUTRAL: Mapping[str, Number] = {
    "arith.addf": -0.0, "arith.subf": 0.0, "arith.mulf": 1.0, "arith.divf": 1.0,
    "arith.addi": 0, "arith.subi": 0, "arith.muli": 1, "arith.divsi": 1, "arith.divui": 1,
    "arith.ori": 0, "arith.xori": 0, "arith.andi": -1, "arith.shli": 0, "arith.shrsi": 0, "arith.shrui": 0,
}  # fmt: skip
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "oeq": lambda a, b: a == b, "ueq": lambda a, b: a == b, "one": lambda a, b: a != b, "une": lambda a, b: a != b,
    "olt": lambda a, b: a < b, "ult": lambda a, b: a < b, "ole": lambda a, b: a <= b, "ule": lambda a, b: a <= b,
    "ogt": lambda a, b: a > b, "ugt": lambda a, b: a > b, "oge": lambda a, b: a >= b, "uge": lambda a, b: a >= b,
}  # fmt: skip
