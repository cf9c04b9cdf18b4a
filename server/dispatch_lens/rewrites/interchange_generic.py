"""Order the loops of an op as its result's dims are, so that its result map is the identity on them.

A consumer is fused when its loops meet the producer's; a depthwise convolution in NCHW, for one, runs its channels last
and writes them second. A named op becomes its general form for it. Reductions keep their order among themselves.
"""

from __future__ import annotations

from dispatch_lens.flags.version import parse_version
from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, places
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def normalise(op: Op) -> Outcome:
    """For an op with reductions whose result an elementwise op reads."""
    found = linalg.structured(op)
    if found is None or found.is_all_parallel or not feeds_elementwise(op):
        return None
    return interchange(op)


def interchange(op: Op) -> Outcome:
    """For any op whose result map is another order of loops."""
    found = linalg.structured(op)
    if found is None or len(found.inits) != 1 or not found.ins or found.category in ("fill", "softmax"):
        return None
    if _order(found.result_map(), found.num_loops) is None:
        return None
    draft = Draft(op.module)
    read = generic.read(found, draft)
    if isinstance(read, Refused):
        return read
    generic.write(draft, op, normalised(read) or read)
    return Applied(f"order the loops of `{op.name}` as its result's dims", draft.edits())


def normalised(of: generic.Generic) -> generic.Generic | None:
    """The generic with its result's dims as first loops, in their order; None where they are, or cannot be."""
    order = _order(of.outs[0].map, of.num_loops)
    return None if order is None else generic.interchanged(of, order)


def _order(of: affine.AffineMap, loops: int) -> tuple[int, ...] | None:
    """The loops in the new order; None where it is the old one, or where the result map is not made of distinct dims."""
    if not of.is_projected_permutation:
        return None
    dims = [dim for dim in of.result_dims if dim is not None]
    order = (*dims, *(loop for loop in range(loops) if loop not in dims))
    return None if order == tuple(range(loops)) else order


def feeds_elementwise(op: Op) -> bool:
    """Whether an elementwise op reads what the op makes."""
    readers = (linalg.structured(use.op) for use in places.reads(op.results[0])) if op.results else ()
    return any(reader is not None and generic.is_elementwise(reader) for reader in readers)


NORMALISE = Rewrite(
    "normalise-result-map",
    "Order the loops as the result's dims",
    Aim.FEWER_DISPATCHES,
    normalise,
    until=parse_version("3.6"),
)
INTERCHANGE = Rewrite("interchange-generic", "Order the loops as the result's dims", Aim.OTHER_FORM, interchange)
