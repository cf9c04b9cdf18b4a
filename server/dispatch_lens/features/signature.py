"""Signature help: the operands of the op at a place, with their types, and which of them is being written."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.features import units
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir import linalg
from dispatch_lens.ir.module import Op, Operand
from dispatch_lens.text import Range


@dataclass(frozen=True, slots=True)
class Signature:
    """An op as a line of text; `parameters` are ranges of that text, one an operand."""

    label: str
    parameters: tuple[Range, ...]
    active: int
    documentation: str


def signature(snapshot: Snapshot, offset: int) -> Signature | None:
    """The signature of the op around the place; None outside ops and for ops without operands."""
    unit = units.unit_at(snapshot, offset)
    op = unit.op_at(offset) if unit is not None else None
    if unit is None or op is None or not op.operands:
        return None
    at = offset - unit.start
    label, parameters = _label(op)
    active = sum(operand.range.end < at for operand in op.operands)
    return Signature(label, parameters, min(active, len(parameters) - 1), _documentation(op))


def _label(op: Op) -> tuple[str, tuple[Range, ...]]:
    text = f"{op.name}("
    parameters: list[Range] = []
    for i, operand in enumerate(op.operands):
        word = f"{_role(op, operand)}: {linalg.type_of(operand) or '?'}"
        text += ", " if i else ""
        parameters.append(Range(len(text), len(text) + len(word)))
        text += word
    results = ", ".join(str(type_) if type_ is not None else "?" for type_ in op.result_types)
    return f"{text})" + (f" -> {results}" if results else ""), tuple(parameters)


def _role(op: Op, operand: Operand) -> str:
    found = linalg.structured(op)
    if found is None or operand not in found.operands:
        return operand.value.name
    place = found.operands.index(operand)
    return f"in{place}" if place < len(found.ins) else f"init{place - len(found.ins)}"


def _documentation(op: Op) -> str:
    found = linalg.structured(op)
    if found is None:
        return ""
    maps = [f"- operand {i}: `{of.body}`" for i, of in enumerate(found.indexing_maps)]
    return f"loops: {', '.join(found.iterator_types)}\n\n" + "\n".join(maps)
