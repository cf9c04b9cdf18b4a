"""The tree of one op's head: tokens and bracketed groups, immutable, with ranges.

A tree belongs to a *shape*, the head's text with the names of values and symbols emptied, and its offsets are the shape's.
`Head` knows one op's own text and gives ranges in its section.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from dispatch_lens.text import Range

VALUE = r"%[\w$.\-]+(?:#\d+|:\d+)?"
"""A value's name: with the member of a group that is used, or the size of a group that is defined."""
STRING = r'"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
"""A string, which ends on its line."""
SYMBOL = r"@[A-Za-z_][\w$.\-]*"
NAMES = re.compile(rf"{VALUE}|{SYMBOL}")
"""What a shape does not have: all of a name but its `%` or `@`."""


class Leaf(NamedTuple):
    """A token: its kind is the terminal's name in the grammar."""

    kind: str
    text: str
    start: int
    end: int


class Group(NamedTuple):
    """A bracketed group; `kind` is paren, square, brace or angle; `items` are without the brackets."""

    kind: str
    items: tuple[Leaf | Group, ...]
    start: int
    end: int


Item = Leaf | Group


class SyntaxProblem(NamedTuple):
    """Text that does not fit the grammar: an offset and what was expected, in plain words."""

    at: int
    message: str


class Role(NamedTuple):
    """What a head does with one name: `use`, `define` (an entry argument, with its type's place), or `tie` to a result."""

    kind: str
    at: int
    type_at: tuple[int, int] | None = None


@dataclass(eq=False)
class Shape:
    """What all heads of one shape share, each shape once. `problems` is empty where the text fits the grammar.

    Names count in text order, from 0: `names` of them stand in the head, the first `results` are the results'.
    """

    results: int
    items: tuple[Item, ...]
    problems: tuple[SyntaxProblem, ...]
    roles: tuple[Role, ...]
    names: tuple[int, ...]
    """Where each name stands in the shape."""

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """Every token in text order, those inside groups too."""
        return tuple(_leaves(self.items))

    @cached_property
    def uses(self) -> tuple[int, ...]:
        """Which names are operands."""
        ordinals = {at: i for i, at in enumerate(self.names)}
        return tuple(ordinals[role.at] for role in self.roles if role.kind == "use")

    @cached_property
    def use_places(self) -> tuple[int, ...]:
        """Where each operand stands in the shape."""
        return tuple(role.at for role in self.roles if role.kind == "use")

    @cached_property
    def definitions(self) -> tuple[Role, ...]:
        """The names that the head defines for its regions."""
        return tuple(role for role in self.roles if role.kind == "define")

    def uses_in(self, group: Group) -> tuple[int, ...]:
        """Which operands stand in the group, by their place among the operands."""
        return tuple(i for i, at in enumerate(self.use_places) if group.start <= at < group.end)

    @cached_property
    def attributes_hold_names(self) -> bool:
        """Whether an attribute may hold the name of a symbol or value, which a shape does not have."""
        return any(leaf.kind == "SYMBOL" or leaf.text in ("low", "high") for leaf in self.leaves)

    @cached_property
    def has_ties(self) -> bool:
        """Whether a result's type is that of an operand, by its name."""
        return any(role.kind == "tie" for role in self.roles)

    @cached_property
    def may_define_symbol(self) -> bool:
        """Whether a symbol stands before every other operand, or `sym_name` anywhere."""
        for item in self.items:
            if isinstance(item, Group) or item.kind in ("USE", "EQUAL", "COLON", "ARROW"):
                break
            if item.kind == "SYMBOL":
                return True
        return any(leaf.text.strip('"') == "sym_name" for leaf in self.leaves)


class Stretch(NamedTuple):
    """A piece of a head between regions: where it stands in the section, and the end of the region that follows it, or its
    own end where none does; `is_labelled` where a label gives that region its arguments."""

    start: int
    end: int
    after: int
    is_labelled: bool


@dataclass(eq=False)
class Head:
    """One op's head: its shape, and the stretches of the section that it is made of."""

    shape: Shape
    section: str
    stretches: tuple[Stretch, ...]

    def offset(self, at: int) -> int:
        """The section's offset for the shape's offset `at`."""
        shape_offsets, section_offsets = self._places
        i = bisect_right(shape_offsets, at) - 1
        return section_offsets[i] + at - shape_offsets[i]

    @cached_property
    def _places(self) -> tuple[list[int], list[int]]:
        """Where text without names begins: the shape's offsets and, in step, the section's."""
        shape_offsets, section_offsets = [0], [self.stretches[0].start]
        length = 0
        for start, end, after, _ in self.stretches:
            at = start
            for match in NAMES.finditer(self.section, start, end):
                length += match.start() + 1 - at
                at = match.end()
                shape_offsets.append(length)
                section_offsets.append(at)
            length += end - at
            if after > end:
                length += 1
                shape_offsets.append(length)
                section_offsets.append(after)
        return shape_offsets, section_offsets

    def range(self, item: Item) -> Range:
        """The item's range in the section; a value's or symbol's with its whole name, a region's with its braces."""
        return Range(self.offset(item.start), self.offset(item.end))

    def text(self, item: Item) -> str:
        start, end = self.range(item)
        return self.section[start:end]


def _leaves(items: Sequence[Item]) -> Iterator[Leaf]:
    work = list(reversed(items))
    while work:
        item = work.pop()
        if isinstance(item, Leaf):
            yield item
        else:
            work += reversed(item.items)
