"""How many results an op has, though its text may leave them all unnamed."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import known_ops, reading, types
from dispatch_lens.ir.module import Op
from dispatch_lens.syntax.tree import Group, Item

_WITH_RESULT_TYPES = ("scf.", "pcf.", "iree_gpu.", "flow.dispatch.region", "linalg.", "iree_linalg_ext.")
"""Ops, by the beginnings of their names, that state the types of their results behind `->` and nothing else there."""


def result_count(op: Op) -> int:
    """How many results the op has; a text may leave them all unnamed."""
    if op.results:
        return len(op.results)
    if op.name in ("util.optimization_barrier", "vm.optimization_barrier", "hal.tensor.barrier"):
        return len(op.operands) - (op.dialect == "hal")
    fixed = known_ops.result_count(op.name)
    return fixed if fixed is not None else _stated(op)


def _stated(op: Op) -> int:
    """How many types of results the head states; of an op with inits, how many of these are no buffers."""
    items = reading.before_count(op.shape.items)
    if op.dialect in ("linalg", "iree_linalg_ext") and (outs := reading.outs_types(op, items)):
        return sum(isinstance(type_, types.TensorType) for type_ in outs)
    arrows = [i for i, item in enumerate(items) if item.kind == "ARROW" and _begins_types(items[i + 1 : i + 2])]
    if not op.name.startswith(_WITH_RESULT_TYPES):
        arrows = [i for i in arrows if [item.kind for item in items[max(i - 2, 0) : i]] == ["COLON", "paren"]]
    stated = reading.types_after(op, items, arrows[-1] + 1) if arrows else []
    return sum(not (op.dialect == "linalg" and isinstance(type_, types.MemRefType)) for type_ in stated)


def _begins_types(behind: Sequence[Item]) -> bool:
    """Whether types stand behind an arrow, and no successor and no arguments of a region."""
    first = behind[0] if behind else None
    names = first.items[:1] if isinstance(first, Group) and first.kind == "paren" else behind
    return not any(item.kind in ("BLOCK", "USE") for item in names)
