"""Write a generic as the named op that it is: a matrix product by its maps, whatever its loops are called.

Only ops that compilers of all years spell alike, on one element type. Convolutions are left generic.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.ir import affine, linalg, named_ops
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    found = linalg.structured(op)
    if found is None or not found.is_generic or not found.is_contraction or found.body is None:
        return None
    if tuple(each.name for each in found.body.ops) not in _BODIES or "fastmath" in op.text:
        return Refused("the body does more than multiply and add up")
    name = next((name for name in _known() if _is(found, name)), None)
    if name is None:
        return Refused("no named op has these indexing maps")
    draft = Draft(op.module)
    read = generic.read(found, draft)
    if isinstance(read, Refused):
        return read
    if read.attributes or len({str(each.tensor.element) for each in read.arguments if each.tensor is not None} | {"i1"}) != 2:
        return Refused("the generic has attributes of its own, or operands of several element types, or of `i1`")
    out = read.outs[0]
    ins, outs = generic.operands(read.ins), generic.operands(read.outs)
    draft.replace(op, f"{read.results} = {name} ins({ins}) outs({outs}) -> {out.type}")
    return Applied(f"write the `linalg.generic` as `{name}`", draft.edits())


_BODIES = (("arith.mulf", "arith.addf", "linalg.yield"), ("arith.muli", "arith.addi", "linalg.yield"))
_YEARS = ("2024", "3.13")


def _known() -> Iterator[str]:
    for name in named_ops.names():
        op = named_ops.lookup(name)
        if op is None or op.category != "contraction" or op.rule != "fixed" or op.body != "mul_add":
            continue
        if all(year in (named_ops.lookup_in(name, year) or op).versions for year in _YEARS):
            yield name


def _is(found: linalg.StructuredOp, name: str) -> bool:
    """Whether the generic's loops are the named op's in some order."""
    named = named_ops.lookup(name)
    maps = [affine.parse_map(f"affine_map<{text}>") for text in named_ops.maps_for(named)] if named is not None else []
    if named is None or len(maps) != len(found.indexing_maps):
        return False
    loops: dict[int, int] = {}
    for own, wanted in zip(found.indexing_maps, maps):
        if wanted is None or len(own.results) != len(wanted.results):
            return False
        for one, other in zip(own.results, wanted.results):
            if not isinstance(one, Dim) or not isinstance(other, Dim):
                return False
            if loops.setdefault(one.position, other.position) != other.position:
                return False
    kinds = {new: found.iterator_types[old] for old, new in loops.items()}
    return len(kinds) == found.num_loops == len(named.iterator_types) and all(
        kinds[i] == kind for i, kind in enumerate(named.iterator_types)
    )


REWRITE = Rewrite("specialise-generic", "Write the generic as a named op", Aim.OTHER_FORM, apply)
