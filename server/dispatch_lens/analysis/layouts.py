"""Layouts: what a permutation of dims does, in words, and with which strides an op walks its operands.

A permutation is always the vector p where dim i of the result is dim p[i] of the input.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import prod

from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.value import Operand

Permutation = tuple[int, ...]


def only_moves_unit_dims(op: linalg.StructuredOp) -> bool:
    """Whether the op is a pure transpose that a reshape would do for: only dims of size 1 change place."""
    vector = op.permutation
    if vector is None or not op.is_pure_transpose:
        return False
    shape = linalg.shape_of(op.ins[0]) or ()
    moving = [dim for dim in vector if dim >= len(shape) or shape[dim] != 1]
    return moving == sorted(moving)


def words(vector: Sequence[int]) -> str:
    """What the permutation does: `swaps the last two dims`, `moves dim 1 last (NCHW to NHWC)` ….

    Letters are named for four dims only, where the layout is the usual one; whether they fit is for the caller to know.
    """
    p = tuple(vector)
    text = _swap(p) or _shift(p) or f"result dims are input dims {', '.join(map(str, p))}"
    return f"{text} ({_LETTERS[p]})" if p in _LETTERS else text


def innermost_stride(op: linalg.StructuredOp, operand: Operand) -> int | None:
    """Elements between two reads of the operand as the innermost loop advances by one; 0 where it reads the same."""
    of, shape = op.map_of(operand), linalg.shape_of(operand)
    if of is None or op.num_loops == 0:
        return None
    if not of.results:
        return 0
    if shape is None:
        return None
    strides = row_major_strides(shape)
    last = op.num_loops - 1
    total = 0
    for i, result in enumerate(of.results):
        if last not in affine.AffineMap(of.num_dims, of.num_symbols, (result,)).used_dims:
            continue
        stride = strides[i]
        if stride is None:
            return None
        total += stride * _coefficient(of, i, last)
    return total


def row_major_strides(shape: Sequence[int | None]) -> tuple[int | None, ...]:
    """Elements between neighbours along each dim; None where an inner dim is dynamic."""
    return tuple(_product(shape[i + 1 :]) for i in range(len(shape)))


_PLACES = {0: "first", -1: "last"}
_LETTERS: Mapping[tuple[int, ...], str] = {
    (0, 2, 3, 1): "as NCHW to NHWC",
    (0, 3, 1, 2): "as NHWC to NCHW",
    (2, 3, 1, 0): "as FCHW to HWCF",
    (3, 2, 0, 1): "as HWCF to FCHW",
}


def _product(sizes: Sequence[int | None]) -> int | None:
    known = [size for size in sizes if size is not None]
    return prod(known) if len(known) == len(sizes) else None


def _coefficient(of: affine.AffineMap, result: int, loop: int) -> int:
    """By how much the result grows as the loop advances from 0 to 1."""
    if isinstance(of.results[result], Dim):
        return 1
    symbols = [0] * of.num_symbols
    start = [0] * of.num_dims
    step = [int(dim == loop) for dim in range(of.num_dims)]
    return affine.evaluate(of, step, symbols)[result] - affine.evaluate(of, start, symbols)[result]


def _swap(p: Permutation) -> str | None:
    moved = [i for i, dim in enumerate(p) if i != dim]
    if len(moved) != 2:
        return None
    if len(p) == 2:
        return "swaps the two dims"
    return "swaps the last two dims" if moved == [len(p) - 2, len(p) - 1] else f"swaps dims {moved[0]} and {moved[1]}"


def _shift(p: Permutation) -> str | None:
    """One dim, or one run of dims, moved past the others."""
    n = len(p)
    for dim in range(n):
        rest = [other for other in range(n) if other != dim]
        place = p.index(dim)
        if place != dim and p == (*rest[:place], dim, *rest[place:]):
            return f"moves dim {dim} {_PLACES.get(place if place == 0 else place - n, f'to place {place}')}"
    turn = next((k for k in range(1, n) if p == (*range(k, n), *range(k))), None)
    return f"moves the first {turn} dims last" if turn is not None else None
