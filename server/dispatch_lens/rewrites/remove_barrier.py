"""Read what goes into a barrier instead of what comes out of it: the same value, which nothing moved or fused across.

Somebody put it there, so this is never made unasked.
"""

from __future__ import annotations

from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import places
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Rewrite

_BARRIERS = (
    "util.optimization_barrier",
    "iree_tensor_ext.compute_barrier.start",
    "iree_tensor_ext.compute_barrier.end",
)


def apply(op: Op) -> Outcome:
    if op.name not in _BARRIERS or not op.results:
        return None
    draft = Draft(op.module)
    for result, operand in zip(op.results, op.operands):
        draft.redirect(result, places.spelled(operand.value))
    draft.erase(op)
    return Applied(f"remove `{op.name}`", draft.edits())


REWRITE = Rewrite("remove-barrier", "Remove the barrier", Aim.OTHER_FORM, apply)
