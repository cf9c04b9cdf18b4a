"""Hover of an indexing map or its alias: which loop walks which dim, in words, with the sizes of the operand put in."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.analysis import layouts, summaries
from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.affine_expr import AffineExpr, Dim
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.value import Operand


def plain(of: affine.AffineMap) -> str:
    """A map by itself."""
    missing = affine.broadcast_dims(of)
    unread = [f"not read along {_loops(missing)}"] if missing else []
    return "\n\n".join([_code(of), *_sentences(of), *unread])


def of_operand(of: affine.AffineMap, op: StructuredOp, operand: Operand) -> str:
    """A map as the one with which an op walks an operand."""
    lines = [_whose(op, operand), *_sentences(of), *_walk(of, op, operand)]
    return "\n\n".join([_code(of), "  \n".join(lines), _table(of, op, operand)])


def in_short(of: affine.AffineMap, op: StructuredOp, operand: Operand) -> str:
    """How an op walks an operand, in a few words: `identity`, `perm [1, 0]`, `broadcast along d0`, `reduced over d2`."""
    vector = affine.permutation_vector(of)
    if of.is_identity or vector is not None:
        return "identity" if of.is_identity else f"perm {list(vector or ())}"
    missing = affine.broadcast_dims(of)
    reduced = [loop for loop in missing if loop in op.reduction_loops and operand in op.inits]
    told = f"reduced over {_loops(reduced)}" if reduced else f"broadcast along {_loops(missing)}" if missing else ""
    return told if of.is_projected_permutation else ", ".join(part for part in ("window", told) if part)


def walked_dims(of: affine.AffineMap) -> str:
    """`(d1, d0 * 2 + d3)`: by which loops each dim is walked."""
    return f"({', '.join(map(str, of.results))})"


def permutation_words(of: affine.AffineMap) -> str | None:
    """`permutation [1, 0]: swaps the two dims`; None where the map permutes nothing or is no permutation."""
    vector = affine.permutation_vector(of)
    if vector is None or of.is_identity:
        return None
    return f"permutation `{list(vector)}`: {layouts.words(vector)}"


def _code(of: affine.AffineMap) -> str:
    return f"```mlir\n{of}\n```"


def _whose(op: StructuredOp, operand: Operand) -> str:
    place = op.operands.index(operand)
    role = f"in {place}" if place < len(op.ins) else f"init {place - len(op.ins)}"
    type_ = linalg.type_of(operand)
    return f"{role} of `{op.op.name}`: `{operand.value.name}`" + (f" : `{type_}`" if type_ is not None else "")


def _table(of: affine.AffineMap, op: StructuredOp, operand: Operand) -> str:
    shape = linalg.shape_of(operand) or ()
    rows = ["| dim | size | walked by | kind |", "|---|---|---|---|"]
    for i, result in enumerate(of.results):
        size = "?" if i >= len(shape) or shape[i] is None else str(shape[i])
        rows.append(f"| {i} | {size} | `{result}` | {_kinds(result, of, op)} |")
    return "\n".join(rows) if of.results else "a scalar: no dim, every loop reads the same element"


def _kinds(result: AffineExpr, of: affine.AffineMap, op: StructuredOp) -> str:
    """`reduction` for a loop, `window of parallel and reduction` for a sum of loops."""
    used = sorted(affine.AffineMap(of.num_dims, of.num_symbols, (result,)).used_dims)
    kinds = [op.iterator_types[loop] for loop in used if loop < op.num_loops]
    return " and ".join(kinds) if isinstance(result, Dim) or not kinds else f"window of {' and '.join(kinds)}"


def _sentences(of: affine.AffineMap) -> Iterator[str]:
    if of.is_identity:
        yield "identity: loop i walks dim i"
        return
    words = permutation_words(of)
    if words is not None:
        yield words
    elif of.is_minor_identity:
        yield "the last loops, in their order"
    elif of.is_projected_permutation:
        yield "a projection: some loops, each walking one dim"
    constant = affine.constant_results(of)
    if constant:
        yield f"only the first element of dim {', '.join(map(str, constant))} is read"


def _walk(of: affine.AffineMap, op: StructuredOp, operand: Operand) -> Iterator[str]:
    missing = affine.broadcast_dims(of)
    is_init = operand in op.inits
    reduced = [loop for loop in missing if loop in op.reduction_loops]
    repeated = [loop for loop in missing if loop not in op.reduction_loops]
    if is_init and reduced:
        yield f"reduced over {_loops(reduced)}{_extents(op, reduced)}"
    elif repeated and not is_init:
        yield f"broadcast along {_loops(repeated)}{_extents(op, repeated)}"
    stride = layouts.innermost_stride(op, operand)
    if stride is not None:
        step = "the same element again" if stride == 0 else "the next element" if stride == 1 else f"{stride} elements further"
        yield f"innermost loop `d{op.num_loops - 1}`: {step} (stride {stride})"
    if op.is_pure_transpose:
        yield _turned(op) if affine.permutation_vector(of) == op.permutation else transposed(op)


def transposed(op: StructuredOp) -> str:
    """`8x16 -> 16x8 by [1, 0]: swaps the two dims` for an op that only permutes dims."""
    return f"{_turned(op)}: {layouts.words(list(op.permutation or ()))}"


def _turned(op: StructuredOp) -> str:
    source, target = (summaries.shape(linalg.type_of(operand)) for operand in (op.ins[0], op.inits[0]))
    return f"transpose `{source}` → `{target}` by `{list(op.permutation or ())}`"


def _loops(loops: tuple[int, ...] | list[int]) -> str:
    return ", ".join(f"`d{loop}`" for loop in loops)


def _extents(op: StructuredOp, loops: list[int]) -> str:
    sizes = [op.static_loop_ranges[loop] for loop in loops]
    return f" ({' x '.join('?' if size is None else str(size) for size in sizes)})"
