"""The spellings of a transpose: a generic, `linalg.transpose`, and a reshape where no element moves."""

from __future__ import annotations

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, places, reshapes, sizes, transposes
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
    shape = [size for size in found.source_type.shape or () if size != 1]
    if not shape:
        return Refused("all dims are of size 1")
    draft = Draft(op.module)
    middle = types.TensorType(tuple(shape), found.source_type.element)
    name, source = draft.fresh("collapsed"), places.spelled(found.source)
    before, after = found.source_type, found.result_type
    known = sizes.of_value(draft, op, found.source)
    given = [known[dim] for dim in found.permutation]
    lines = [
        reshapes.collapse(source, before, middle, reshapes.unit_groups(before), name),
        reshapes.expand(op.module, name, middle, after, reshapes.unit_groups(after), found.result.name, given),
    ]
    draft.replace(op, f"\n{draft.indent(op)}".join(lines))
    return Applied("write the transpose, which only moves dims of size 1, as a reshape", draft.edits())


TO_GENERIC = Rewrite("transpose-to-generic", "Write the transpose as a generic", Aim.OTHER_FORM, to_generic)
TO_NAMED = Rewrite("generic-to-transpose", "Write the generic as a transpose", Aim.OTHER_FORM, to_named)
TO_RESHAPE = Rewrite("unit-transpose-to-reshape", "Write the transpose as a reshape", Aim.MAYBE_FEWER, to_reshape)
