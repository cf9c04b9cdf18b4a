"""Let the op that makes a tensor write it in the order that a transpose gives it.

Only where the transpose is the one reader: another reader wants the old order. The init follows, which is possible where it
is an empty tensor or a fill.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, inits, interchange_generic, places, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    found = transposes.transpose(op)
    producer = found.source.op if found is not None else None
    maker = linalg.structured(producer) if producer is not None else None
    if found is None or producer is None or maker is None or transposes.transpose(producer) is not None:
        return None
    if (problem := _problem(found, maker)) is not None:
        return problem
    draft = Draft(op.module)
    read = generic.read(maker, draft)
    if isinstance(read, Refused):
        return read
    name = inits.permuted(draft, maker, found.result_type, found.permutation, found.op.inits[0].value)
    if isinstance(name, Refused):
        return name
    turned = affine.permute_results(read.outs[0].map, found.permutation)
    new = read.with_out(replace(read.outs[0], name=name, type=found.result_type, map=turned))
    if not maker.is_generic:
        new = interchange_generic.normalised(new) or new
    generic.write(draft, producer, new)
    draft.redirect(found.result, places.spelled(found.source))
    draft.erase(op)
    return Applied(f"let `{producer.name}` write the transposed tensor", draft.edits())


def _problem(found: transposes.Transpose, maker: linalg.StructuredOp) -> Refused | None:
    if len(maker.op.results) != 1 or len(maker.inits) != 1:
        return Refused(f"its producer `{maker.op.name}` has several results")
    if maker.category == "fill":
        return Refused("its producer is a fill: the compiler makes it in any shape")
    if len(found.source.uses) != 1:
        return Refused("the tensor is also read in the order that it has")
    if not maker.result_map().is_projected_permutation:
        return Refused("its producer does not write each element once")
    if maker.op.block is not found.op.op.block:
        return Refused("its producer stands in another block")
    return None


REWRITE = Rewrite("fold-transpose-into-producer", "Let the producer write the transposed tensor", Aim.MAYBE_FEWER, apply)
