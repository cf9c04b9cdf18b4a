"""A structured op over the loops that a reshape of one of its tensors splits or joins.

The other operands get the reshape that their dims need; one that is a reshape already is read from before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from dispatch_lens.ir import affine, tensor, types
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import generic, inits, loops, places, reshapes, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Refused

Spelled = Callable[[int], str]
"""The size of a dim: of an expand's result where loops are split, of a collapse's where they are joined."""


@dataclass(frozen=True, slots=True)
class Over:
    """The op over its new loops, and what its only result becomes."""

    op: generic.Generic
    result: loops.Target


def over(draft: Draft, at: Op, past: StructuredOp, moved: tensor.Reshape, changed: loops.Loops) -> Over | Refused:
    """The op as a generic in the place of `at`, with lines in front of it for what it reads then."""
    read = generic.read(past, draft)
    if isinstance(read, Refused):
        return read
    ins: list[generic.Argument] = []
    for use, argument in zip(past.ins, read.ins):
        target = changed.target(argument)
        if isinstance(target, Refused):
            return target
        ins.append(_operand(draft, at, use, argument, target, moved))
    out = read.outs[0]
    target = changed.target(out)
    if isinstance(target, Refused):
        return target
    made = types.TensorType(target.shape, out.tensor.element if out.tensor is not None else out.type)
    known = target.sizes(lambda dim: sizes.of_dim(draft, at, past.inits[0].value, dim))
    init = inits.filled(draft, past, inits.of_sizes(draft, at, made, known), made, at)
    if isinstance(init, Refused):
        return init
    new = replace(read, ins=tuple(ins), outs=(generic.Argument(init, made, target.map),))
    return Over(replace(new, iterator_types=changed.iterator_types(read.iterator_types)), target)


def split_loops(reshape: tensor.Reshape, past: StructuredOp, of: affine.AffineMap, spelled: Spelled) -> loops.Loops | Refused:
    """Each loop over a collapsed dim that is several expanded ones becomes as many."""
    shape = reshape.expanded_type.shape if reshape.expanded_type is not None else None
    dims = of.result_dims
    parts: list[loops.Part] = []
    for collapsed, group in _changing(reshape):
        loop = dims[collapsed]
        if loop is None or shape is None:
            return Refused(_NO_LOOPS)
        parts.append(loops.Part((loop,), tuple(shape[i] for i in group), tuple(map(spelled, group))))
    return _with_others(parts, past)


def joined_loops(reshape: tensor.Reshape, past: StructuredOp, of: affine.AffineMap, spelled: Spelled) -> loops.Loops | Refused:
    """The loops over the expanded dims of a collapsed one become one."""
    shape = reshape.expanded_type.shape if reshape.expanded_type is not None else None
    dims = of.result_dims
    parts: list[loops.Part] = []
    for collapsed, group in _changing(reshape):
        joined = tuple(dim for dim in (dims[i] for i in group) if dim is not None)
        size = loops.product(shape[i] for i in group) if shape is not None else None
        parts.append(loops.Part(joined, (size,), (spelled(collapsed),)))
    return _with_others(parts, past)


def _changing(reshape: tensor.Reshape) -> list[tuple[int, tuple[int, ...]]]:
    """The collapsed dims that are several expanded ones, with these."""
    return [(collapsed, group) for collapsed, group in enumerate(reshape.reassociation) if len(group) > 1]


def _with_others(parts: Sequence[loops.Part], past: StructuredOp) -> loops.Loops | Refused:
    changing = [loop for part in parts for loop in part.old]
    if not parts or len(set(changing)) != len(changing):
        return Refused(_NO_LOOPS)
    others = (loops.Part((loop,), (None,)) for loop in range(past.num_loops) if loop not in changing)
    return loops.Loops(tuple(sorted((*parts, *others), key=lambda part: part.old)))


def _operand(
    draft: Draft, at: Op, use: Operand, argument: generic.Argument, target: loops.Target, moved: tensor.Reshape
) -> generic.Argument:
    kind = argument.tensor
    if kind is None or all(len(group) == 1 for group in target.groups):
        return replace(argument, map=target.map)
    made = types.TensorType(target.shape, kind.element)
    before = _before(at, use, made, target.groups, moved)
    if before is not None:
        return generic.Argument(before, made, target.map)
    name = draft.fresh("reshaped")
    if len(target.shape) < len(argument.map.results):
        made_line = reshapes.collapse(argument.name, kind, made, target.groups, name)
    else:
        known = target.sizes(lambda dim: sizes.of_dim(draft, at, use.value, dim))
        made_line = reshapes.expand(draft.module, argument.name, kind, made, target.groups, name, known)
    draft.insert_before(at, [made_line])
    return generic.Argument(name, made, target.map)


def _before(at: Op, use: Operand, wanted: types.TensorType, groups: reshapes.Groups, moved: tensor.Reshape) -> str | None:
    """The tensor that the operand is a reshape of, where that surely has the wanted sizes."""
    found = tensor.reshape(use.value.op) if use.value.op is not None else None
    if found is None or found.source_type != wanted or not places.is_visible(found.source.value, at):
        return None
    told = found.op is moved.op or _tells_sizes(found, wanted.shape or ())
    return places.spelled(found.source.value) if told and found.reassociation == groups else None


def _tells_sizes(of: tensor.Reshape, shape: types.Shape) -> bool:
    """Whether the tensor before the reshape can have but one shape: an expand's, or with one dynamic dim in each group."""
    return of.kind == "expand" or all([shape[i] for i in group].count(None) < 2 for group in of.reassociation)


_NO_LOOPS = "the dims that the reshape splits or joins are no loops of their own"
