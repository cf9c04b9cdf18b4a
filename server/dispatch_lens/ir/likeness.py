"""Regions that are equal up to the names of values: what is known of the first of them holds for all.

Most ops of a program stand in the small regions of others, and most of these regions repeat: the bodies of elementwise ops, of
contractions, of casts. Of a plain region (`syntax/scanner.py`) with its values numbered in text order, the *pattern*, the IR is
made once. It knows no names and no places: who asks for these has the region itself read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Block, Module, Op, Region
from dispatch_lens.ir.value import Value
from dispatch_lens.syntax.tree import VALUE

_NAMES_APART = re.compile(rf"({VALUE})")
_NUMBERED = [f"%{number}" for number in range(1000)]


@dataclass(frozen=True, eq=False)
class Pattern:
    """The IR of a region with numbered values, which stands alone in an op of `module`."""

    module: Module
    region: Region
    known: dict[Callable[[Op], bool], bool] = field(default_factory=dict[Callable[[Op], bool], bool])

    def has(self, holds: Callable[[Op], bool]) -> bool:
        """Whether something holds of an op in the region."""
        if holds not in self.known:
            self.known[holds] = any(holds(op) for block in self.region.blocks for op in block.ops)
        return self.known[holds]

    @cached_property
    def free(self) -> tuple[int, ...]:
        """The numbers of the values that are defined outside."""
        return tuple(sorted(int(value.name[1:]) for value in self.module.free_values))

    @cached_property
    def defined(self) -> tuple[int, ...]:
        """The numbers of the values that the region defines."""
        blocks = self.region.blocks
        arguments = [value for block in blocks for value in block.arguments]
        results = [value for block in blocks for op in block.ops for value in op.results]
        return tuple(int(value.name[1:]) for value in (*arguments, *results))

    @cached_property
    def stated(self) -> tuple[types.Type | None, ...]:
        """The type that the region states for each value that is defined outside; None where it states none, or two."""
        values = {int(value.name[1:]): value for value in self.module.free_values}
        return tuple(_stated(values[number]) for number in self.free)


@dataclass(frozen=True, eq=False)
class Likeness:
    """What stands for a region that nobody has read: its pattern, and what the free values of that are here.

    `read` gives the region's own blocks, with names and places.
    """

    pattern: Pattern
    captured: tuple[Value, ...]
    read: Callable[[Region], tuple[Block, ...]]


def _stated(value: Value) -> types.Type | None:
    stated = {type_ for use in value.uses if (type_ := use.op.operand_type(use.index)) is not None}
    return stated.pop() if len(stated) == 1 else None


def numbered(text: str) -> tuple[str, Sequence[str]] | None:
    """The text of a region with its values numbered, and the names by their numbers; None where it defines groups."""
    parts = _NAMES_APART.split(text)
    names = parts[1::2]
    known = dict(zip(dict.fromkeys(names), _NUMBERED))
    if len(known) == len(_NUMBERED) or ":" in "".join(known):
        return None
    parts[1::2] = map(known.__getitem__, names)
    return "".join(parts), tuple(known)
