"""Reshapes: what a pair of them does to the dims, and whether one may move past a neighbouring op.

`effect` of a pair says what is left of it: nothing, one reshape, unit dims that change place, or a true regrouping.
`move_up` and `move_down` mirror when MLIR may expand or collapse a generic's loops (fuseWithReshapeByExpansion and
isDimSequencePreserved in mlir/lib/Dialect/Linalg/Transforms/ElementwiseOpFusion.cpp); not that a pass does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dispatch_lens.ir import affine, linalg, tensor, types
from dispatch_lens.ir.tensor import Reshape
from dispatch_lens.ir.types import Shape

Effect: TypeAlias = Literal["identity", "single", "unit-dims", "regroups", "unknown"]
Atom: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]
"""Dims of the source and dims of the result that hold the same elements and that no smaller part does."""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two reshapes in a row.

    `identity`: result and source have one shape. `single`: one expand or one collapse does it. `unit-dims`: only dims
    of size 1 appear, vanish or change place. `regroups`: a dim's elements are dealt out to dims anew. `unknown`:
    dynamic sizes hide it. `atoms` is empty for `unknown`.
    """

    first: Reshape
    second: Reshape
    effect: Effect
    atoms: tuple[Atom, ...]

    @property
    def is_foldable(self) -> bool:
        """Whether the pair folds away or to one reshape, as MLIR's own folding does."""
        return self.effect in ("identity", "single")


@dataclass(frozen=True, slots=True)
class Move:
    """Whether a reshape may move past an op; `obstacle` says in words what is in its way, None where it may."""

    obstacle: str | None

    @property
    def is_possible(self) -> bool:
        return self.obstacle is None


def pair_after(second: Reshape) -> Pair | None:
    """The pair that the reshape makes with the one that it reads; None where it reads something else."""
    op = second.source.value.op
    first = tensor.reshape(op) if op is not None else None
    return pair(first, second) if first is not None else None


def pair(first: Reshape, second: Reshape) -> Pair | None:
    """What two reshapes in a row do; None where a shape is not stated."""
    source = first.source_type.shape if first.source_type is not None else None
    result = second.result_type.shape if second.result_type is not None else None
    if source is None or result is None:
        return None
    atoms = _atoms(first, second, source, result)
    return Pair(first, second, _effect(source, result, atoms), tuple(atoms or ()))


def move_up(reshape: Reshape, past: linalg.StructuredOp) -> Move:
    """Whether the reshape of the op's result may become reshapes of its operands."""
    return _expanding(past) if reshape.kind == "expand" else _collapsing(reshape, past, past.result_map())


def move_down(reshape: Reshape, past: linalg.StructuredOp) -> Move:
    """Whether the reshape of the op's operand may become a reshape of its result."""
    if reshape.kind == "collapse":
        return _expanding(past)
    used = next((past.map_of(operand) for operand in past.operands if operand.value in reshape.op.results), None)
    return Move("the op does not read the reshape") if used is None else _collapsing(reshape, past, used)


def _expanding(past: linalg.StructuredOp) -> Move:
    """The op's loops are expanded: loop by loop, which any generic with plain maps allows."""
    if (shared := _shared_obstacle(past)) is not None:
        return Move(shared)
    return Move(None if past.is_all_parallel else "the op has reduction loops")


def _collapsing(reshape: Reshape, past: linalg.StructuredOp, of: affine.AffineMap) -> Move:
    """Runs of the op's loops become one each: every map must hold a run whole and in order, or not at all."""
    if (shared := _shared_obstacle(past)) is not None:
        return Move(shared)
    dims = of.result_dims
    for group in reshape.reassociation:
        run = [dims[i] for i in group if i < len(dims)]
        if len(run) < 2:
            continue
        kinds = {past.iterator_types[loop] for loop in run if loop is not None}
        if len(kinds) > 1:
            return Move("the loops to collapse are partly parallel and partly reductions")
        apart = next((i for i, other in enumerate(past.indexing_maps) if not _holds_run(other, run)), None)
        if apart is not None:
            return Move(f"operand {apart} does not hold loops {', '.join(f'd{loop}' for loop in run)} side by side")
    return Move(None)


def _shared_obstacle(past: linalg.StructuredOp) -> str | None:
    if not past.is_generic:
        return f"{past.op.name} is a named op"
    if not all(of.is_projected_permutation for of in past.indexing_maps):
        return "an indexing map is no projected permutation"
    return None


def _holds_run(of: affine.AffineMap, run: Sequence[int | None]) -> bool:
    dims = of.result_dims
    if not set(dims) & set(run):
        return True
    return any(list(dims[i : i + len(run)]) == list(run) for i in range(len(dims)))


def _effect(source: Shape, result: Shape, atoms: Sequence[Atom] | None) -> Effect:
    if source == result and (None not in source or (atoms and all(len(a) == len(b) == 1 for a, b in atoms))):
        return "identity"
    if atoms is None:
        return "unknown"
    if all(len(a) == 1 for a, _ in atoms) or all(len(b) == 1 for _, b in atoms):
        return "single"
    if types.without_units(source) == types.without_units(result):
        return "unit-dims"
    return "regroups"


def _atoms(first: Reshape, second: Reshape, source: Shape, result: Shape) -> list[Atom] | None:
    """The atoms of the pair; None where dynamic sizes hide them."""
    if (first.kind, second.kind) == ("collapse", "expand"):
        found: list[Atom] = []
        for taken, given in zip(first.reassociation, second.reassociation):
            part = _match(source, result, taken, given)
            if part is None:
                return None
            found += part
        return found
    return _match(source, result, range(len(source)), range(len(result)))


def _match(source: Shape, result: Shape, taken: Sequence[int], given: Sequence[int]) -> list[Atom] | None:
    """The atoms within dims that hold the same elements, by running products."""
    if max((*taken, -1)) >= len(source) or max((*given, -1)) >= len(result):
        return None
    if [source[i] for i in taken] == [result[j] for j in given] and [source[i] for i in taken].count(None) < 2:
        return [((i,), (j,)) for i, j in zip(taken, given)]
    if len(taken) == 1 or len(given) == 1:
        return [(tuple(taken), tuple(given))]
    left, right = [source[i] for i in taken], [result[j] for j in given]
    sizes, wanted = [s for s in left if s is not None], [s for s in right if s is not None]
    if len(sizes) != len(left) or len(wanted) != len(right):
        return None
    return _by_products(sizes, wanted, list(taken), list(given))


def _by_products(sizes: list[int], wanted: list[int], taken: list[int], given: list[int]) -> list[Atom]:
    """Cuts both lists wherever the products up to there are equal; unit dims at a cut go with the atom before it."""
    found: list[Atom] = []
    i = j = 0
    while i < len(sizes) and j < len(wanted):
        end_i, end_j = i + 1, j + 1
        left, right = sizes[i], wanted[j]
        while left != right and (end_i < len(sizes) or end_j < len(wanted)):
            if (left < right and end_i < len(sizes)) or end_j >= len(wanted):
                left, end_i = left * sizes[end_i], end_i + 1
            else:
                right, end_j = right * wanted[end_j], end_j + 1
        found.append((tuple(taken[i:end_i]), tuple(given[j:end_j])))
        i, j = end_i, end_j
    if found and (i < len(sizes) or j < len(wanted)):
        last = found.pop()
        found.append(((*last[0], *taken[i:]), (*last[1], *given[j:])))
    return found
