"""How many results an op has, though its text may leave them all unnamed."""

from __future__ import annotations

from dispatch_lens.ir import known_ops, reading, types
from dispatch_lens.ir.module import Op

_WITH_RESULT_TYPES = ("scf.", "flow.dispatch.region", "linalg.", "iree_linalg_ext.")
"""Ops, by the beginnings of their names, that state the types of their results behind `->` and nothing else there."""


def result_count(op: Op) -> int:
    """How many results the op has; a text may leave them all unnamed."""
    if op.results:
        return len(op.results)
    if op.name == "util.optimization_barrier":
        return len(op.operands)
    fixed = known_ops.result_count(op.name)
    return fixed if fixed is not None else _stated(op)


def _stated(op: Op) -> int:
    """How many types of results the head states; of an op with inits, how many of these are tensors."""
    items = reading.before_count(op.shape.items)
    if op.dialect in ("linalg", "iree_linalg_ext") and (outs := reading.outs_types(op, items)):
        return sum(isinstance(type_, types.TensorType) for type_ in outs)
    arrows = [i for i, item in enumerate(items) if item.kind == "ARROW"]
    if not op.name.startswith(_WITH_RESULT_TYPES):
        arrows = [i for i in arrows if [item.kind for item in items[max(i - 2, 0) : i]] == ["COLON", "paren"]]
    return len(reading.types_after(op, items, arrows[-1] + 1)) if arrows else 0
