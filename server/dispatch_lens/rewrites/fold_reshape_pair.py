"""Fold reshapes that come to nothing, and let a reader pick the dims itself where they only move dims of size 1.

A collapse and an expand that regroup nothing are deleted. Those that only add, drop or move dims of size 1 fold into the
indexing map of a reading generic: the dims of size 1 are read through loops of size 1.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch_lens.analysis import reshapes as facts
from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.affine import AffineMap
from dispatch_lens.ir.affine_expr import AffineExpr, Dim
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import fold_transpose_into_consumer, generic, places
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def fold_pair(op: Op) -> Outcome:
    """Deletes a pair whose result is its source."""
    second = tensor.reshape(op)
    pair = facts.pair_after(second) if second is not None else None
    if pair is not None and pair.effect == "unknown":
        return Refused("dynamic sizes hide whether the two reshapes undo each other")
    if pair is None or pair.effect != "identity" or pair.first.source_type != op.result_type(0):
        return None
    draft = Draft(op.module)
    draft.redirect(op.results[0], places.spelled(pair.first.source.value))
    draft.erase(op)
    return Applied("delete the reshapes, which undo each other", draft.edits())


def fold_units(op: Op) -> Outcome:
    """Folds one or two reshapes that only touch dims of size 1 into the generics that read the result."""
    last = tensor.reshape(op)
    if last is None or not op.results:
        return None
    reads = list(places.reads(op.results[0]))
    if not reads or all(tensor.reshape(use.op) is not None for use in reads):
        return None
    source = _before(last)
    before, after = source.type, op.result_type(0)
    if not isinstance(before, types.TensorType) or not isinstance(after, types.TensorType):
        return None
    moving = types.without_units(before.shape)
    if before.shape is None or after.shape is None or moving != types.without_units(after.shape) or None in moving:
        return None
    if not _comes_from_dispatch(source):
        return Refused("the tensor is not computed by an op that could be fused")
    return _folded(op, source, before, reads)


def _folded(op: Op, source: Value, before: types.TensorType, reads: list[Operand]) -> Outcome:
    draft = Draft(op.module)
    for reader in dict.fromkeys(use.op for use in reads):
        structured = linalg.structured(reader)
        if structured is None or not structured.is_generic or not structured.is_all_parallel:
            return Refused(f"its reader `{reader.name}` has no indexing map that could pick the dims")
        if not places.is_visible(source, reader):
            return Refused(f"the tensor before the reshapes is not visible at its reader `{reader.name}`")
        read = generic.read(structured, draft)
        if isinstance(read, Refused):
            return read
        for use in (use for use in reads if use.op is reader):
            if use not in structured.ins:
                return Refused(f"its reader `{reader.name}` writes into the reshaped tensor")
            index = structured.ins.index(use)
            turned = _map(before, read.ins[index], structured)
            if turned is None:
                return Refused(f"its reader `{reader.name}` has no loop of size 1 for each dim of size 1")
            read = read.with_in(index, replace(read.ins[index], name=places.spelled(source), type=before, map=turned))
        if not fold_transpose_into_consumer.covers_loops(read):
            return Refused("without the reshaped operand no operand would tell the size of some loop")
        generic.write(draft, reader, read)
    return Applied("let the reader pick the dims: the reshapes only touch dims of size 1", draft.edits())


def _before(last: tensor.Reshape) -> Value:
    """The tensor before the reshape, or before both of two."""
    pair = facts.pair_after(last)
    return pair.first.source.value if pair is not None else last.source.value


def _comes_from_dispatch(value: Value) -> bool:
    maker = places.made_by(value)
    return maker is not None and linalg.structured(maker) is not None


def _map(before: types.TensorType, old: generic.Argument, reader: linalg.StructuredOp) -> AffineMap | None:
    """The map over the dims before the reshapes; None where a dim of size 1 finds no loop of size 1 of its own."""
    shape = old.tensor.shape if old.tensor is not None else None
    if shape is None or not old.map.is_projected_permutation:
        return None
    moving = iter([expr for expr, size in zip(old.map.results, shape) if size != 1])
    units = [expr for expr, size in zip(old.map.results, shape) if size == 1]
    units += _free_unit_loops(old.map, reader)
    results: list[AffineExpr] = []
    for size in before.shape or ():
        if size != 1:
            results.append(next(moving))
        elif units:
            results.append(units.pop(0))
        else:
            return None
    return AffineMap(old.map.num_dims, 0, tuple(results))


def _free_unit_loops(of: AffineMap, reader: linalg.StructuredOp) -> list[AffineExpr]:
    sizes = enumerate(reader.static_loop_ranges)
    return [Dim(loop) for loop, size in sizes if size == 1 and Dim(loop) not in of.results]


PAIR = Rewrite("fold-reshape-pair", "Delete the reshapes", Aim.MAYBE_FEWER, fold_pair)
UNITS = Rewrite("fold-unit-reshapes", "Let the reader pick the dims", Aim.MAYBE_FEWER, fold_units)
