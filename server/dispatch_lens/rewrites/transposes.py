"""Ops that do nothing but permute dims, as rewrites see them: where from, by what, and how to write one.

A permutation is the vector p where dim i of the result is dim p[i] of the source.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_lens.analysis import layouts
from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import generic, places, sizes
from dispatch_lens.rewrites.draft import Draft

_MOST_RESHAPES = 16
CONSTANTS = ("arith.constant", "flow.tensor.constant", "util.global.load", "util.global.load.indirect")


@dataclass(frozen=True, eq=False)
class Transpose:
    """A transpose: `linalg.transpose`, or a generic that yields its only input by permutations."""

    op: linalg.StructuredOp
    permutation: tuple[int, ...]
    source_type: types.TensorType
    result_type: types.TensorType

    @property
    def source(self) -> Value:
        return self.op.ins[0].value

    @property
    def result(self) -> Value:
        return self.op.op.results[0]

    @property
    def moves_elements(self) -> bool:
        """False where only dims of size 1 change place."""
        return not layouts.only_moves_unit_dims(self.op)

    @property
    def is_of_constant(self) -> bool:
        """Whether the compiler knows the source, and so transposes it once and for all."""
        op = places.made_by(self.source)
        for _ in range(_MOST_RESHAPES):
            if op is None or not op.operands or tensor.reshape(op) is None:
                break
            op = places.made_by(op.operands[0].value)
        return op is not None and op.name in CONSTANTS


def transpose(op: Op) -> Transpose | None:
    """The op as a transpose."""
    found = linalg.structured(op)
    if found is None or len(op.results) != 1 or found.permutation is None or not found.is_pure_transpose:
        return None
    source, result = linalg.type_of(found.ins[0]), op.result_type(0)
    if not isinstance(source, types.TensorType) or not isinstance(result, types.TensorType):
        return None
    if source.shape is None or result.shape is None or source.encoding or result.encoding:
        return None
    return Transpose(found, found.permutation, source, result)


def transpose_of(value: Value) -> Transpose | None:
    """The transpose that makes the value, seen through a dispatch region."""
    op = places.made_by(value)
    return transpose(op) if op is not None else None


BY_PLACE = "what reads the result computes with its place, which 3.1 computes wrongly behind a transpose"


def is_read_by_place(value: Value) -> bool:
    """Whether an op whose body computes with `linalg.index` reads the value: such a reader wants no transpose in front of it."""
    return any(generic.reads_place(use.op) for use in places.reads(value))


def composed(first: Sequence[int], second: Sequence[int]) -> tuple[int, ...]:
    """What `second` after `first` does."""
    return tuple(first[i] for i in second)


def inverse(vector: Sequence[int]) -> tuple[int, ...]:
    return tuple(vector.index(i) for i in range(len(vector)))


def is_identity(vector: Sequence[int]) -> bool:
    return list(vector) == list(range(len(vector)))


@dataclass(frozen=True, slots=True)
class Named:
    """A tensor that new text reads: its name and its type; `sizes` of its dims where they are known."""

    name: str
    type: types.TensorType
    sizes: Sequence[str] = ()


def permuted(of: types.TensorType, vector: Sequence[int]) -> types.TensorType:
    """The type whose dim i is dim `vector[i]` of `of`."""
    shape = of.shape or ()
    return types.TensorType(tuple(shape[i] for i in vector), of.element)


def lines(draft: Draft, source: Named, vector: Sequence[int], result: str, empty: str | None = None) -> list[str]:
    """A `linalg.transpose` with its empty init, into the name `result`; it asks the tensor for the sizes that nobody knows."""
    given: list[str] = []
    type_ = permuted(source.type, vector)
    if empty is None:
        given, known = ([], source.sizes) if source.sizes else sizes.asked(draft, source.name, source.type)
        empty = draft.fresh("empty")
        given = [*given, f"{empty} = {sizes.empty(type_, [known[i] for i in vector])}"]
    numbers = ", ".join(map(str, vector))
    ends = f"outs({empty} : {type_}) permutation = [{numbers}]"
    return [*given, f"{result} = linalg.transpose ins({source.name} : {source.type}) {ends}"]
