"""A section to ops, regions and blocks: the events of its chunks, nested. Linear, cannot fail.

A dump that repeats a function pays for its scan once. What it does not know: what an op means, where its operands are, and
whether its text is right. `parse.py` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

from dispatch_lens.syntax import scanner

_CHUNK_CUT = re.compile(rf"\n(?=[ \t]*{scanner.RESULTS}[\"a-z]| {{0,2}}[a-z_]+\.[a-z_.]+ [^=\n]*@)")
_TOP_CUT = re.compile(r"\n(?=(?:  )?[a-z_]+\.[a-z_.]+ (?:[a-z]+ )*@)")
CHUNK_SIZE = 16_384
DEEPEST = 100
"""How deep regions may nest, and brackets in a head. What is deeper is kept as text: IR of a compiler stays far below."""


@dataclass(slots=True, eq=False)
class Block:
    """A block: its label's range (empty for an entry block without one) and its ops."""

    start: int
    label_end: int
    ops: list[Frame] = field(default_factory=list["Frame"])


@dataclass(slots=True, eq=False)
class Region:
    """A region from its `{` to after its `}`; `end` is -1 while it is open."""

    start: int
    end: int = -1
    blocks: list[Block] = field(default_factory=list[Block])

    def has_labelled_arguments(self, section: str) -> bool:
        """Whether a label gives the first block its arguments."""
        entry = self.blocks[0]
        return "(" in section[entry.start : entry.label_end]


@dataclass(eq=False)
class PlainRegion:
    """A region that is a plain body of `section`, inside `depth` others. Its blocks are outlined when somebody asks."""

    start: int
    end: int
    section: str = field(repr=False)
    depth: int

    def has_labelled_arguments(self, section: str) -> bool:
        """Whether the label has arguments."""
        return section.find("(", self.start, section.index(":", self.start, self.end)) >= 0

    @cached_property
    def blocks(self) -> list[Block]:
        builder = _Builder(self.section, self.depth)
        owner = builder.last = Frame(self.start, self.start, self.start, self.depth)
        builder.add(0, tuple(scanner.inside(self.section, scanner.Body(self.start, self.end))))
        return owner.regions[0].blocks


@dataclass(slots=True, eq=False)
class Frame:
    """An op in the outline. Offsets are the section's own; `end` is after the last region or the last word."""

    start: int
    name_start: int
    name_end: int
    depth: int
    end: int = -1
    regions: Sequence[Region | PlainRegion] = ()


class Flaw(NamedTuple):
    """A brace that does not fit: its offset and what is wrong with it, in plain words."""

    at: int
    message: str


@dataclass(slots=True, eq=False)
class Outline:
    """A section's ops, aliases and unbalanced braces, in text order."""

    ops: list[Frame]
    aliases: list[scanner.Alias]
    flaws: list[Flaw]

    def walk(self) -> Iterator[Frame]:
        """Every op, an op before the ops inside it."""
        return walk(self.ops)


def walk(ops: list[Frame]) -> Iterator[Frame]:
    """Every op of `ops` in text order, an op before the ops inside it."""
    stack = [iter(ops)]
    while stack:
        frame = next(stack[-1], None)
        if frame is None:
            stack.pop()
            continue
        yield frame
        for region in reversed(frame.regions):
            stack.extend(iter(block.ops) for block in reversed(region.blocks))


def outline(text: str) -> Outline:
    """The ops of one section. Linear in the text; text that repeats an earlier chunk is not scanned again."""
    builder = _Builder(text)
    for start, end in chunk_ranges(text):
        builder.add(start, scanner.sketch(text[start:end]))
    return builder.finish()


def chunk_ranges(text: str) -> Iterator[tuple[int, int]]:
    """Cuts a section into chunks of whole lines, each beginning with an op: at functions, then about every 16 KB."""
    cuts = [0, *(match.start() + 1 for match in _TOP_CUT.finditer(text)), len(text)]
    for start, end in pairwise(cuts):
        yield from _even_chunks(text, start, end)


def _even_chunks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > 2 * CHUNK_SIZE:
        cut = _CHUNK_CUT.search(text, start + CHUNK_SIZE, end)
        if cut is None:
            break
        yield start, cut.start() + 1
        start = cut.start() + 1
    if end > start:
        yield start, end


class _Builder:
    """Nests the events of the chunks of a section, or of a region that is inside `depth` others."""

    def __init__(self, text: str, depth: int = 0) -> None:
        self.text = text
        self.depth = depth
        self.ops: list[Frame] = []
        self.aliases: list[scanner.Alias] = []
        self.flaws: list[Flaw] = []
        self.stack: list[tuple[Region, list[Frame], Frame | None]] = []
        self.siblings = self.ops
        self.last: Frame | None = None
        self.unread = 0

    def add(self, base: int, events: tuple[scanner.Event | scanner.Body, ...]) -> None:
        for event in events:
            if self.unread:
                self.unread += (type(event) is scanner.Open) - (type(event) is scanner.Close)
            elif type(event) is scanner.Op:
                self.op(base, event)
            elif type(event) is scanner.Open:
                self.open(base + event.at)
            elif type(event) is scanner.Close:
                self.close(base + event.at)
            elif type(event) is scanner.Body:
                self.body(base + event.start, base + event.end)
            elif type(event) is scanner.Label:
                self.label(base, event)
            elif type(event) is scanner.Alias:
                self.seal(base + event.start)
                self.aliases.append(scanner.Alias(base + event.start, base + event.name_end))
            else:
                self.flaws.append(Flaw(base + event[0], "this '{' is never closed"))

    def op(self, base: int, event: scanner.Op) -> None:
        start, name_start, name_end = event
        if self.last is not None:
            self.last.end = base + start
        self.last = Frame(base + start, base + name_start, base + name_end, self.depth + len(self.stack))
        self.siblings.append(self.last)

    def seal(self, at: int) -> None:
        """The op that was being read ends before `at`."""
        last = self.last
        if last is not None:
            last.end = at
            self.last = None

    def open(self, at: int) -> None:
        if self.last is None:
            self.last = Frame(at, at, at, len(self.stack))
            self.siblings.append(self.last)
            self.flaws.append(Flaw(at, "a region without an op before it"))
        if len(self.stack) == DEEPEST:
            self.flaws.append(Flaw(at, f"what is nested more than {DEEPEST} regions deep is not read"))
            self.unread = 1
            return
        region = Region(at)
        self.last.regions = [*self.last.regions, region]
        self.stack.append((region, self.siblings, self.last))
        block = Block(at + 1, at + 1)
        region.blocks.append(block)
        self.siblings = block.ops
        self.last = None

    def body(self, start: int, end: int) -> None:
        if self.last is None or len(self.stack) == DEEPEST:
            self.add(0, tuple(scanner.inside(self.text, scanner.Body(start, end))))
            return
        self.last.regions = [*self.last.regions, PlainRegion(start, end, self.text, self.depth + len(self.stack))]

    def close(self, at: int) -> None:
        self.seal(at)
        if not self.stack:
            self.flaws.append(Flaw(at, "this '}' closes nothing"))
            return
        region, self.siblings, self.last = self.stack.pop()
        region.end = at + 1

    def label(self, base: int, event: scanner.Label) -> None:
        self.seal(base + event.start)
        if not self.stack:
            return
        blocks = self.stack[-1][0].blocks
        block = Block(base + event.start, base + event.end)
        if len(blocks) == 1 and not blocks[0].ops and blocks[0].start == blocks[0].label_end:
            blocks[0] = block
        else:
            blocks.append(block)
        self.siblings = block.ops

    def finish(self) -> Outline:
        end = len(self.text)
        self.seal(end)
        for region, _, owner in reversed(self.stack):
            region.end = end
            if owner is not None:
                owner.end = end
        if self.stack:
            innermost = self.stack[-1][0]
            self.flaws.append(Flaw(_never_closed(self.text, innermost), f"this '{{' is never closed{_nor(len(self.stack) - 1)}"))
        return Outline(self.ops, self.aliases, self.flaws)


def _nor(around: int) -> str:
    """That the braces around one, of a text that is cut there, are not closed either."""
    return ("", ", nor is the one around it")[around] if around < 2 else f", nor are the {around} around it"


def _never_closed(text: str, region: Region) -> int:
    """The brace that lacks its own, where the region took another's: the innermost that is closed further out than it opens."""
    inner = (one for block in region.blocks for frame in walk(block.ops) for one in frame.regions)
    return max((one.start for one in inner if _closes_further_out(text, one.start, one.end - 1)), default=region.start)


def _closes_further_out(text: str, start: int, end: int) -> bool:
    """Whether a brace on a line of its own stands left of where the line of the opening one begins."""
    before = text[text.rfind("\n", 0, end) + 1 : end]
    line = text[text.rfind("\n", 0, start) + 1 : start]
    return not before.strip() and len(before) < len(line) - len(line.lstrip())
