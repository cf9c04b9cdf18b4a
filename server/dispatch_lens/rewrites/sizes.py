"""The sizes of a tensor's dims as new text can read them: those that the text has, else asked of the tensor.

A size is written as in a list of sizes: a number, or the name of an `index`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from dispatch_lens.ir import index_lists, linalg, tensor, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import folding, places
from dispatch_lens.rewrites.draft import Draft

_MOST_INITS = 64


def of_value(draft: Draft, at: Op, value: Value) -> list[str]:
    """The size of each dim of a tensor that is visible at the op; lines that ask for it go in front of the op."""
    shape = value.type.shape if isinstance(value.type, types.TensorType) else None
    return [of_dim(draft, at, value, dim) for dim in range(len(shape or ()))]


def of_dim(draft: Draft, at: Op, value: Value, dim: int) -> str:
    """The size of one dim of such a tensor, which has a rank."""
    kind = value.type
    shape = kind.shape if isinstance(kind, types.TensorType) else None
    size = shape[dim] if shape is not None else None
    known = size if size is not None else _known(value, dim, at)
    if known is not None:
        return spelled(known)
    lines, asked_for = _question(draft, places.spelled(value), str(kind), dim)
    draft.insert_before(at, lines)
    return asked_for


def product(draft: Draft, at: Op, sizes: Sequence[str]) -> str:
    """The product of the sizes, in lines in front of the op where not all of them are numbers."""
    numbers = prod(int(size) for size in sizes if not size.startswith("%"))
    names = [size for size in sizes if size.startswith("%")]
    if not names:
        return str(numbers)
    if numbers != 1:
        names.append(draft.fresh(f"c{numbers}"))
        draft.insert_before(at, [f"{names[-1]} = arith.constant {numbers} : index"])
    found = names[0]
    for name in names[1:]:
        product_ = draft.fresh("size")
        draft.insert_before(at, [f"{product_} = arith.muli {found}, {name} : index"])
        found = product_
    return found


def asked(draft: Draft, name: str, of: types.TensorType) -> tuple[list[str], list[str]]:
    """The lines that ask a tensor, which new text defines, for its dynamic dims; and the size of each dim."""
    lines: list[str] = []
    found: list[str] = []
    for dim, size in enumerate(of.shape or ()):
        more, question = _question(draft, name, str(of), dim) if size is None else ([], str(size))
        lines += more
        found.append(question)
    return lines, found


def empty(of: types.TensorType, sizes: Sequence[str]) -> str:
    """An empty tensor of these sizes, without a name."""
    dynamic = [size for size, known in zip(sizes, of.shape or ()) if known is None]
    return f"tensor.empty({', '.join(dynamic)}) : {of}"


def stated(op: Op) -> list[str] | None:
    """The `output_shape` of an expand; None where the text states none."""
    found = index_lists.clause(op, "output_shape") or index_lists.mixed(op, "static_output_shape", op.operands[1:])
    return [spelled(size) for size in found] if found is not None else None


def spelled(size: Size | str) -> str:
    return places.spelled(size) if isinstance(size, Value) else str(size)


def listed(sizes: Iterable[Size | str]) -> str:
    """Offsets, sizes or strides as a slice lists them."""
    return f"[{', '.join(map(spelled, sizes))}]"


def _question(draft: Draft, name: str, kind: str, dim: int) -> tuple[list[str], str]:
    index, size = draft.fresh(f"c{dim}"), draft.fresh("dim")
    return [f"{index} = arith.constant {dim} : index", f"{size} = tensor.dim {name}, {index} : {kind}"], size


def _known(value: Value, dim: int, at: Op) -> Size | None:
    """What an op that makes the tensor was told of the dim, or what somebody asked already."""
    for _ in range(_MOST_INITS):
        size = _stated(value, dim)
        size = size if size is not None else _asked_before(value, dim, at)
        if size is not None and (not isinstance(size, Value) or places.is_visible(size, at)):
            return size
        found = linalg.structured(value.op) if value.op is not None else None
        if found is None or value.index >= len(found.inits) or found.inits[value.index].value.type != value.type:
            return None
        value = found.inits[value.index].value
    return None


def _stated(value: Value, dim: int) -> Size | None:
    op = value.op
    if op is not None and tensor.is_empty(op) and isinstance(value.type, types.TensorType):
        before = sum(size is None for size in (value.type.shape or ())[:dim])
        return op.operands[before].value if before < len(op.operands) else None
    stated = index_lists.clause(op, "output_shape") if op is not None and op.name == "tensor.expand_shape" else None
    return stated[dim] if stated is not None and dim < len(stated) else None


def _asked_before(value: Value, dim: int, at: Op) -> Value | None:
    questions = (use.op for use in value.uses if use.op.name == "tensor.dim" and use.index == 0 and len(use.op.operands) == 2)
    answers = (op.results[0] for op in questions if folding.constant(op.operands[1].value) == dim)
    return next((answer for answer in answers if places.is_visible(answer, at)), None)
