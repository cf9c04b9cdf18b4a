"""Sizes as products: a number times unknowns. Two that must be equal bind an unknown to what it must be.

A sum is an unknown of its own, which nothing can be bound to: the same one for the same terms.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from math import prod


@dataclass(frozen=True, slots=True)
class Monomial:
    """`number` times the product of `unknowns`, which are sorted and may repeat."""

    number: int
    unknowns: tuple[int, ...] = ()

    def times(self, other: Monomial) -> Monomial:
        return Monomial(self.number * other.number, tuple(sorted((*self.unknowns, *other.unknowns))))


class Unknowns:
    """The unknowns of a program and what is known of them."""

    def __init__(self) -> None:
        self._bound: dict[int, Monomial] = {}
        self._sums: dict[tuple[Monomial, ...], Monomial] = {}
        self._numbers = count()

    def fresh(self) -> Monomial:
        return Monomial(1, (next(self._numbers),))

    def resolved(self, of: Monomial) -> Monomial:
        """The product with each bound unknown replaced."""
        found = Monomial(of.number)
        for unknown in of.unknowns:
            bound = self._bound.get(unknown)
            found = found.times(self.resolved(bound) if bound is not None else Monomial(1, (unknown,)))
        return found

    def equate(self, one: Monomial, other: Monomial) -> bool:
        """Makes the two equal; False where they differ, or where that would take more than one binding."""
        left, right = self.resolved(one), self.resolved(other)
        shared = Counter(left.unknowns) & Counter(right.unknowns)
        a, b = _without(left, shared), _without(right, shared)
        if a == b:
            return True
        for single, rest in ((a, b), (b, a)):
            if len(single.unknowns) == 1 and not self.has_sum(single) and rest.number % single.number == 0:
                self._bound[single.unknowns[0]] = Monomial(rest.number // single.number, rest.unknowns)
                return True
        return False

    def quotient(self, of: Monomial, by: Monomial) -> Monomial | None:
        """The exact quotient; where there is none yet, the dividend becomes a multiple of the divisor."""
        found = self.fresh()
        return found if self.equate(of, found.times(by)) else None

    def sum(self, *terms: Monomial) -> Monomial:
        resolved = [self.resolved(term) for term in terms]
        number = sum(term.number for term in resolved if not term.unknowns)
        others = sorted((term for term in resolved if term.unknowns), key=lambda term: (term.unknowns, term.number))
        if not others:
            return Monomial(number)
        if len(others) == 1 and number == 0:
            return others[0]
        return self._sums.setdefault((Monomial(number), *others), self.fresh())

    def has_sum(self, of: Monomial) -> bool:
        """Whether the size depends on a sum."""
        sums = {unknown for made in self._sums.values() for unknown in made.unknowns}
        return not sums.isdisjoint(self.resolved(of).unknowns)

    def value(self, of: Monomial, chosen: Mapping[int, int]) -> int:
        """The size when each free unknown has the number that was chosen for it."""
        resolved = self.resolved(of)
        return resolved.number * prod(chosen[unknown] for unknown in resolved.unknowns)


def _without(of: Monomial, shared: Counter[int]) -> Monomial:
    return Monomial(of.number, tuple(sorted((Counter(of.unknowns) - shared).elements())))
