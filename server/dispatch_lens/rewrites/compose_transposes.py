"""Make one transpose of two in a row, and none of two that undo each other."""

from __future__ import annotations

from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import places, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.rewrites.transposes import Named, Transpose


def apply(op: Op) -> Outcome:
    second = transposes.transpose(op)
    first = transposes.transpose_of(second.source) if second is not None else None
    if first is None or second is None:
        return None
    both = transposes.composed(first.permutation, second.permutation)
    return _cancelled(first, second) if transposes.is_identity(both) else _composed(first, second, both)


def _cancelled(first: Transpose, second: Transpose) -> Outcome:
    draft = Draft(second.op.op.module)
    reads = list(places.reads(second.result))
    if not reads:
        return Refused("nothing reads the transposed tensor")
    if first.source_type != second.result_type:
        return Refused("the types before and after the transposes differ")
    if not all(places.is_visible(first.source, use.op) for use in reads):
        return Refused("the tensor before both transposes is not visible where the second is read")
    for use in reads:
        draft.redirect_use(use, places.spelled(first.source))
    return Applied("cancel the transpose and its inverse", draft.edits())


def _composed(first: Transpose, second: Transpose, both: tuple[int, ...]) -> Outcome:
    op = second.op.op
    if not places.is_visible(first.source, op):
        return Refused("the tensor before both transposes is not visible at the second")
    draft = Draft(op.module)
    source = Named(places.spelled(first.source), first.source_type)
    init = places.spelled(second.op.inits[0].value)
    new = transposes.lines(draft, source, both, places.spelled(second.result), init)
    draft.replace(op, "\n".join(new))
    return Applied("make one transpose of the two", draft.edits())


REWRITE = Rewrite("compose-transposes", "Make one transpose of two, or none", Aim.FEWER_DISPATCHES, apply)
