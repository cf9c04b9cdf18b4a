"""Compute only what is read: a slice of an op's result becomes slices of what the op reads.

The op then meets the reader of the slice. Loops of the dims that are cut must be dims of their own in every map.
"""

from __future__ import annotations

import re
from dataclasses import replace

from dispatch_lens.ir import affine_expr, linalg, tensor, types
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Slice
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import generic, inits, sizes, slices
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    """Asked at the slice."""
    cut = tensor.extract_slice(op)
    maker = linalg.structured(cut.source.value.op) if cut is not None and cut.source.value.op is not None else None
    made = tensor.result_tensor_type(op)
    if cut is None or maker is None or made is None or maker.op.block is not op.block:
        return None
    if maker.op.name == "linalg.fill" or maker.is_pure_transpose:
        return None
    if (problem := _problem(cut, made, maker)) is not None:
        return problem
    loops = _cut_loops(cut, maker)
    if isinstance(loops, Refused):
        return loops
    draft = Draft(op.module)
    read = generic.read(maker, draft)
    if isinstance(read, Refused):
        return read
    ins = [_sliced(draft, cut, use, argument, loops) for use, argument in zip(maker.ins, read.ins)]
    init = inits.filled(draft, maker, inits.of_sizes(draft, op, made, list(map(sizes.spelled, cut.sizes))), made, op)
    if isinstance(init, Refused):
        return init
    out = generic.Argument(init, made, read.outs[0].map)
    new = generic.moved(draft, replace(read, results=op.results[0].name, ins=tuple(ins), outs=(out,)), op)
    draft.replace(op, _text(maker, new, draft))
    draft.erase(maker.op)
    return Applied(f"slice what `{maker.op.name}` reads instead of what it makes", draft.edits())


def _problem(cut: Slice, made: types.TensorType, maker: StructuredOp) -> Refused | None:
    if len(maker.op.results) != 1 or len(cut.source.value.uses) != 1:
        return Refused("the op has several results, or others read its result whole")
    if len(made.shape or ()) != len(cut.sizes):
        return Refused("the slice drops dims")
    return Refused("the op's body reads its place") if generic.reads_place(maker.op) else None


def _cut_loops(cut: Slice, maker: StructuredOp) -> dict[int, int] | Refused:
    """The dim of the result for each loop that is cut."""
    whole = maker.op.result_type(0)
    shape = whole.shape if isinstance(whole, types.TensorType) else None
    loops: dict[int, int] = {}
    for dim, loop in enumerate(maker.result_map().result_dims):
        is_whole = cut.offsets[dim] == 0 and cut.strides[dim] == 1 and shape is not None and cut.sizes[dim] == shape[dim]
        if is_whole:
            continue
        if loop is None or maker.result_map().result_dims.count(loop) > 1:
            return Refused("a dim that is cut is no loop of its own")
        loops[loop] = dim
    for of in maker.indexing_maps:
        for expr in of.results:
            others = {leaf.position for leaf in affine_expr.leaves(expr) if isinstance(leaf, Dim)}
            if not isinstance(expr, Dim) and others & loops.keys():
                return Refused("a map reads a loop that is cut together with another, as a window does")
    return loops


def _sliced(draft: Draft, cut: Slice, use: Operand, argument: generic.Argument, loops: dict[int, int]) -> generic.Argument:
    """The part of the operand that the loops left read."""
    dims = argument.map.result_dims
    kind = argument.tensor
    if kind is None or not any(dim in loops for dim in dims):
        return argument
    offsets: list[Size] = []
    lengths: list[str] = []
    strides: list[Size] = []
    for at, loop in enumerate(dims):
        of = loops.get(loop) if loop is not None else None
        offsets.append(0 if of is None else cut.offsets[of])
        strides.append(1 if of is None else cut.strides[of])
        lengths.append(sizes.of_dim(draft, cut.op, use.value, at) if of is None else sizes.spelled(cut.sizes[of]))
    shape = tuple(int(length) if not length.startswith("%") else None for length in lengths)
    made = types.TensorType(shape, kind.element)
    return slices.taken(draft, cut.op, argument, made, offsets, lengths, strides)


def _text(maker: StructuredOp, new: generic.Generic, draft: Draft) -> str:
    """The op under its own name where it has no attributes, else as a generic."""
    if maker.is_generic or _ONLY_OPERANDS.fullmatch(maker.op.module.text[maker.op.name_range.end : maker.op.range.end]) is None:
        return generic.text(new, draft)
    ends = f"outs({generic.operands(new.outs)}) -> {new.outs[0].type}"
    return f"{new.results} = {maker.op.name} ins({generic.operands(new.ins)}) {ends}"


_ONLY_OPERANDS = re.compile(r"\s*ins\([^()]*\)\s*outs\([^()]*\)\s*->[^()]*")


REWRITE = Rewrite("move-slice-up", "Slice what the producer reads", Aim.MAYBE_FEWER, apply)
