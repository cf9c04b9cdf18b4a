"""Write a named op as the `linalg.generic` that it stands for.

A convolution that an elementwise op reads is worth it by itself: until 3.7 the compiler asked of a named one that its reader
could use its buffer, kept its dims of size 1, which puts reshapes between the two, and made matrix products of it that need
packing. Since then the compiler writes every convolution as a generic itself.
"""

from __future__ import annotations

from dispatch_lens.flags.version import parse_version
from dispatch_lens.ir import linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, interchange_generic, regions, transposes
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


def convolution(op: Op) -> Outcome:
    """For a named convolution, outside of a dispatch, whose result an elementwise op reads."""
    found = linalg.structured(op)
    if found is None or found.category != "convolution" or found.is_generic or regions.around(op) is not None:
        return None
    return apply(op) if interchange_generic.feeds_elementwise(op) else None


CONVOLUTION = Rewrite(
    "generalise-convolution",
    "Write the convolution as a generic",
    Aim.FEWER_DISPATCHES,
    convolution,
    until=parse_version("3.6"),
)
REWRITE = Rewrite("generalise-named-op", "Write the named op as a generic", Aim.OTHER_FORM, apply)
