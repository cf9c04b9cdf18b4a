"""Many rewrites of one module at once: those that have nothing to do with each other.

Each is asked of the module as it stands, so two may be made together only if neither sees what the other changes. They are
apart when they touch different ops of a function and speak of different values; values without work of their own (constants,
empty tensors, block arguments) may be common, as long as neither changes their op.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dispatch_lens.ir import tensor, uses
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites import fresh as new_names
from dispatch_lens.rewrites.rewrite import Applied, Rewrite
from dispatch_lens.text import Edit, Range

_NAME = re.compile(r"%[\w$.\-]+")
_HOLDERS = ("builtin.module", "func.func", "util.func", "util.initializer")


@dataclass(frozen=True, eq=False)
class Application:
    """A rewrite that applies at an op."""

    op: Op
    rewrite: Rewrite
    outcome: Applied


def applications(module: Module, wanted: Sequence[Rewrite]) -> Iterator[Application]:
    """Every rewrite at every op where it applies, in text order."""
    for op in module.walk():
        for rewrite in wanted:
            outcome = rewrite.apply(op)
            if isinstance(outcome, Applied):
                yield Application(op, rewrite, outcome)


def touched(of: Application) -> list[Op]:
    """The ops of the function that change with it, and the one that was asked, in text order."""
    return sorted(_Functions(of.op.module).footprint(of)[0], key=lambda op: op.range.start)


def together(module: Module, found: Iterable[Application]) -> list[tuple[Application, tuple[Edit, ...]]]:
    """The first application, and each later one that is apart from all before it, with edits whose new names differ."""
    functions = _Functions(module)
    kept: list[tuple[Application, tuple[Edit, ...]]] = []
    ops: set[Op] = set()
    named: set[str] = set()
    fresh: set[str] = set()
    for each in found:
        if functions.around(each.op) in ops:
            continue
        own_ops, own_names = functions.footprint(each)
        common = {name for name in own_names & named if not functions.is_leaf(name)}
        if common or own_ops & ops or functions.made(own_ops) & named or functions.made(ops) & own_names:
            continue
        edits = new_names.renamed(each.outcome.edits, module.names, fresh)
        fresh |= new_names.names(edits, module.names)
        ops |= own_ops
        named |= own_names
        kept.append((each, edits))
    return kept


class _Functions:
    """The ops and the values at the level of functions: what stands inside another op counts as that op's."""

    def __init__(self, module: Module) -> None:
        self._ops = [op for op in module.walk() if op.name not in _HOLDERS and (op.parent is None or op.parent.name in _HOLDERS)]
        self._starts = [op.range.start for op in self._ops]
        self._makers: dict[str, list[Op]] = {}
        for op in self._ops:
            for value in op.results:
                self._makers.setdefault(value.name, []).append(op)
        holders = [op for op in module.walk() if op.name in _HOLDERS]
        blocks = [block for op in holders for region in op.regions for block in region.blocks]
        self._arguments = {value.name for block in blocks for value in block.arguments}

    def around(self, op: Op) -> Op | None:
        """The op of a function that this one is or stands in."""
        return next((each for each in (op, *op.ancestors()) if each.parent is None or each.parent.name in _HOLDERS), None)

    def footprint(self, of: Application) -> tuple[set[Op], set[str]]:
        """The ops whose text changes, with the one that was asked; the values that they and the new text speak of."""
        ops = {op for edit in of.outcome.edits for op in self._touched(edit.range)}
        asked = self.around(of.op)
        ops |= {asked} if asked is not None else set()
        names = {value.name for op in ops for value in (*op.results, *uses.read_values(op))}
        names |= {name for edit in of.outcome.edits for name in _NAME.findall(edit.text)}
        return ops, {name for name in names if name in self._makers or name in self._arguments}

    def is_leaf(self, name: str) -> bool:
        """Whether nothing of the value can be changed but by its own op."""
        return all(op.name == "arith.constant" or tensor.is_empty(op) for op in self._makers.get(name, ()))

    def made(self, ops: Iterable[Op]) -> set[str]:
        return {value.name for op in ops for value in op.results}

    def _touched(self, place: Range) -> Iterator[Op]:
        at = max(bisect_right(self._starts, place.start) - 1, 0)
        while at < len(self._ops) and self._starts[at] < place.end:
            if self._ops[at].range.end > place.start:
                yield self._ops[at]
            at += 1
