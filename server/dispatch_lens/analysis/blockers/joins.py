"""Where aggressive fusion leaves fewer dispatches: whole dispatches that become one, not ops that change sides.

It tells of one function, by what formation makes of it with and without. What other passes join before formation is
given: such ops count as one from the start.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.fusion.cloneable import is_cloneable_into_dispatch_op
from dispatch_lens.ir import uses
from dispatch_lens.ir.module import Op

Parts = Mapping[Op, frozenset[Op]]
"""Each op with all that are one with it."""


@dataclass(frozen=True, eq=False)
class Joins:
    """The dispatches of a function as ops that belong together, plain and aggressively fused."""

    plain: Parts
    aggressive: Parts
    all_touched: Parts
    copy_of: Mapping[Op, Op]
    question: Question

    def are_won(self, maker: Op, reader: Op) -> bool:
        """Whether the two are in dispatches that become one whole, and nothing else falls apart for it."""
        first, second = (self.plain.get(self.copy_of.get(op, op)) for op in (maker, reader))
        together = self.aggressive.get(self.copy_of.get(maker, maker))
        if first is None or second is None or together is None or first is second or not together >= first | second:
            return False
        if _waits_for_itself(together, self.question):
            return False
        touched = self.all_touched[self.copy_of.get(maker, maker)]
        return _count(self.aggressive, touched) < _count(self.plain, touched)

    def ends(self, maker: Op, reader: Op) -> frozenset[frozenset[Op] | None]:
        """The two dispatches that the ops are in: what joins them is told once, whichever of their tensors keeps them apart."""
        return frozenset(self.plain.get(self.copy_of.get(op, op)) for op in (maker, reader))


def joins(question: Question, before: Iterable[frozenset[Op]] = ()) -> Joins:
    """What aggressive fusion would join; `before` are ops that other passes make one."""
    plain, aggressive = question.plain, question.aggressive
    earlier = list(before)
    first = parts([*earlier, *(group.members for group in plain.formation.groups)])
    second = parts([*earlier, *(group.members for group in aggressive.formation.groups)])
    return Joins(first, second, parts({*first.values(), *second.values()}), plain.copy_of, question)


def parts(sets: Iterable[Iterable[Op]]) -> Parts:
    """The sets, those with an op in common united."""
    found: dict[Op, frozenset[Op]] = {}
    for members in sets:
        united = frozenset(members)
        earlier = {found[op] for op in united if op in found}
        if earlier != {united}:
            united = united.union(*earlier)
            found.update(dict.fromkeys(united, united))
    return found


def _count(among: Parts, touched: frozenset[Op]) -> int:
    return len({among[op] for op in touched if op in among})


def _waits_for_itself(members: frozenset[Op], question: Question) -> bool:
    """Whether a member reads what an op outside computes of another one, as ops that other passes make one may come to do.

    What is cloned into its readers is not outside.
    """
    first = min(op.range.start for op in members)
    waiting = [(op, False) for op in members]
    passed: set[tuple[Op, bool]] = set()
    while waiting:
        op, is_outside = waiting.pop()
        for maker in uses.producers(op):
            if maker in members and is_outside:
                return True
            outside = is_outside or not is_cloneable_into_dispatch_op(maker, question.era, question.options)
            if maker in members or maker.range.start < first or (maker, outside) in passed:
                continue
            passed.add((maker, outside))
            waiting.append((maker, outside))
    return False
