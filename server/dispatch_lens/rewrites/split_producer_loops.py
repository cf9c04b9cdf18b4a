"""Let a contraction, convolution or reduction compute in the shape that an expand makes of its result: one action.

The expand goes to what the op reads, and the op, as a generic over the split loops, meets the reader of the expanded tensor. So
do the elementwise generics between the two.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import linalg, tensor
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.tensor import Reshape
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import chains, excerpt, generic, move_reshape
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_MOST_BETWEEN = 8


def apply(op: Op) -> Outcome:
    """Asked at the expand."""
    reshape = tensor.reshape(op)
    if reshape is None or reshape.kind != "expand":
        return None
    way = _way(reshape.source.value, _MOST_BETWEEN)
    if not way or way[-1].op.block is not op.block:
        return None
    if (problem := _problem(way[-1])) is not None:
        return problem
    if len(way) == 1:
        return move_reshape.in_front_of(reshape, way[0])
    part = excerpt.around(op)
    done = _moved(part.op, way)
    if done is None or isinstance(done, Refused):
        return done
    edits = part.edits(done)
    title = f"compute `{way[-1].op.name}` and what follows it in the expanded shape"
    return Applied(title, edits) if edits is not None else None


def _way(value: Value, most: int) -> list[StructuredOp]:
    """The elementwise generics from the value back to what is not elementwise, and that; empty where there is none."""
    maker = linalg.structured(value.op) if value.op is not None and most else None
    if maker is None or maker.op.name == "linalg.fill" or not maker.op.results:
        return []
    if not (maker.is_generic and maker.is_all_parallel):
        return [maker]
    for use in maker.ins:
        if before := _way(use.value, most - 1):
            return [maker, *before]
    return []


def _problem(root: StructuredOp) -> Refused | None:
    if len(root.op.results) != 1:
        return Refused("the producer has several results")
    return Refused("the producer's body reads its place") if generic.reads_place(root.op) else None


def _moved(expand: Op, way: Sequence[StructuredOp]) -> Module | Refused | None:
    """The module after the expand went past ops of the names that these have, the last of which is not elementwise."""
    module, at = expand.module, tensor.reshape(expand)
    for maker, before in zip(way, [*way[1:], None]):
        if at is None:
            return Refused(f"the expand splits no dim of what `{maker.op.name}` makes")
        outcome = move_reshape.up(at.op) if before is not None else _past_root(at)
        if not isinstance(outcome, Applied):
            return outcome
        module = chains.after(module, outcome)
        at = _expand_of(module, before.op.results[0].name) if before is not None else None
    return module


def _past_root(expand: Reshape) -> Outcome:
    root = linalg.structured(expand.source.value.op) if expand.source.value.op is not None else None
    return move_reshape.in_front_of(expand, root) if root is not None else None


def _expand_of(module: Module, name: str) -> Reshape | None:
    """The expand that reads the value of this name."""
    found = (tensor.reshape(op) for op in module.walk())
    return next((each for each in found if each is not None and each.kind == "expand" and each.source.value.name == name), None)


REWRITE = Rewrite("split-producer-loops", "Let the producer compute in the expanded shape", Aim.MAYBE_FEWER, apply)
