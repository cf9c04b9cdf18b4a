"""Let a contraction, convolution or reduction read what is before a collapse, as a generic over the loops that this splits.

What makes the collapsed tensor, a transpose above all, meets the op then. A dim that the op reduces is reduced by several loops.
"""

from __future__ import annotations

from dispatch_lens.ir import linalg, tensor
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, move_reshape
from dispatch_lens.rewrites.rewrite import Aim, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    """Asked at the collapse."""
    reshape = tensor.reshape(op)
    if reshape is None or reshape.kind != "collapse" or not op.results:
        return None
    readers = dict.fromkeys(use.op for use in op.results[0].uses if use.op.name != "tensor.dim")
    reader = linalg.structured(next(iter(readers))) if len(readers) == 1 else None
    if reader is None or reader.op.block is not op.block or (reader.is_generic and reader.is_all_parallel):
        return None
    if len(reader.op.results) != 1:
        return Refused("its reader has several results")
    if generic.reads_place(reader.op):
        return Refused("its reader's body reads its place")
    return move_reshape.behind_reader(reshape, reader)


REWRITE = Rewrite("split-reader-loops", "Let the reader compute in the shape before the collapse", Aim.MAYBE_FEWER, apply)
