"""The named ops of linalg: iterator types, indexing maps and interfaces that their text leaves unsaid.

The facts are data (`named_ops.json`, one op a line, one more line for each version that says otherwise), taken from the
compilers of 2024-07, 3.1 and 3.13. An op with `rule` "fixed" has its maps here, with `stride0` and `dilation0` standing
for the op's attributes. The maps of the other ops follow from operand ranks (`derive`), from the op's own attribute
(`rule` "given"), or do not exist (`rule` "none"). It does not know element types, and nothing of what an op's region
holds beyond its kind.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypedDict, cast

IteratorType = Literal["parallel", "reduction"]
Interface = Literal["contraction", "convolution"]
Rule = Literal["fixed", "identity", "transpose", "broadcast", "reduce", "softmax", "given", "none"]
Category = Literal[
    "contraction",
    "convolution",
    "pooling",
    "elementwise",
    "fill",
    "copy",
    "random",
    "transpose",
    "broadcast",
    "reduce",
    "softmax",
    "layout",
    "winograd",
    "generic",
]


@dataclass(frozen=True, slots=True)
class NamedOp:
    """What is known of one linalg op by its name.

    `indexing_maps` holds the results of each map, ins then outs, as in `d0, d1 * stride0 + d4 * dilation0`; it and
    `iterator_types` are empty unless `rule` is "fixed". `ins` and `outs` count operands, None where the op takes any
    number. `body` names the arithmetic without element types: `mul_add`, `max`, `yield` for a plain move, `by_kind` and
    `given` where an attribute or the region decides. `maps_may_be_given` says that an `indexing_maps` attribute, when
    the op carries one, replaces the maps. `versions` lists the compilers that were seen to state these facts.
    """

    name: str
    category: Category
    rule: Rule
    iterator_types: tuple[IteratorType, ...]
    indexing_maps: tuple[str, ...]
    ins: int | None
    outs: int | None
    body: str
    interface: Interface | None
    maps_may_be_given: bool
    versions: tuple[str, ...]

    @property
    def is_convolution(self) -> bool:
        """Whether the op implements MLIR's convolution interface, which poolings do too."""
        return self.interface == "convolution"

    @property
    def is_contraction(self) -> bool:
        """Whether the op implements MLIR's contraction interface, which quantized matmuls do not."""
        return self.interface == "contraction"


@dataclass(frozen=True, slots=True)
class Iteration:
    """The iteration space of one use of an op: a type for each dim, and a map for each operand, ins then outs."""

    iterator_types: tuple[IteratorType, ...]
    indexing_maps: tuple[str, ...]


def lookup(name: str) -> NamedOp | None:
    """The op of this full name (`linalg.matmul`) as the newest compiler that has it states it."""
    rows = _table().get(name)
    return rows[0] if rows else None


def lookup_in(name: str, version: str) -> NamedOp | None:
    """The op as the compiler of `version` ("2024", "3.1" or "3.13") states it, else as the newest one does."""
    rows = _table().get(name, ())
    return next((row for row in rows if version in row.versions), lookup(name))


def names() -> tuple[str, ...]:
    """The full names of all ops of the table, sorted."""
    return tuple(sorted(_table()))


def maps_for(op: NamedOp, strides: Sequence[int] = (), dilations: Sequence[int] = ()) -> tuple[str, ...]:
    """The maps of an op of rule "fixed", as MLIR prints them: `(d0, d1, d2) -> (d0, d1 * 2 + d2 * 3)`.

    A stride or dilation that is not passed counts as 1, which is MLIR's default. Empty for an op of another rule.
    """
    factors = {f"stride{position}": value for position, value in enumerate(strides)}
    factors |= {f"dilation{position}": value for position, value in enumerate(dilations)}
    loops = len(op.iterator_types)
    return tuple(_map(loops, _with_factors(results, factors)) for results in op.indexing_maps)


def derive(op: NamedOp, ranks: Sequence[int], dims: Sequence[int] = ()) -> Iteration | None:
    """The iteration space that follows from the operands' ranks, for an op whose rule needs them.

    `ranks` are those of the operands, ins then outs, 0 for a scalar. `dims` is what the op's attribute says: the
    `permutation` of a transpose (dim i of the init is dim permutation[i] of the input), the `dimensions` of a broadcast
    or a reduce, the one `dimension` of a softmax. None for the rules "fixed" (see `maps_for`), "given" and "none", and
    for attributes or ranks that do not fit together.
    """
    if not ranks or any(dim < 0 for dim in dims):
        return None
    derivation = _DERIVATIONS.get(op.rule)
    return derivation(ranks, dims) if derivation else None


def _identity(ranks: Sequence[int], _: Sequence[int]) -> Iteration | None:
    loops = ranks[-1]
    if any(rank not in (0, loops) for rank in ranks):
        return None
    return Iteration(("parallel",) * loops, tuple(_dims_map(loops, range(rank)) for rank in ranks))


def _transpose(ranks: Sequence[int], permutation: Sequence[int]) -> Iteration | None:
    loops = ranks[-1]
    if sorted(permutation) != list(range(loops)) or ranks[0] != loops:
        return None
    input_dims = [permutation.index(dim) for dim in range(loops)]
    return Iteration(("parallel",) * loops, (_dims_map(loops, input_dims), _dims_map(loops, range(loops))))


def _broadcast(ranks: Sequence[int], added: Sequence[int]) -> Iteration | None:
    loops = ranks[-1]
    kept = [dim for dim in range(loops) if dim not in added]
    if len(kept) != ranks[0] or len(kept) + len(added) != loops:
        return None
    return Iteration(("parallel",) * loops, (_dims_map(loops, kept), _dims_map(loops, range(loops))))


def _reduce(ranks: Sequence[int], reduced: Sequence[int]) -> Iteration | None:
    loops, operands = ranks[0], len(ranks) // 2
    kept = [dim for dim in range(loops) if dim not in reduced]
    if len(kept) != ranks[-1] or len(kept) + len(reduced) != loops:
        return None
    maps = (_dims_map(loops, range(loops)),) * operands + (_dims_map(loops, kept),) * operands
    return Iteration(_reducing(loops, reduced), maps)


def _softmax(ranks: Sequence[int], dims: Sequence[int]) -> Iteration | None:
    loops = ranks[0]
    if len(dims) != 1 or dims[0] >= loops:
        return None
    return Iteration(_reducing(loops, dims), (_dims_map(loops, range(loops)),) * len(ranks))


_DERIVATIONS = {
    "identity": _identity,
    "transpose": _transpose,
    "broadcast": _broadcast,
    "reduce": _reduce,
    "softmax": _softmax,
}


def _reducing(loops: int, reduced: Sequence[int]) -> tuple[IteratorType, ...]:
    return tuple("reduction" if dim in reduced else "parallel" for dim in range(loops))


def _dims_map(loops: int, dims: Sequence[int]) -> str:
    return _map(loops, ", ".join(f"d{dim}" for dim in dims))


def _map(loops: int, results: str) -> str:
    return f"({', '.join(f'd{dim}' for dim in range(loops))}) -> ({results})"


def _with_factors(results: str, factors: Mapping[str, int]) -> str:
    def spell(match: re.Match[str]) -> str:
        factor = factors.get(match[1], 1)
        return "" if factor == 1 else f" * {factor}"

    return re.sub(r" \* ((?:stride|dilation)\d)", spell, results)


class _StatedRow(TypedDict):
    category: Category
    rule: Rule
    ins: int | None
    body: str
    versions: list[str]


class _Row(_StatedRow, total=False):
    loops: str
    maps: list[str]
    outs: int | None
    interface: Interface
    maps_may_be_given: bool


@functools.cache
def _table() -> Mapping[str, tuple[NamedOp, ...]]:
    text = Path(__file__).with_name("named_ops.json").read_text(encoding="utf-8")
    rows = cast(dict[str, list[_Row]], json.loads(text))
    return {f"linalg.{name}": tuple(_named_op(name, row) for row in versions) for name, versions in rows.items()}


def _named_op(name: str, row: _Row) -> NamedOp:
    return NamedOp(
        name=f"linalg.{name}",
        category=row["category"],
        rule=row["rule"],
        iterator_types=tuple("parallel" if loop == "p" else "reduction" for loop in row.get("loops", "")),
        indexing_maps=tuple(row.get("maps", ())),
        ins=row["ins"],
        outs=row.get("outs", 1),
        body=row["body"],
        interface=row.get("interface"),
        maps_may_be_given=row.get("maps_may_be_given", False),
        versions=tuple(row["versions"]),
    )
