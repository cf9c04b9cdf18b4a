"""The spellings of a transpose: a generic, `linalg.transpose`, and a reshape where no element moves."""

from __future__ import annotations

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, places, regions, reshapes, sizes, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def to_generic(op: Op) -> Outcome:
    found = transposes.transpose(op)
    if found is None or found.op.is_generic:
        return None
    draft = Draft(op.module)
    read = generic.read(found.op, draft)
    if isinstance(read, Refused):
        return read
    generic.write(draft, op, read)
    return Applied("write the transpose as a `linalg.generic`", draft.edits())


def to_named(op: Op) -> Outcome:
    found = transposes.transpose(op)
    if found is None or not found.op.is_generic:
        return None
    source = transposes.Named(places.spelled(found.source), found.source_type)
    init = places.spelled(found.op.inits[0].value)
    draft = Draft(op.module)
    draft.replace(op, transposes.lines(draft, source, found.permutation, places.spelled(found.result), init)[0])
    return Applied("write the transpose as a `linalg.transpose`", draft.edits())


def to_reshape(op: Op) -> Outcome:
    """A transpose that only moves dims of size 1 is a collapse and an expand, which no dispatch does."""
    found = transposes.transpose(op)
    if found is None or found.moves_elements:
        return None
    shape = types.without_units(found.source_type.shape)
    if not shape:
        return Refused("all dims are of size 1")
    at = _place(found)
    if isinstance(at, Refused):
        return at
    draft = Draft(op.module)
    middle = types.TensorType(tuple(shape), found.source_type.element)
    name, source = draft.fresh("collapsed"), places.spelled(found.source)
    before, after = found.source_type, found.result_type
    known = sizes.of_value(draft, at, found.source)
    given = [known[dim] for dim in found.permutation]
    lines = [
        reshapes.collapse(source, before, middle, reshapes.unit_groups(before), name),
        reshapes.expand(op.module, name, middle, after, reshapes.unit_groups(after), at.results[0].name, given),
    ]
    draft.replace(at, f"\n{draft.indent(at)}".join(lines))
    return Applied("write the transpose, which only moves dims of size 1, as a reshape", draft.edits())


def _place(of: transposes.Transpose) -> Op | Refused:
    """What the reshape replaces: the transpose, with the dispatch where that does nothing else and would only reshape."""
    region = regions.around(of.op.op)
    if region is None or any(regions.computes(op) for op in region.body.ops if op is not of.op.op):
        return of.op.op
    if region.yielded != (of.result,) or not places.is_visible(of.source, region.op):
        return Refused("no back end compiles a dispatch that only reshapes")
    return region.op


TO_GENERIC = Rewrite("transpose-to-generic", "Write the transpose as a generic", Aim.OTHER_FORM, to_generic)
TO_NAMED = Rewrite("generic-to-transpose", "Write the generic as a transpose", Aim.OTHER_FORM, to_named)
TO_RESHAPE = Rewrite("unit-transpose-to-reshape", "Write the transpose as a reshape", Aim.MAYBE_FEWER, to_reshape)
