"""Move a reshape past the elementwise generic in front of it or behind it, so that the generic meets its other neighbour.

The generic's loops are split as an expand splits dims, or joined as a collapse joins them. Other operands get the reshape
that their dims need; one that is a reshape already is read from before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

from dispatch_lens.analysis import reshapes as facts
from dispatch_lens.ir import affine, linalg, tensor, types
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op, Value
from dispatch_lens.rewrites import generic, inits, places, reshapes, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


@dataclass(frozen=True, slots=True)
class _Loops:
    """Old loops to new: each part is the old loops and the sizes of the new ones, one of the two of length one."""

    parts: tuple[tuple[tuple[int, ...], tuple[int | None, ...]], ...]

    def new_dims(self, old: Sequence[int]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
        """For each run of a map's dims that is a part: places of the old dims in the map, and the new loops."""
        found: list[tuple[tuple[int, ...], tuple[int, ...]]] = []
        at = 0
        while at < len(old):
            part = next(i for i, (loops, _) in enumerate(self.parts) if loops[0] == old[at])
            start = sum(len(sizes) for _, sizes in self.parts[:part])
            width = len(self.parts[part][0])
            found.append((tuple(range(at, at + width)), tuple(range(start, start + len(self.parts[part][1])))))
            at += width
        return found

    @property
    def sizes(self) -> list[int | None]:
        return [size for _, sizes in self.parts for size in sizes]


def down(op: Op) -> Outcome:
    """The reshape goes behind the generic that reads it."""
    reshape = tensor.reshape(op)
    if reshape is None or len(op.results) != 1:
        return None
    readers = dict.fromkeys(use.op for use in op.results[0].uses)
    reader = linalg.structured(next(iter(readers))) if len(readers) == 1 else None
    if reader is None or not reader.is_generic or reader.op.block is not op.block:
        return None
    use = next((each for each in reader.ins if each.value is op.results[0]), None)
    if use is None:
        return Refused("its reader writes into the reshaped tensor")
    return _moved(reshape, reader, facts.move_down(reshape, reader), reader.map_of(use), "behind")


def up(op: Op) -> Outcome:
    """The reshape goes in front of the generic whose result it reshapes."""
    reshape = tensor.reshape(op)
    maker = linalg.structured(reshape.source.value.op) if reshape and reshape.source.value.op else None
    if reshape is None or maker is None or not maker.is_generic or maker.op.block is not op.block:
        return None
    if len(maker.op.results) != 1:
        return Refused("the generic has several results")
    if len(reshape.source.value.uses) != 1:
        return Refused("the generic's result is also read in the shape that it has")
    return _moved(reshape, maker, facts.move_up(reshape, maker), maker.result_map(), "in front of")


def _moved(reshape: tensor.Reshape, past: StructuredOp, move: facts.Move, of: affine.AffineMap | None, where: str) -> Outcome:
    if move.obstacle is not None:
        return Refused(move.obstacle)
    problem = _problem(past)
    loops = _loops(reshape, past, of, where) if of is not None else None
    if problem is not None or loops is None:
        return Refused(problem or "the reshape splits or joins a dim of dynamic size, or has no dims")
    draft = Draft(reshape.op.module)
    read = generic.read(past, draft)
    if isinstance(read, Refused):
        return read
    ins = tuple(_reshaped(draft, past, argument, loops) for argument in read.ins)
    out = read.outs[0]
    kind = out.tensor
    if kind is None:
        return Refused("the generic does not work on tensors")
    new_dims = _target(out, loops)
    made = types.TensorType(new_dims.shape, kind.element)
    empty = inits.empty(draft, past.op, made, (past.inits[0].value, new_dims.before))
    init = generic.Argument(empty, made, affine.AffineMap(len(loops.sizes), 0, new_dims.map))
    new = replace(read, ins=ins, outs=(init,), iterator_types=("parallel",) * len(loops.sizes))
    _write(draft, reshape, past, new, (made, kind, new_dims.groups), where)
    return Applied(f"move the {reshape.kind} {where} `{past.op.name}`", draft.edits())


def _write(
    draft: Draft,
    reshape: tensor.Reshape,
    past: StructuredOp,
    new: generic.Generic,
    result: tuple[types.TensorType, types.TensorType, reshapes.Groups],
    where: str,
) -> None:
    old = past.op.results[0]
    if where == "in front of":
        generic.write(draft, past.op, new)
        draft.redirect(reshape.op.results[0], places.spelled(old))
        draft.erase(reshape.op)
        return
    made, kind, groups = result
    name = draft.fresh("moved")
    back = _reshape_line(draft, name, made, kind, groups, old.name, sizes.of_value(draft, past.op, past.inits[0].value))
    generic.write(draft, past.op, replace(new, results=name), [back])


def _problem(past: StructuredOp) -> str | None:
    if not past.is_elementwise or len(past.op.results) != 1:
        return "the generic is not elementwise, or has several results"
    if generic.uses_init(past) or "linalg.index" in past.op.text:
        return "the generic's body reads its init or its place"
    return None


def _loops(reshape: tensor.Reshape, past: StructuredOp, of: affine.AffineMap, where: str) -> _Loops | None:
    """How the generic's loops change; a reshape moved down changes them back to what was before it."""
    expanded = reshape.expanded_type
    if expanded is None or expanded.shape is None or not reshape.reassociation:
        return None
    if any(expanded.shape[i] is None for group in reshape.reassociation if len(group) > 1 for i in group):
        return None
    dims = affine.result_dims(of)
    splits = (reshape.kind == "collapse") == (where == "behind")
    shape = expanded.shape
    parts: dict[int, tuple[tuple[int, ...], tuple[int | None, ...]]] = {}
    for collapsed, group in enumerate(reshape.reassociation):
        loops = (dims[collapsed],) if splits else tuple(dims[i] for i in group)
        known = tuple(loop for loop in loops if loop is not None)
        new = tuple(shape[i] for i in group)
        new = new if splits or len(new) == 1 else (prod(size for size in new if size is not None),)
        parts[known[0]] = (known, new)
    taken = {loop for loops, _ in parts.values() for loop in loops}
    for loop, size in enumerate(past.static_loop_ranges):
        if loop not in taken:
            parts[loop] = ((loop,), (size,))
    return _Loops(tuple(parts[first] for first in sorted(parts)))


@dataclass(frozen=True, slots=True)
class _Dims:
    """An operand's new dims: `before` is the old dim that each comes from, `map` the results of the new map."""

    shape: tuple[int | None, ...]
    groups: reshapes.Groups
    before: tuple[int, ...]
    map: tuple[Dim, ...]


def _target(of: generic.Argument, loops: _Loops) -> _Dims:
    old = [dim for dim in affine.result_dims(of.map) if dim is not None]
    runs = loops.new_dims(old)
    dims = [dim for _, new in runs for dim in new]
    longer = [taken if len(taken) > len(new) else new for taken, new in runs]
    groups: list[tuple[int, ...]] = []
    for run in longer:
        start = sum(map(len, groups))
        groups.append(tuple(range(start, start + len(run))))
    before = tuple(taken[0] for taken, new in runs for _ in new)
    return _Dims(tuple(loops.sizes[dim] for dim in dims), tuple(groups), before, tuple(map(Dim, dims)))


def _reshaped(draft: Draft, past: StructuredOp, of: generic.Argument, loops: _Loops) -> generic.Argument:
    target = _target(of, loops)
    new_map = affine.AffineMap(len(loops.sizes), 0, target.map)
    kind = of.tensor
    if kind is None or kind.shape == target.shape:
        return replace(of, map=new_map)
    made = types.TensorType(target.shape, kind.element)
    value = next(operand.value for operand in past.ins if places.spelled(operand.value) == of.name)
    before = _before(past, value, made)
    if before is not None:
        return generic.Argument(before, made, new_map)
    name = draft.fresh("reshaped")
    known = sizes.of_value(draft, past.op, value)
    shape = [known[old] if size is None else str(size) for old, size in zip(target.before, target.shape)]
    draft.insert_before(past.op, [_reshape_line(draft, of.name, kind, made, target.groups, name, shape)])
    return generic.Argument(name, made, new_map)


def _before(past: StructuredOp, value: Value, wanted: types.TensorType) -> str | None:
    """The tensor that the value is a reshape of, where that has the wanted type."""
    reshape = tensor.reshape(value.op) if value.op is not None else None
    if reshape is None or reshape.source_type != wanted or not places.is_visible(reshape.source.value, past.op):
        return None
    return places.spelled(reshape.source.value)


def _reshape_line(
    draft: Draft,
    source: str,
    before: types.TensorType,
    after: types.TensorType,
    groups: reshapes.Groups,
    name: str,
    shape: Sequence[str],
) -> str:
    if len(after.shape or ()) < len(before.shape or ()):
        return reshapes.collapse(source, before, after, groups, name)
    return reshapes.expand(draft.module, source, before, after, groups, name, shape)


DOWN = Rewrite("move-reshape-down", "Move the reshape behind its reader", Aim.MAYBE_FEWER, down)
UP = Rewrite("move-reshape-up", "Move the reshape in front of its producer", Aim.MAYBE_FEWER, up)
