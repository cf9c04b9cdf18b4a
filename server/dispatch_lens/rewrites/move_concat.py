"""Compute each part of a concat by itself: the elementwise generic that reads the concat works on its operands, in front of it.

So do those that read the generic, one after the other. Each copy then meets what makes its part. Other operands that run along
the concat are sliced.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Concat
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import chains, excerpt, generic, inits, places, sizes, slices
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    """Asked at the concat."""
    first = _past_one(op)
    if not isinstance(first, Applied):
        return first
    part = excerpt.around(op)
    module, at = part.module, part.op
    steps = 0
    while at is not None and isinstance(outcome := _past_one(at), Applied):
        name = next(iter(_readers(at))).results[0].name
        module, steps = chains.after(module, outcome), steps + 1
        at = next((each for each in module.walk() if each.name == op.name and each.results[0].name == name), None)
    edits = part.edits(module) if steps > 1 else None
    return Applied("compute each part of the concat by itself", edits) if edits is not None else first


def _readers(op: Op) -> dict[Op, None]:
    return dict.fromkeys(use.op for use in op.results[0].uses if use.op.name != "tensor.dim") if op.results else {}


def _past_one(op: Op) -> Outcome:
    """The concat behind the one generic that reads it."""
    found, readers = tensor.concat(op), _readers(op)
    reader = linalg.structured(next(iter(readers))) if len(readers) == 1 else None
    if found is None or reader is None or not reader.is_generic or reader.op.block is not op.block:
        return None
    if (problem := _problem(found, reader)) is not None:
        return problem
    parts = _parts(found)
    if parts is None:
        return Refused("the sizes of the parts are not known")
    (loop,) = _loops(found, reader)
    draft = Draft(op.module)
    read = generic.read(reader, draft)
    out = reader.result_map().result_dims.index(loop)
    if isinstance(read, Refused):
        return read
    kind = read.outs[0].tensor
    if kind is None:
        return None
    made = [_computed(draft, reader, read, kind, _Cut(found, part, loop, out)) for part in parts]
    result = reader.op.results[0]
    names, kinds = ", ".join(each.name for each in made), ", ".join(str(each.type) for each in made)
    joined = f"{result.name} = tensor.concat dim({out}) {names} : ({kinds}) -> {result.type}"
    draft.replace(reader.op, joined)
    return Applied("compute each part of the concat by itself", draft.edits())


@dataclass(frozen=True, slots=True)
class _Part:
    """An operand of the concat, and where its elements begin in the result."""

    source: Operand
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class _Cut:
    """One part, with the reader's loop that runs along the concat and the dim of its result over that."""

    concat: Concat
    part: _Part
    loop: int
    out: int


def _problem(of: Concat, reader: StructuredOp) -> Refused | None:
    if not reader.is_elementwise or len(reader.op.results) != 1:
        return Refused("its reader is not elementwise, or has several results")
    if generic.uses_init(reader) or generic.reads_place(reader.op):
        return Refused("its reader's body reads its init or its place")
    if any(use.op is reader.op and use not in reader.ins for use in of.op.results[0].uses):
        return Refused("its reader writes into the concat")
    if len(_loops(of, reader)) != 1:
        return Refused("its reader reads it along several loops")
    return None


def _loops(of: Concat, reader: StructuredOp) -> set[int]:
    """The loops that run along the concat, one where all reads of it agree."""
    read = (used.result_dims for use, used in zip(reader.ins, reader.in_maps) if use.value is of.op.results[0])
    return {loop for dims in read for loop in dims[of.dim : of.dim + 1] if loop is not None}


def _parts(of: Concat) -> list[_Part] | None:
    found: list[_Part] = []
    offset = 0
    for source in of.sources:
        kind = tensor.tensor_type(source)
        size = kind.shape[of.dim] if kind is not None and kind.shape is not None else None
        if size is None:
            return None
        found.append(_Part(source, offset, size))
        offset += size
    return found


def _computed(draft: Draft, reader: StructuredOp, read: generic.Generic, kind: types.TensorType, cut: _Cut) -> generic.Argument:
    """The result of the generic on one part, where the whole is a `kind`."""
    ins = [_taken(draft, reader, use, argument, cut) for use, argument in zip(reader.ins, read.ins)]
    made = _of_size(kind, cut.out, cut.part.size)
    init = reader.inits[0].value
    known = [sizes.of_dim(draft, reader.op, init, dim) for dim in range(len(kind.shape or ()))]
    known[cut.out] = str(cut.part.size)
    empty = inits.of_sizes(draft, reader.op, made, known)
    out = generic.Argument(empty, made, read.outs[0].map)
    name = draft.fresh("part")
    new = replace(read, results=name, ins=tuple(ins), outs=(out,), comments=())
    draft.insert_before(reader.op, [generic.text(new, draft)])
    return generic.Argument(name, made, read.outs[0].map)


def _taken(draft: Draft, reader: StructuredOp, use: Operand, argument: generic.Argument, cut: _Cut) -> generic.Argument:
    """The operand's elements for the part: the part itself, a slice, or the whole operand where it does not run along."""
    if use.value is cut.concat.op.results[0]:
        source = cut.part.source
        kind = tensor.tensor_type(source)
        return replace(argument, name=places.spelled(source.value), type=kind if kind is not None else argument.type)
    dims = argument.map.result_dims
    kind = argument.tensor
    if kind is None or kind.shape is None or cut.loop not in dims:
        return argument
    along = dims.index(cut.loop)
    lengths = [str(cut.part.size) if at == along else sizes.of_dim(draft, reader.op, use.value, at) for at in range(len(dims))]
    offsets = [cut.part.offset if at == along else 0 for at in range(len(dims))]
    made = _of_size(kind, along, cut.part.size)
    return slices.taken(draft, reader.op, argument, made, offsets, lengths, [1] * len(dims))


def _of_size(of: types.TensorType, dim: int, size: int) -> types.TensorType:
    """The type with another size of one dim."""
    return types.TensorType(tuple(size if at == dim else each for at, each in enumerate(of.shape or ())), of.element)


REWRITE = Rewrite("move-concat-down", "Compute each part of the concat by itself", Aim.MAYBE_FEWER, apply)
