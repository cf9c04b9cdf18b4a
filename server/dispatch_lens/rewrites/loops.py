"""Loops split or joined as a reshape splits or joins dims, and the operands that follow: their shapes, maps and reshapes.

Loops that are joined must stand side by side in every map that has one of them; loops that are split must be a dim of
their own in every such map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import prod

from dispatch_lens.ir import affine, affine_expr
from dispatch_lens.ir.affine_expr import AffineExpr, Constant, Dim
from dispatch_lens.ir.types import Shape
from dispatch_lens.rewrites import generic, reshapes
from dispatch_lens.rewrites.rewrite import Refused


@dataclass(frozen=True, slots=True)
class Part:
    """Old loops and the sizes of the new ones that they become; one of the two is one loop.

    `names` spells the new sizes, for loops that change.
    """

    old: tuple[int, ...]
    sizes: Shape
    names: tuple[str, ...] = ()

    @property
    def changes(self) -> bool:
        return len(self.old) != len(self.sizes)


@dataclass(frozen=True, slots=True)
class Target:
    """What an operand becomes. The size of a dynamic dim is spelled in `names`, or it is that of the old dim `before`."""

    shape: Shape
    map: affine.AffineMap
    groups: reshapes.Groups
    before: tuple[int, ...]
    names: tuple[str | None, ...]

    def sizes(self, old: Callable[[int], str]) -> list[str]:
        """Each new dim's size as it is spelled; `old` is asked for an old one."""
        found: list[str] = []
        for size, name, before in zip(self.shape, self.names, self.before):
            found.append(str(size) if size is not None else name if name is not None else old(before))
        return found


@dataclass(frozen=True, slots=True)
class Loops:
    """All parts, in the order of their first old loops."""

    parts: tuple[Part, ...]

    @property
    def num_new(self) -> int:
        return sum(len(part.sizes) for part in self.parts)

    def iterator_types(self, old: Sequence[str]) -> tuple[str, ...]:
        return tuple(old[part.old[0]] for part in self.parts for _ in part.sizes)

    def target(self, of: generic.Argument) -> Target | Refused:
        """The operand of the new loops."""
        shape = (of.tensor.shape if of.tensor is not None else None) or ()
        steps: list[_Step] = []
        at = 0
        while at < len(of.map.results):
            step = self._step(of.map.results, shape, at)
            if isinstance(step, Refused):
                return step
            steps.append(step)
            at += step.width
        return _target(steps, self.num_new)

    def _step(self, results: Sequence[AffineExpr], shape: Shape, at: int) -> _Step | Refused:
        part = self._part(results[at])
        if part is None or not part.changes:
            return self._unchanged(results[at], shape[at])
        start = self._start(part)
        new = tuple(Dim(start + i) for i in range(len(part.sizes)))
        run = shape[at : at + len(part.old)]
        if list(results[at : at + len(part.old)]) != [Dim(loop) for loop in part.old]:
            listed = ", ".join(f"d{loop}" for loop in part.old)
            return Refused(f"a map does not hold the loops {listed} side by side, which would become one")
        if len(part.sizes) == 1:
            return _Step(new, (product(run),), part.names, len(run))
        fitting = _fitting(run[0], part.sizes)
        if fitting is None:
            return Refused("an operand's size is known where that of the reshaped one is not, or the other way round")
        return _Step(new, fitting, part.names, 1)

    def _unchanged(self, expr: AffineExpr, size: int | None) -> _Step | Refused:
        """An expression of loops that stay, renumbered."""
        moved: list[AffineExpr] = [Constant(0)] * sum(len(part.old) for part in self.parts)
        for part in self.parts:
            for loop in part.old:
                moved[loop] = Dim(self._start(part))
        changing = {loop for part in self.parts if part.changes for loop in part.old}
        used = {leaf.position for leaf in affine_expr.leaves(expr) if isinstance(leaf, Dim)}
        if used & changing:
            return Refused("a map reads a loop that would be split or joined, and not by itself")
        return _Step((affine_expr.substitute(expr, moved, ()),), (size,), (None,), 1)

    def _part(self, expr: AffineExpr) -> Part | None:
        if not isinstance(expr, Dim):
            return None
        return next(part for part in self.parts if expr.position in part.old)

    def _start(self, part: Part) -> int:
        return sum(len(each.sizes) for each in self.parts[: self.parts.index(part)])


@dataclass(frozen=True, slots=True)
class _Step:
    """New dims in the place of `width` old ones."""

    exprs: tuple[AffineExpr, ...]
    shape: Shape
    names: tuple[str | None, ...]
    width: int


def _target(steps: Sequence[_Step], num_loops: int) -> Target:
    starts = [0, *accumulate(step.width for step in steps)]
    longer = [max(step.width, len(step.exprs)) for step in steps]
    ends = list(accumulate(longer))
    return Target(
        shape=tuple(size for step in steps for size in step.shape),
        map=affine.AffineMap(num_loops, 0, tuple(expr for step in steps for expr in step.exprs)),
        groups=tuple(tuple(range(end - width, end)) for end, width in zip(ends, longer)),
        before=tuple(start for start, step in zip(starts, steps) for _ in step.exprs),
        names=tuple(name for step in steps for name in step.names),
    )


def product(shape: Iterable[int | None]) -> int | None:
    """The product of sizes; None where one is dynamic."""
    found = 1
    for size in shape:
        if size is None:
            return None
        found *= size
    return found


def _fitting(size: int | None, parts: Shape) -> Shape | None:
    """The sizes of the parts of a dim: dynamic where it is, as an expand must have it."""
    if size is None:
        return parts if None in parts else None
    known = prod(part for part in parts if part is not None)
    if None not in parts:
        return parts if known == size else None
    if parts.count(None) > 1 or not known or size % known:
        return None
    return tuple(size // known if part is None else part for part in parts)
