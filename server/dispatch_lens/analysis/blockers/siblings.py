"""Pairs of ops that could be one dispatch though neither reads the other: they read the same tensor."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.analysis import windows
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.neighbours import Neighbourhood, Piece
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.ir import flow, linalg, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value

_MOST_READERS = 8
_FEWEST_ROWS = 16


def siblings(found: Neighbourhood, piece: Piece) -> Iterator[Finding]:
    """The later pieces that share an input with this one and depend on it in no way."""
    shared = ((first, value) for first in piece.members for value in _shared_inputs(first))
    pairs = ((first, second) for first, value in shared for second in _later_readers(found, first, value))
    for first, second in pairs:
        code = _code(first, second)
        if code is not None and not _depends(second, first):
            yield Finding(first, second, "no-edge", code, sentence=_SENTENCES[code])
            return


_SENTENCES = {
    "horizontal-siblings": "the two read the same tensor and not each other; such contractions are joined only on request",
    "independent-elementwise": "the two read the same tensor and not each other, and dispatches form along reads only",
}


def _shared_inputs(op: Op) -> tuple[Value, ...]:
    """The inputs that hold data: no initial value and no constant.

    Of elementwise ops none that an elementwise op makes, which tells of its readers itself.
    """
    found = linalg_op(op)
    ins = [operand.value for operand in found.ins if not _is_constant(operand.value)] if found is not None else []
    if found is not None and found.is_all_parallel:
        ins = [value for value in ins if not _is_elementwise(value.op)]
    return tuple(dict.fromkeys(ins))


def _is_constant(value: Value) -> bool:
    return value.op is not None and value.op.name in ("arith.constant", "tensor.empty", "linalg.fill")


def _is_elementwise(op: Op | None) -> bool:
    made = linalg_op(op) if op is not None else None
    return made is not None and made.is_all_parallel


def _later_readers(found: Neighbourhood, first: Op, value: Value) -> Iterator[Op]:
    own = found.piece_of(first)
    if own is None or len(value.uses) > _MOST_READERS:
        return
    for op in value.users:
        other = found.piece_of(op)
        if other is None or other is own or op not in other.members or op.frame.start < first.frame.start:
            continue
        if other.op.block is own.op.block:
            yield op


def _code(first: Op, second: Op) -> str | None:
    left, right = linalg_op(first), linalg_op(second)
    if left is None or right is None:
        return None
    if _contracts(left) and _contracts(right):
        return "horizontal-siblings" if _same_rows(left, right) else None
    alike = left.static_loop_ranges == right.static_loop_ranges
    plain = left.is_generic and right.is_generic and left.is_all_parallel and right.is_all_parallel
    return "independent-elementwise" if alike and plain else None


def _contracts(of: linalg.StructuredOp) -> bool:
    """Whether it is a contraction, or a convolution that becomes one: its window is one element."""
    slides = windows.window(of)
    return of.is_contraction if slides is None else {*slides.sizes, *slides.strides} == _ONE and not slides.groups


_ONE = {1}


def _same_rows(left: linalg.StructuredOp, right: linalg.StructuredOp) -> bool:
    """Whether the two have one left-hand side of enough rows, and results of one type."""
    if not left.ins or not right.ins or left.ins[0].value is not right.ins[0].value:
        return False
    shape = linalg.shape_of(left.inits[0]) if left.inits else None
    if not shape:
        return False
    enough = shape[0] is None or shape[0] >= _FEWEST_ROWS or len(shape) > 2
    return enough and left.op.result_type(0) == right.op.result_type(0)


def _depends(later: Op, earlier: Op) -> bool:
    pending, seen = [later], set[Op]()
    while pending:
        op = pending.pop()
        if op is earlier:
            return True
        if op in seen or op.frame.start < earlier.frame.start:
            continue
        seen.add(op)
        pending += _makers(op)
    return False


def _makers(op: Op) -> Iterator[Op]:
    """The ops whose results the op reads; of a formed dispatch, the one that makes what is read."""
    for value in uses.read_values(op):
        region = flow.dispatch_region(value.op) if value.op is not None else None
        made = region.yielded[value.index].op if region is not None else value.op
        if made is not None:
            yield made
