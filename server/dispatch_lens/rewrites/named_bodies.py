"""The bodies of named linalg ops as text: what `linalg-generalize-named-ops` would print.

Only arithmetic on one element type, and products that are summed up in a wider type by sign or by float extension. An op
with a region of its own, quantized and unsigned arithmetic, and casts that an attribute asks for are refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import linalg, types
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Refused

_FLOAT = {
    "add": "arith.addf", "sub": "arith.subf", "mul": "arith.mulf", "div": "arith.divf",
    "max": "arith.maximumf", "min": "arith.minimumf", "powf": "math.powf",
    "abs": "math.absf", "ceil": "math.ceil", "erf": "math.erf", "exp": "math.exp", "floor": "math.floor",
    "log": "math.log", "negf": "arith.negf", "round": "math.round", "rsqrt": "math.rsqrt", "sqrt": "math.sqrt",
    "tanh": "math.tanh",
}  # fmt: skip
_INTEGER = {
    "add": "arith.addi", "sub": "arith.subi", "mul": "arith.muli", "div": "arith.divsi", "div_unsigned": "arith.divui",
    "max": "arith.maxsi", "min": "arith.minsi", "max_unsigned": "arith.maxui", "min_unsigned": "arith.minui",
}  # fmt: skip
_REDUCING = ("mul_add", "max", "min", "add", "max_unsigned", "min_unsigned")


def body(op: linalg.StructuredOp, draft: Draft, indent: str) -> str | Refused:
    """The op's body as a region, its lines indented by `indent` and more."""
    elements = _elements(op)
    if op.named is None or op.body is not None or elements is None or "cast" in op.op.attributes or len(op.inits) != 1:
        return Refused(f"`{op.op.name}` has no general form that is known here")
    names = [draft.fresh("in") for _ in op.ins] + [draft.fresh("out")]
    computed = _lines(op, elements, names, draft)
    if computed is None:
        kinds = ", ".join(map(str, elements))
        return Refused(f"the general form of `{op.op.name}` on {kinds} is not known here")
    lines, result = computed
    arguments = ", ".join(f"{name}: {element}" for name, element in zip(names, elements))
    inner = [*lines, f"linalg.yield {result} : {elements[-1]}"]
    printed = "".join(f"{indent}  {line}\n" for line in inner)
    return f"{{\n{indent}^bb0({arguments}):\n{printed}{indent}}}"


def _elements(op: linalg.StructuredOp) -> list[types.Type] | None:
    found: list[types.Type] = []
    for operand in op.operands:
        type_ = linalg.type_of(operand)
        if type_ is None:
            return None
        found.append(type_.element if isinstance(type_, types.TensorType) else type_)
    return found


def _lines(
    op: linalg.StructuredOp, elements: Sequence[types.Type], names: Sequence[str], draft: Draft
) -> tuple[list[str], str] | None:
    kind = op.named.body if op.named is not None else ""
    if kind == "yield":
        return ([], names[0]) if len(names) == 2 and elements[0] == elements[1] else None
    if op.category == "pooling" and kind in _REDUCING:
        return _applied(kind, elements[0], elements[-1], (names[-1], names[0]), draft)
    if kind == "mul_add" and len(op.ins) == 2:
        return _sum_of_products(elements, names, draft)
    if op.category == "elementwise" and len(set(elements)) == 1:
        return _applied(kind, elements[0], elements[-1], names[:-1], draft)
    return None


def _applied(
    kind: str, source: types.Type, result: types.Type, names: Sequence[str], draft: Draft
) -> tuple[list[str], str] | None:
    table = _FLOAT if isinstance(source, types.FloatType) else _INTEGER if _is_integer(source) else {}
    name = table.get(kind)
    if name is None or source != result:
        return None
    made = draft.number()
    return [f"{made} = {name} {', '.join(names)} : {result}"], made


def _sum_of_products(elements: Sequence[types.Type], names: Sequence[str], draft: Draft) -> tuple[list[str], str] | None:
    wide = elements[-1]
    if not (isinstance(wide, types.FloatType) or _is_integer(wide)):
        return None
    lines: list[str] = []
    factors: list[str] = []
    for element, name in zip(elements[:2], names):
        if element != wide:
            cast = _extension(element, wide)
            if cast is None:
                return None
            extended = draft.number()
            lines.append(f"{extended} = {cast} {name} : {element} to {wide}")
            name = extended
        factors.append(name)
    product, total = draft.number(), draft.number()
    table = _FLOAT if isinstance(wide, types.FloatType) else _INTEGER
    lines.append(f"{product} = {table['mul']} {factors[0]}, {factors[1]} : {wide}")
    lines.append(f"{total} = {table['add']} {names[2]}, {product} : {wide}")
    return lines, total


def _extension(narrow: types.Type, wide: types.Type) -> str | None:
    if isinstance(narrow, types.FloatType) and isinstance(wide, types.FloatType) and narrow.width < wide.width:
        return "arith.extf"
    if isinstance(narrow, types.IntegerType) and isinstance(wide, types.IntegerType) and 1 < narrow.width < wide.width:
        return "arith.extsi" if not narrow.signedness and not wide.signedness else None
    return None


def _is_integer(of: types.Type) -> bool:
    return isinstance(of, types.IntegerType) and of.width > 1 and not of.signedness
