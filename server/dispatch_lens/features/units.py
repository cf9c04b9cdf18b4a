"""The piece of a snapshot that is lowered to answer at a place: the largest op around it that is small.

Of an op that is larger, only the head is lowered, with an empty region. Attribute and type aliases come from the section;
what the piece does not define are free values, which `names.py` finds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from dispatch_lens.features import nesting
from dispatch_lens.features.levels import OpMark
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.text import Range

SMALL = 3072
"""Code points of an op that is lowered whole."""
REMEMBERED = 1024
_ALIAS = re.compile(r"[#!][A-Za-z_][\w$\-]*(?![\w$.\-])")


@dataclass(frozen=True, eq=False)
class Unit:
    """A lowered piece; add `start` to its offsets for the snapshot's. `depth` counts the regions around it."""

    start: int
    module: Module
    depth: int

    @property
    def range(self) -> Range:
        return Range(self.start, self.start + len(self.module.text))

    @property
    def arguments(self) -> tuple[tuple[Value, ...], ...]:
        """What the piece's own op gives to each of its regions."""
        regions = self.module.ops[0].regions if self.module.ops else ()
        return tuple(region.blocks[0].arguments if region.blocks else () for region in regions)

    def op_at(self, offset: int) -> Op | None:
        """The innermost op of the piece that holds the snapshot's offset."""
        return self.module.op_at(offset - self.start)

    def place(self, range_: Range) -> Range:
        """A range of the piece as the snapshot's."""
        return range_.shift(self.start)


def unit_at(snapshot: Snapshot, offset: int) -> Unit | None:
    """The piece around the place; None outside every op."""
    state = nesting.around(snapshot, offset)
    ops = [op for op, _ in state.regions] + ([state.last] if state.last is not None else [])
    for depth, op in enumerate(ops):
        found = nesting.span(snapshot, op, SMALL)
        if found is not None:
            return _unit(snapshot, found, depth, ops[:depth])
    return None if state.last is None else unit_of(snapshot, state.last, ops[:-1])


def unit_of(snapshot: Snapshot, op: OpMark, outer: list[OpMark]) -> Unit:
    """The op's own piece: all of it where that is small or without regions, else its head with an empty region."""
    small = nesting.span(snapshot, op, SMALL)
    if small is not None:
        return _unit(snapshot, small, len(outer), outer)
    opens = next((at for at, _ in nesting.events_after(snapshot, op.name_end)), None)
    text_end = opens if opens is not None else snapshot.length
    head = snapshot.slice(Range(op.start, text_end))
    is_region = opens is not None and snapshot.slice(Range(opens, opens + 1)) == "{"
    return _lowered(snapshot, op.start, head + "{}" if is_region else head, len(outer), outer)


def _unit(snapshot: Snapshot, range_: Range, depth: int, outer: list[OpMark]) -> Unit:
    return _lowered(snapshot, range_.start, snapshot.slice(range_), depth, outer)


def _lowered(snapshot: Snapshot, start: int, text: str, depth: int, outer: list[OpMark]) -> Unit:
    aliases = aliases_in(snapshot, start, text)
    dialect = snapshot.slice(Range(outer[-1].name_start, outer[-1].name_end)).partition(".")[0] if outer else "builtin"
    dialect = "builtin" if dialect in ("module", "func") else dialect
    return Unit(start, _module(text, tuple(aliases.items()), dialect), depth)


@lru_cache(maxsize=REMEMBERED)
def _module(text: str, aliases: tuple[tuple[str, str], ...], dialect: str) -> Module:
    return lower(text, dict(aliases), dialect)


def aliases_in(snapshot: Snapshot, offset: int, text: str) -> Mapping[str, str]:
    """The values of the aliases that the text names, and of those that these name, as the section defines them."""
    found: dict[str, str] = {}
    work = [text]
    while work:
        for name in _alias_names(work.pop()):
            body = None if name in found else alias_body(snapshot, offset, name)
            if body is not None:
                found[name] = body
                work.append(body)
    return found


def _alias_names(text: str) -> Iterator[str]:
    yield from dict.fromkeys(_ALIAS.findall(text))


def alias_place(snapshot: Snapshot, offset: int, name: str) -> int | None:
    """Where the section that holds the offset defines the alias."""
    for at in snapshot.section_chunks(snapshot.chunk_at(offset)):
        start = snapshot.chunks[at].aliases.get(name)
        if start is not None:
            return snapshot.starts[at] + start
    return None


def alias_body(snapshot: Snapshot, offset: int, name: str) -> str | None:
    """The value of the alias in the section that holds the offset."""
    place = alias_place(snapshot, offset, name)
    if place is None:
        return None
    index = snapshot.chunk_at(place)
    text = snapshot.chunks[index].ir[place - snapshot.starts[index] :]
    return _bodies(text).get(name)


@lru_cache(maxsize=REMEMBERED)
def _bodies(text: str) -> Mapping[str, str]:
    """The alias that the text begins with."""
    return lower(_first_alias(text)).aliases


_NEXT = re.compile(r"\n(?=[^ \t\n}>)\]]|[ \t]*[#!][\w$.\-]+ = )")


def _first_alias(text: str) -> str:
    end = _NEXT.search(text)
    return text[: end.start() + 1 if end is not None else len(text)]
