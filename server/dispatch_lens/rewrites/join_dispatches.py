"""Make one dispatch of two that only reshapes keep apart: one action for the whole way.

The reshapes fold away where they regroup nothing or only touch dims of size 1. Others go behind the elementwise op that reads
them, or in front of the one that makes what they reshape; then the two regions become one. It is refused with the reason of the
step that fails. Regions with nothing between them are `merge_dispatches`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dispatch_lens.ir import flow, tensor, uses
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import chains, excerpt, fold_reshape_pair, merge_dispatches, move_reshape, region_forms, regions
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_Step: TypeAlias = Callable[[Module], "Module | Refused"]
_MOST_RESHAPES = 8


def apply(op: Op) -> Outcome:
    """Asked at the reading region, or at a reshape in front of it."""
    found = _pair(op)
    if found is None:
        return None
    if (work := merge_dispatches.other_work(found.consumer)) is not None:
        return work
    part = excerpt.around(op)
    pair = _pair(part.op)
    if pair is None:
        return Refused("too many ops read what would change")
    refused: Refused | None = None
    ways = (
        ("the reshapes fold away", pair.by_folding),
        ("the second computes in front of the reshapes", pair.by_moving_behind),
        ("the first computes behind the reshapes", pair.by_moving_in_front),
    )
    for done, way in ways:
        after = _walk(part.module, way())
        if isinstance(after, Refused):
            refused = after
        elif (edits := part.edits(after)) is not None:
            return Applied(f"make one dispatch of the two: {done}", edits)
    return refused


@dataclass(frozen=True, eq=False)
class _Pair:
    """Two regions of one block, and the reshapes between them in the order of the data."""

    producer: Op
    consumer: Op
    between: tuple[Op, ...]

    def by_folding(self) -> Sequence[_Step]:
        last = self.between[-1]
        folds = fold_reshape_pair.fold_pair, fold_reshape_pair.fold_units
        fitting = next((fold for fold in folds if isinstance(fold(last), Applied)), folds[-1])
        return [self._at(last, fitting), self._merged()]

    def by_moving_behind(self) -> Sequence[_Step]:
        moves = [self._at(reshape, move_reshape.behind) for reshape in reversed(self.between)]
        return self._reshaped(self.consumer, moves)

    def by_moving_in_front(self) -> Sequence[_Step]:
        moves = [self._at(reshape, move_reshape.up) for reshape in self.between]
        return self._reshaped(self.producer, moves)

    def _reshaped(self, opened: Op, moves: Sequence[_Step]) -> Sequence[_Step]:
        """The one op of the region is taken out, moved past the reshapes, and becomes a region again."""
        region = flow.dispatch_region(opened)
        works = [op for op in region.body.ops if regions.computes(op)] if region is not None else []
        if len(works) != 1 or len(opened.results) != 1:
            return [lambda _: Refused("a dispatch of several ops, or with several results, does not change its shape")]
        wrapped = self._at(opened, region_forms.wrap)
        return [self._at(opened, region_forms.dissolved), *moves, wrapped, self._merged()]

    def _merged(self) -> _Step:
        return self._at(self.consumer, merge_dispatches.apply)

    def _at(self, op: Op, apply: Callable[[Op], Outcome]) -> _Step:
        """The rewrite at the op of this name, or at the one that makes what it now only reshapes."""
        name, depth = op.results[0].name, op.depth

        def step(module: Module) -> Module | Refused:
            found = chains.named(module, name, depth)
            outcome = apply(found) if found is not None else None
            outcome = outcome or (apply(_made(found)) if found is not None else None)
            if isinstance(outcome, Applied):
                return chains.after(module, outcome)
            return outcome or Refused("no elementwise op stands next to the reshape, to compute on its other side")

        return step


def _walk(module: Module, steps: Sequence[_Step]) -> Module | Refused:
    at: Module | Refused = module
    for step in steps:
        if isinstance(at, Refused):
            break
        at = step(at)
    return at


def _pair(op: Op) -> _Pair | None:
    consumer = op if flow.dispatch_region(op) is not None else _reader(op)
    found = [_from(value, consumer) for value in uses.read_values(consumer)] if consumer is not None else []
    pairs = [pair for pair in found if pair is not None]
    return max(pairs, key=lambda pair: pair.producer.index, default=None)


def _reader(op: Op) -> Op | None:
    """The only region that reads the reshape, through others or itself."""
    for _ in range(_MOST_RESHAPES):
        if tensor.reshape(op) is None:
            break
        readers = uses.consumers(op)
        if len(readers) != 1:
            return None
        op = readers[0]
    return op if flow.dispatch_region(op) is not None else None


def _from(value: Value, consumer: Op) -> _Pair | None:
    between: list[Op] = []
    while value.op is not None and tensor.reshape(value.op) is not None and len(between) < _MOST_RESHAPES:
        between.insert(0, value.op)
        value = value.op.operands[0].value
    producer = value.op if value.op is not None and flow.dispatch_region(value.op) is not None else None
    if producer is None or not between or producer.block is not consumer.block:
        return None
    return _Pair(producer, consumer, tuple(between))


def _made(op: Op) -> Op:
    """The op whose result it reshapes, or itself."""
    return uses.before(op.results[0], lambda each: tensor.reshape(each) is not None).op or op


REWRITE = Rewrite("join-dispatches", "Make one dispatch of the two around the reshapes", Aim.FEWER_DISPATCHES, apply)
