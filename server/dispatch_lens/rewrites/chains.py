"""Rewrites in a row as one action: text to text, then the lines that differ as edits.

A step is asked at the op that defines a value of a known name, because offsets change from step to step and names do not.
"""

from __future__ import annotations

from collections.abc import Iterator
from difflib import SequenceMatcher

from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites.rewrite import Applied, Rewrite
from dispatch_lens.text import Edit, Range, apply_edits


def step(op: Op, rewrite: Rewrite) -> Module | None:
    """The module after the rewrite at the op; None where it does not apply."""
    outcome = rewrite.apply(op)
    return after(op.module, outcome) if isinstance(outcome, Applied) else None


def after(module: Module, outcome: Applied) -> Module:
    """The module with the edits made."""
    return lower(apply_edits(module.text, outcome.edits))


def edits_between(before: str, after: str) -> tuple[Edit, ...]:
    """The edits that make `after` of `before`: whole lines, those that both have left alone."""
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Edit(Range(starts[i], starts[j]), "".join(new[k:m])) for tag, i, j, k, m in matcher.get_opcodes() if tag != "equal"
    )


def function_of(op: Op) -> Op:
    """The function around the op, or its outermost op."""
    around = [op, *op.ancestors()]
    return next((each for each in around if each.name in ("func.func", "util.func", "util.initializer")), around[-1])


def ops_in(module: Module, function: str | None) -> Iterator[Op]:
    """The ops of the function of this symbol, or of the whole module for None."""
    top = module.symbols.get(function) if function is not None else None
    yield from top.walk() if top is not None else module.walk()
