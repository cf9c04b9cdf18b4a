"""Move a reshape past the elementwise generic in front of it or behind it, so that the generic meets its other neighbour.

The generic's loops are split as an expand splits dims, or joined as a collapse joins them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from dispatch_lens.ir import linalg, tensor, types, uses
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Reshape
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import generic, loops, places, reshaped, reshapes, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def down(op: Op) -> Outcome:
    """The reshape goes behind the generic that reads it, unless it would only go to another operand, and come back again."""
    found = _taken(op)
    if not isinstance(found, _Taken):
        return found
    heavier = next((value for value in found.reshaped if _weight(value) >= _weight(found.reshape.source.value)), None)
    return Refused(f"`{places.spelled(heavier)}` would be reshaped in its place") if heavier is not None else found.written()


def behind(op: Op) -> Outcome:
    """The reshape goes behind the generic that reads it, whatever else is reshaped then."""
    found = _taken(op)
    return found.written() if isinstance(found, _Taken) else found


def behind_reader(reshape: Reshape, reader: StructuredOp) -> Outcome:
    """The op, whatever it computes, reads what is before the reshape; its only result is reshaped where that changes it."""
    found = _without(reshape, reader)
    return found.written() if isinstance(found, _Taken) else found


def up(op: Op) -> Outcome:
    """The reshape goes in front of the generic whose result it reshapes."""
    reshape = tensor.reshape(op)
    maker = linalg.structured(reshape.source.value.op) if reshape and reshape.source.value.op else None
    if reshape is None or maker is None or not maker.is_generic or maker.op.block is not op.block:
        return None
    problem = _problem(maker)
    return problem if problem is not None else in_front_of(reshape, maker)


def in_front_of(reshape: Reshape, maker: StructuredOp) -> Outcome:
    """The op computes in the shape that the reshape makes of its only result, in the reshape's place."""
    result = reshape.source.value
    asking = [use for use in result.uses if use.op.name == "tensor.dim"]
    if len(result.uses) != len(asking) + 1:
        return Refused("the op's result is also read in the shape that it has")
    draft = Draft(reshape.op.module)
    changed = _expanded(draft, reshape, maker) if reshape.kind == "expand" else _collapsed(draft, reshape, maker)
    new = reshaped.over(draft, reshape.op, maker, reshape, changed) if isinstance(changed, loops.Loops) else changed
    if isinstance(new, Refused):
        return new
    if new.op.outs[0].type != reshape.result_type:
        return Refused("the reshaped tensor has an encoding")
    for use in asking:
        draft.redirect_use(use, places.spelled(maker.inits[0].value))
    generic.write(draft, reshape.op, replace(new.op, results=reshape.op.results[0].name))
    draft.erase(maker.op)
    return Applied(f"move the {reshape.kind} in front of `{maker.op.name}`", draft.edits())


def _expanded(draft: Draft, reshape: Reshape, maker: StructuredOp) -> loops.Loops | Refused:
    shape = reshape.result_type.shape if reshape.result_type is not None else None
    stated = sizes.stated(reshape.op)
    if stated is None and (shape is None or None in shape):
        return Refused("the expand does not state the sizes of its dynamic dims")
    known = stated or list(map(str, shape or ()))
    return reshaped.split_loops(reshape, maker, maker.result_map(), lambda dim: known[dim])


def _collapsed(draft: Draft, reshape: Reshape, maker: StructuredOp) -> loops.Loops | Refused:
    init, at = maker.inits[0].value, reshape.op

    def joined(dim: int) -> str:
        return sizes.product(draft, at, [sizes.of_dim(draft, at, init, i) for i in reshape.reassociation[dim]])

    return reshaped.joined_loops(reshape, maker, maker.result_map(), joined)


@dataclass(frozen=True, eq=False)
class _Taken:
    """A reshape and the generic that reads it, as that is without the reshape in front of it."""

    reshape: Reshape
    reader: StructuredOp
    new: reshaped.Over
    draft: Draft

    @property
    def reshaped(self) -> list[Value]:
        """The operands that are read through a new reshape."""
        read = zip(self.reader.ins, self.new.op.ins)
        return [use.value for use, argument in read if argument.name not in self.reader.op.module.names]

    def written(self) -> Applied:
        if all(len(group) == 1 for group in self.new.result.groups):
            generic.write(self.draft, self.reader.op, self.new.op)
        else:
            _write_behind(self.draft, self.reader, self.new)
        return Applied(f"move the {self.reshape.kind} behind `{self.reader.op.name}`", self.draft.edits())


def _taken(op: Op) -> _Taken | Refused | None:
    reshape = tensor.reshape(op)
    if reshape is None or len(op.results) != 1:
        return None
    readers = dict.fromkeys(use.op for use in op.results[0].uses if use.op.name != "tensor.dim")
    reader = linalg.structured(next(iter(readers))) if len(readers) == 1 else None
    if reader is None or not reader.is_generic or reader.op.block is not op.block:
        return None
    problem = _problem(reader)
    return problem if problem is not None else _without(reshape, reader)


def _without(reshape: Reshape, reader: StructuredOp) -> _Taken | Refused:
    use = next((each for each in reader.ins if each.value is reshape.op.results[0]), None)
    of = reader.map_of(use) if use is not None else None
    if of is None:
        return Refused("its reader writes into the reshaped tensor")
    draft = Draft(reshape.op.module)
    source = reshape.source.value
    change = reshaped.split_loops if reshape.kind == "collapse" else reshaped.joined_loops
    changed = change(reshape, reader, of, lambda dim: sizes.of_dim(draft, reader.op, source, dim))
    new = reshaped.over(draft, reader.op, reader, reshape, changed) if isinstance(changed, loops.Loops) else changed
    return new if isinstance(new, Refused) else _Taken(reshape, reader, new, draft)


def _weight(value: Value) -> tuple[int, int, int]:
    """Orders operands, so that reshapes go from one to another one way: from the last made, then from the largest given."""
    made = uses.before(value, lambda op: tensor.reshape(op) is not None)
    place = -1 if made.op is None or made.op.name == "arith.constant" else made.range.start
    shape = made.type.shape if isinstance(made.type, types.TensorType) else None
    return (place, prod(size or 1 for size in shape or ()), -made.range.start)


def _write_behind(draft: Draft, reader: StructuredOp, new: reshaped.Over) -> None:
    old, out = reader.op.results[0], new.op.outs[0]
    kind = old.type
    if not isinstance(kind, types.TensorType) or out.tensor is None:
        return
    name, groups = draft.fresh("moved"), new.result.groups
    if len(new.result.shape) > len(kind.shape or ()):
        back = reshapes.collapse(name, out.tensor, kind, groups, old.name)
    else:
        shape = sizes.of_value(draft, reader.op, reader.inits[0].value)
        back = reshapes.expand(draft.module, name, out.tensor, kind, groups, old.name, shape)
    generic.write(draft, reader.op, replace(new.op, results=name), [back])


def _problem(past: StructuredOp) -> Refused | None:
    if not past.is_elementwise or len(past.op.results) != 1:
        return Refused("the generic is not elementwise, or has several results")
    if generic.uses_init(past) or generic.reads_place(past.op):
        return Refused("the generic's body reads its init or its place")
    return None


DOWN = Rewrite("move-reshape-down", "Move the reshape behind its reader", Aim.MAYBE_FEWER, down)
UP = Rewrite("move-reshape-up", "Move the reshape in front of its producer", Aim.MAYBE_FEWER, up)
