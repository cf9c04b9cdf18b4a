"""What ops of `arith` ask of their types: floats or integers, wider or narrower ones, a value that fits its type.

The checks read an op's shape and the types of its operands alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.syntax.tree import Leaf
from dispatch_lens.text import Range

_FLOATS = frozenset(
    [
        "addf",
        "subf",
        "mulf",
        "divf",
        "remf",
        "negf",
        "maximumf",
        "minimumf",
        "maxnumf",
        "minnumf",
        "cmpf",
        "extf",
        "truncf",
        "fptosi",
        "fptoui",
        "convertf",
    ]
)
_INTEGERS = frozenset(
    [
        "addi",
        "subi",
        "muli",
        "divsi",
        "divui",
        "remsi",
        "remui",
        "andi",
        "ori",
        "xori",
        "shli",
        "shrsi",
        "shrui",
        "maxsi",
        "maxui",
        "minsi",
        "minui",
        "cmpi",
        "ceildivsi",
        "ceildivui",
        "floordivsi",
        "addui_extended",
        "mulsi_extended",
        "mului_extended",
        "extsi",
        "extui",
        "trunci",
        "sitofp",
        "uitofp",
        "index_cast",
        "index_castui",
    ]
)
_WIDER = frozenset(["extf", "extsi", "extui"])
_NARROWER = frozenset(["truncf", "trunci"])
_TO_FLOATS = frozenset(["extf", "truncf", "sitofp", "uitofp"])
_TO_INTEGERS = frozenset(["extsi", "extui", "trunci", "fptosi", "fptoui"])
_CASTS = _WIDER | _NARROWER | _TO_FLOATS | _TO_INTEGERS
_FLOAT_PREDICATES = frozenset(
    ["false", "oeq", "ogt", "oge", "olt", "ole", "one", "ord", "ueq", "ugt", "uge", "ult", "ule", "une", "uno", "true"]
)
_INTEGER_PREDICATES = frozenset(["eq", "ne", "slt", "sle", "sgt", "sge", "ult", "ule", "ugt", "uge"])


def kinds(op: Op) -> Iterator[Problem]:
    """Floats for an op on integers, or integers for one on floats."""
    name = op.name.removeprefix("arith.")
    if op.dialect != "arith" or (name not in _FLOATS and name not in _INTEGERS):
        return
    for operand in op.operands:
        stated = op.operand_type(operand.index)
        element = _element(stated)
        wrong = types.IntegerType | types.IndexType if name in _FLOATS else types.FloatType
        if isinstance(element, wrong):
            wanted = "floats" if name in _FLOATS else "integers"
            yield Problem(operand.range, f"`{op.name}` takes {wanted}, `{operand.value.name}` is a `{stated}`", _defined(op))
            return


def casts(op: Op) -> Iterator[Problem]:
    """A cast to a type that is no wider, no narrower, of another kind or of another shape."""
    name = op.name.removeprefix("arith.")
    given, made = op.operand_type(0), op.result_type(0)
    if op.dialect != "arith" or name not in _CASTS or given is None or made is None or not op.results:
        return
    source, target = _element(given), _element(made)
    if not isinstance(source, (types.FloatType, types.IntegerType)) or not isinstance(
        target, (types.FloatType, types.IntegerType)
    ):
        return
    to_other = (name in _TO_FLOATS and isinstance(target, types.IntegerType)) or (
        name in _TO_INTEGERS and isinstance(target, types.FloatType)
    )
    if to_other or (name in _WIDER and target.width <= source.width) or (name in _NARROWER and target.width >= source.width):
        yield Problem(op.name_range, f"`{op.name}` makes no `{made}` of a `{given}`", _defined(op))
    elif _shape(given) != _shape(made):
        yield Problem(op.name_range, f"a `{given}` and a `{made}` differ in shape", _defined(op))


def predicates(op: Op) -> Iterator[Problem]:
    """A comparison that there is not."""
    known = {"arith.cmpf": _FLOAT_PREDICATES, "arith.cmpi": _INTEGER_PREDICATES}.get(op.name)
    first = op.shape.items[0] if op.shape.items else None
    if known is not None and isinstance(first, Leaf) and first.kind == "WORD" and first.text not in known:
        yield Problem(op.head.range(first), f"`{first.text}` is no predicate of `{op.name}`: {', '.join(sorted(known))}")


def constants(op: Op) -> Iterator[Problem]:
    """A number that is no value of its type."""
    items = [item for item in op.shape.items if item.kind != "brace"]
    if op.name != "arith.constant" or not items:
        return
    first = items[0]
    if first.kind == "angle" or (
        isinstance(first, Leaf) and first.kind == "WORD" and first.text not in ("true", "false", "unit")
    ):
        yield Problem(op.head.range(first), "this is no value of a constant")
        return
    made = op.result_type(0)
    if not isinstance(first, Leaf) or first.kind != "NUMBER" or made is None:
        return
    number = _integer(first.text)
    if isinstance(made, (types.IntegerType, types.IndexType)) and number is None:
        yield Problem(op.head.range(first), f"`{first.text}` is no value of `{made}`")
    elif isinstance(made, types.FloatType) and not set(first.text) & set(".x"):
        yield Problem(op.head.range(first), f"a value of `{made}` has a decimal point, as in `{first.text}.0`")
    elif isinstance(made, types.IntegerType) and number is not None and abs(number) >= 1 << made.width:
        yield Problem(op.head.range(first), f"`{first.text}` does not fit into `{made}`")


def _integer(spelled: str) -> int | None:
    """The number; None for one with a fraction or an exponent."""
    is_hexadecimal = "x" in spelled
    if not is_hexadecimal and set(spelled) & set(".eE"):
        return None
    return int(spelled, 16 if is_hexadecimal else 10)


def _element(type_: types.Type | None) -> types.Type | None:
    return type_.element if isinstance(type_, (types.TensorType, types.VectorType)) else type_


def _shape(type_: types.Type) -> types.Shape | None:
    return type_.shape if isinstance(type_, (types.TensorType, types.VectorType)) else ()


def _defined(op: Op) -> tuple[tuple[Range, str], ...]:
    value = op.operands[0].value
    return () if value.is_free else ((value.range, f"`{value.name}` is defined here"),)


CHECKS = (kinds, casts, predicates, constants)
