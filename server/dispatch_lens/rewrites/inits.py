"""Another init for an op whose result gets another type: an empty tensor, or the same fill of one.

Where an op reads what its init holds and that is not a fill, its contents would have to be permuted or reshaped too; that
is refused.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import generic, places, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Refused


def permuted(
    draft: Draft, op: linalg.StructuredOp, type_: types.TensorType, vector: Sequence[int], reusable: Value | None = None
) -> str | Refused:
    """The name of an init of this type in front of the op, whose dim i is dim `vector[i]` of its own.

    `reusable` may serve where it is such an empty tensor.
    """
    if (problem := _problem(op)) is not None:
        return problem
    return filled(draft, op, empty(draft, op.op, type_, (op.inits[0].value, vector), reusable), type_, op.op)


def filled(draft: Draft, op: linalg.StructuredOp, made: str, type_: types.TensorType, at: Op) -> str | Refused:
    """The name of an init in front of `at`: the empty tensor `made`, or filled as the op's own init where the op reads that."""
    if (problem := _problem(op)) is not None:
        return problem
    fill = fill_of(op.inits[0].value)
    if fill is None or not generic.uses_init(op):
        return made
    name = draft.fresh("filled")
    scalar = places.spelled(fill.ins[0].value)
    ends = f"outs({made} : {type_}) -> {type_}"
    draft.insert_before(at, [f"{name} = linalg.fill ins({scalar} : {type_.element}) {ends}"])
    return name


def of_sizes(draft: Draft, at: Op, type_: types.TensorType, known: Sequence[str]) -> str:
    """The name of an empty tensor of these sizes in front of the op."""
    name = draft.fresh("empty")
    draft.insert_before(at, [f"{name} = {sizes.empty(type_, known)}"])
    return name


def empty(draft: Draft, at: Op, type_: types.TensorType, like: tuple[Value, Sequence[int]], reusable: Value | None = None) -> str:
    """The name of an empty tensor of this type in front of the op, with the sizes of these dims of the value `like`."""
    if reusable is not None and is_empty(reusable) and reusable.type == type_ and places.is_visible(reusable, at):
        return places.spelled(reusable)
    value, dims = like
    known = sizes.of_value(draft, at, value) if None in (type_.shape or ()) else []
    return of_sizes(draft, at, type_, [known[dim] for dim in dims] if known else ())


def is_empty(value: Value) -> bool:
    return value.op is not None and tensor.is_empty(value.op)


def fill_of(value: Value) -> linalg.StructuredOp | None:
    """The `linalg.fill` that makes the value, where its scalar is of the tensor's element type."""
    found = linalg.structured(value.op) if value.op is not None and value.op.name == "linalg.fill" else None
    if found is None or len(found.ins) != 1 or not isinstance(value.type, types.TensorType):
        return None
    return found if linalg.type_of(found.ins[0]) == value.type.element else None


def _problem(op: linalg.StructuredOp) -> Refused | None:
    if not generic.uses_init(op) or fill_of(op.inits[0].value) is not None:
        return None
    return Refused(f"`{op.op.name}` starts from its init, which is not a fill and would have to change with it")
