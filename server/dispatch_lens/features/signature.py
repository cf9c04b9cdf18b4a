"""Signature help: the operands of the op at a place, with their types, and which of them is being written.

Of an op that is only begun, a named one of linalg, the definition tells: how many operands, and which loops walk their dims.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from dispatch_lens.features import units
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir import linalg, named_ops
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
from dispatch_lens.text import Range

_BEGUN = re.compile(r"(?:^|=)\s*(?P<name>linalg\.\w+)\b(?:.*\b(?P<list>ins|outs)\((?P<written>[^:]*))?")


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
    begun = _begun(snapshot, offset) if op is None or linalg.structured(op) is None else None
    if begun is not None or unit is None or op is None or not op.operands:
        return begun
    at = offset - unit.start
    label, parameters = _label(op)
    active = sum(operand.range.end < at for operand in op.operands)
    return Signature(label, parameters, min(active, len(parameters) - 1), _documentation(op))


def _begun(snapshot: Snapshot, offset: int) -> Signature | None:
    """The signature of the linalg op that the line begins with, by its name."""
    line = snapshot.line_range(snapshot.line_of(offset))
    match = _BEGUN.search(snapshot.slice(Range(line.start, offset)))
    found = named_ops.lookup(match.group("name")) if match is not None else None
    if match is None or found is None or found.ins is None or found.outs is None:
        return None
    roles = [*(f"in{i}" for i in range(found.ins)), *(f"init{i}" for i in range(found.outs))]
    maps = named_ops.maps_for(found)
    label, parameters = _listed(
        found.name, [f"{role}: {of}" if of else role for role, of in zip_longest(roles, maps, fillvalue="")]
    )
    before = found.ins if match.group("list") == "outs" else 0
    active = before + (match.group("written") or "").count(",")
    return Signature(label, parameters, min(active, len(parameters) - 1), "")


def _label(op: Op) -> tuple[str, tuple[Range, ...]]:
    text, parameters = _listed(op.name, [f"{_role(op, operand)}: {linalg.type_of(operand) or '?'}" for operand in op.operands])
    results = ", ".join(str(type_) if type_ is not None else "?" for type_ in op.result_types)
    return text + (f" -> {results}" if results else ""), parameters


def _listed(name: str, words: Sequence[str]) -> tuple[str, tuple[Range, ...]]:
    """`name(word, word)`, and where each word stands in it."""
    starts = accumulate((len(word) + len(", ") for word in words[:-1]), initial=len(name) + 1)
    return f"{name}({', '.join(words)})", tuple(Range(start, start + len(word)) for start, word in zip(starts, words))


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
