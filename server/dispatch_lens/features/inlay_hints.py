"""Inlay hints: the permutation behind a map, an alias's value, names and types of operands, the ordinal of a dispatch.

Each kind can be switched off. Only the ops that touch the range are lowered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dispatch_lens.features import units
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.features.overview import Earlier
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.features.units import Unit
from dispatch_lens.ir import affine, linalg, types
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.text import Range

KINDS = ("permutations", "aliases", "operands", "dispatches")
MOST_OPS = 200
_MAP = re.compile(r"affine_map<[^\n]*?\)>|#[A-Za-z_][\w$\-]*(?![\w$.\-])")


class Hint(NamedTuple):
    """A text shown after the place, with more of it on hover."""

    offset: int
    text: str
    tooltip: str


def hints(snapshot: Snapshot, range_: Range, known: Earlier | None, kinds: frozenset[str]) -> tuple[Hint, ...]:
    """The hints of these kinds in the range, in text order."""
    found = [hint for unit, op in _structured_ops(snapshot, range_) for hint in _of_op(unit, op, kinds)]
    if "dispatches" in kinds and known is not None:
        found += _dispatches(known, range_)
    return tuple(sorted(hint for hint in found if range_.start <= hint.offset <= range_.end))


def _structured_ops(snapshot: Snapshot, range_: Range) -> Iterator[tuple[Unit, StructuredOp]]:
    seen: set[int] = set()
    for index in range(snapshot.chunk_at(range_.start), snapshot.chunk_at(range_.end) + 1):
        base = snapshot.starts[index]
        for mark in snapshot.chunks[index].level.ops:
            place = base + mark.name_start
            name = snapshot.chunks[index].ir[mark.name_start : mark.name_end]
            if not range_.start <= place < range_.end or not name.startswith(("linalg.", "iree_linalg_ext.")):
                continue
            if len(seen) >= MOST_OPS:
                return
            seen.add(place)
            yield from _structured_at(snapshot, place)


def _structured_at(snapshot: Snapshot, place: int) -> Iterator[tuple[Unit, StructuredOp]]:
    unit = units.unit_at(snapshot, place)
    op = unit.op_at(place) if unit is not None else None
    found = linalg.structured(op) if op is not None else None
    if unit is not None and found is not None:
        yield unit, found


def _of_op(unit: Unit, op: StructuredOp, kinds: frozenset[str]) -> Iterator[Hint]:
    yield from _maps(unit, op, kinds)
    if "operands" not in kinds:
        return
    for place, operand in enumerate(op.operands):
        among, role = (op.ins, f"in {place}") if place < len(op.ins) else (op.inits, f"init {place - len(op.ins)}")
        type_ = linalg.type_of(operand)
        told = f" : {_short(type_)}" if len(among) > 1 and type_ is not None else ""
        argument = op.body_arguments[place].name if place < len(op.body_arguments) else role
        tooltip = f"{role} of `{op.op.name}`" + (f" : `{type_}`" if type_ is not None else "")
        yield Hint(unit.start + operand.range.end, f"{told} → {argument}", tooltip)


def _short(of: types.Type) -> str:
    """`16x8xf32` for a shaped type."""
    return types.shape_text(of) if types.is_shaped(of) else str(of)


def _maps(unit: Unit, op: StructuredOp, kinds: frozenset[str]) -> Iterator[Hint]:
    text = unit.module.text
    start = text.find("indexing_maps", op.op.range.start, op.op.range.end)
    if start < 0:
        return
    end = text.find("]", start) if text.find("]", start) > 0 else op.op.range.end
    for match, of in zip(_MAP.finditer(text, start, max(end, op.op.head.offset(0))), op.indexing_maps):
        words = _words(match.group(), of, kinds)
        if words:
            yield Hint(unit.start + match.end(), f" {words}", map_hover.permutation_words(of) or str(of))


def _words(token: str, of: affine.AffineMap, kinds: frozenset[str]) -> str:
    vector = affine.permutation_vector(of)
    if "permutations" in kinds and vector is not None and not of.is_identity:
        return f"perm {list(vector)}"
    return of.body if "aliases" in kinds and token.startswith("#") else ""


def _dispatches(known: Earlier, range_: Range) -> Iterator[Hint]:
    for one in known.dispatches_in(range_):
        yield Hint(one.name_range.end, f" #{one.ordinal}", one.summary)
