"""Rewrites in a row as one action: text to text, best on an excerpt.

A step is asked at the op that defines a value of a known name, because offsets change from step to step and names do not.
"""

from __future__ import annotations

from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites.rewrite import Applied, Rewrite
from dispatch_lens.text import apply_edits


def step(op: Op, rewrite: Rewrite) -> Module | None:
    """The module after the rewrite at the op; None where it does not apply."""
    outcome = rewrite.apply(op)
    return after(op.module, outcome) if isinstance(outcome, Applied) else None


def after(module: Module, outcome: Applied) -> Module:
    """The module with the edits made."""
    return lower(apply_edits(module.text, outcome.edits), module.aliases)


def named(module: Module, name: str, depth: int) -> Op | None:
    """The op at this depth that defines a value of the name."""
    found = (op for op in module.walk() if op.depth == depth)
    return next((op for op in found if any(value.name == name for value in op.results)), None)
