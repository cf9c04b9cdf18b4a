"""Write a named op as the `linalg.generic` that it stands for."""

from __future__ import annotations

from dispatch_lens.ir import linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_LEFT_NAMED = ("fill", "softmax", "winograd", "layout", "random", "attention", "custom")


def apply(op: Op) -> Outcome:
    found = linalg.structured(op)
    if found is None or found.is_generic or found.category in _LEFT_NAMED or transposes.transpose(op) is not None:
        return None
    draft = Draft(op.module)
    read = generic.read(found, draft)
    if isinstance(read, Refused):
        return read
    generic.write(draft, op, read)
    return Applied(f"write `{op.name}` as a `linalg.generic`", draft.edits())


REWRITE = Rewrite("generalise-named-op", "Write the named op as a generic", Aim.OTHER_FORM, apply)
