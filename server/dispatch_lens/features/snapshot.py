"""A text as an editor holds it: chunks of whole lines, frozen; an edit makes another snapshot that shares all other chunks.

Where a chunk ends depends on the lines near its end alone, so a text has one chunking, however it came to be. What is read
of a chunk is kept with it. Nothing here costs more than a pass over the list of chunks.

What it does not know: what the lines mean, apart from where an op or a section begins.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from dispatch_lens.features.levels import Level, OpMark, by_result, level
from dispatch_lens.syntax import pasted, scanner
from dispatch_lens.text import Edit, Range

SMALLEST, USUAL, LARGEST = 1024, 4096, 16384
"""Code points: no chunk ends earlier (but at a section), an op may begin one from here on, any line from here on."""
MARK = "// -----"
HEADER = "// -----// IR Dump "
FUNCTION = r"[a-z_]+\.[a-z_.]+ (?:[a-z]+ )*@"
"""How the line of a function, an executable or a global begins behind its indentation: a regular expression."""
_ALIAS = re.compile(r"^[ \t]*([#!][\w$\-]+)[ \t]*=(?!=)", re.MULTILINE)
_FUNCTION = re.compile(rf"\n(?=(?:  )?{FUNCTION})")
_OP = re.compile(r"\n(?=[ \t]*%[\w$.\-]+(?::\d+)? = [\"a-z])")


@dataclass(frozen=True, eq=False)
class Chunk:
    """Whole lines of a text; only the last chunk of a text may end without a line end."""

    text: str

    @cached_property
    def ir(self) -> str:
        """The text with blanks in place of what a paste added to the IR, as far as these lines tell; features read this."""
        return pasted.plain(self.text)

    @cached_property
    def newlines(self) -> int:
        return self.text.count("\n")

    @cached_property
    def line_starts(self) -> Sequence[int]:
        """Where each line begins, the empty one after the last line end too."""
        return array("I", (0, *(match.end() for match in re.finditer("\n", self.text))))

    @property
    def events(self) -> tuple[scanner.Event, ...]:
        """The structure: op heads, braces of regions, labels and aliases. It is large, so it is not kept with the chunk."""
        return scanner.scan(self.ir)

    @cached_property
    def first_line(self) -> str:
        return _first_line(self.ir)

    @cached_property
    def begins_section(self) -> bool:
        """As the text is cut: what a paste added does not hide a section's mark."""
        return _is_mark(_first_line(self.text))

    @cached_property
    def level(self) -> Level:
        return level(self.events)

    @cached_property
    def results(self) -> Mapping[str, list[OpMark]]:
        """The ops that have results, by the names of these."""
        return by_result(self.level.ops, self.ir)

    @cached_property
    def aliases(self) -> Mapping[str, int]:
        """Where the chunk defines aliases, by name with its `#` or `!`."""
        if "#" not in self.ir and "!" not in self.ir:
            return {}
        return {match.group(1): match.start(1) for match in _ALIAS.finditer(self.ir)}


@dataclass(frozen=True, eq=False)
class Snapshot:
    """One version of one text. Offsets are code points from its beginning."""

    uri: str
    version: int
    chunks: tuple[Chunk, ...]

    @cached_property
    def text(self) -> str:
        """The whole text: costs a copy of it."""
        return "".join(chunk.text for chunk in self.chunks)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """Where each chunk begins, and where the last one ends."""
        return tuple(accumulate((len(chunk.text) for chunk in self.chunks), initial=0))

    @cached_property
    def first_lines(self) -> tuple[int, ...]:
        """The line (from 0) that each chunk begins with, and the last line."""
        return tuple(accumulate((chunk.newlines for chunk in self.chunks), initial=0))

    @property
    def length(self) -> int:
        return self.starts[-1]

    @property
    def line_count(self) -> int:
        return self.first_lines[-1] + 1

    def chunk_at(self, offset: int) -> int:
        """The index of the chunk that holds the code point at `offset`; at the end the last chunk."""
        return max(0, min(bisect_right(self.starts, offset), len(self.chunks)) - 1)

    def line_of(self, offset: int) -> int:
        """The line (from 0) that holds `offset`."""
        index = self.chunk_at(offset)
        return self.first_lines[index] + bisect_right(self.chunks[index].line_starts, offset - self.starts[index]) - 1

    def line_range(self, line: int) -> Range:
        """The line (from 0) without its line end; past the last line it is the end of the text."""
        if line >= self.line_count:
            return Range(self.length, self.length)
        index = max(0, min(bisect_right(self.first_lines, line), len(self.chunks)) - 1)
        chunk, base = self.chunks[index], self.starts[index]
        start = chunk.line_starts[line - self.first_lines[index]]
        end = chunk.text.find("\n", start)
        end = len(chunk.text) if end < 0 else end
        carriage = end > start and chunk.text[end - 1] == "\r"
        return Range(base + start, base + end - carriage)

    def place(self, offset: int) -> tuple[int, str]:
        """The line (from 0) that holds `offset`, and what stands before it in that line."""
        index = self.chunk_at(offset)
        chunk, within = self.chunks[index], offset - self.starts[index]
        line = bisect_right(chunk.line_starts, within) - 1
        return self.first_lines[index] + line, chunk.text[chunk.line_starts[line] : within]

    def slice(self, range_: Range) -> str:
        """The IR of a range."""
        first, last = self.chunk_at(range_.start), self.chunk_at(range_.end)
        return self._cut(range_, first, [chunk.ir for chunk in self.chunks[first : last + 1]])

    def text_of(self, range_: Range) -> str:
        """The text of a range."""
        first, last = self.chunk_at(range_.start), self.chunk_at(range_.end)
        return self._cut(range_, first, [chunk.text for chunk in self.chunks[first : last + 1]])

    def _cut(self, range_: Range, first: int, texts: list[str]) -> str:
        base = self.starts[first]
        return "".join(texts)[range_.start - base : range_.end - base]

    def line_text(self, line: int) -> str:
        return self.slice(self.line_range(line))

    @cached_property
    def section_starts(self) -> tuple[int, ...]:
        """The indices of the chunks that begin a section; the first chunk always does."""
        return (0, *(i for i, chunk in enumerate(self.chunks) if i and chunk.begins_section))

    def section_chunks(self, index: int) -> range:
        """The indices of the chunks of the section that holds chunk `index`."""
        at = bisect_right(self.section_starts, index) - 1
        after = self.section_starts[at + 1] if at + 1 < len(self.section_starts) else len(self.chunks)
        return range(self.section_starts[at], after)

    def edited(self, version: int, edit: Edit) -> Snapshot:
        """The snapshot after one edit. Costs the chunks that the edit touches and their neighbours; no other is looked at."""
        start, end = sorted((min(max(edit.range.start, 0), self.length), min(max(edit.range.end, 0), self.length)))
        first, last = self.chunk_at(start), self.chunk_at(end)
        if self._is_in_first_line(first, start):
            first = max(0, first - 1)
        base = self.starts[first]
        old = "".join(chunk.text for chunk in self.chunks[first : last + 1])
        window = old[: start - base] + edit.text + old[end - base :]
        pieces, taken = _rechunked(window, self.chunks[last + 1 :])
        return self._with(version, first, pieces, last + 1 + taken)

    def _with(self, version: int, first: int, pieces: Sequence[Chunk], after: int) -> Snapshot:
        """The snapshot with these in place of the chunks from `first` to before `after`; what it counts goes on from here."""
        made = Snapshot(self.uri, version, (*self.chunks[:first], *pieces, *self.chunks[after:]) or (Chunk(""),))
        if made.chunks[0].text:
            vars(made)["starts"] = _resumed(self.starts, first, [len(chunk.text) for chunk in pieces], after)
            vars(made)["first_lines"] = _resumed(self.first_lines, first, [chunk.newlines for chunk in pieces], after)
            vars(made)["section_starts"] = tuple(self._sections_with(first, pieces, after))
        return made

    def _sections_with(self, first: int, pieces: Sequence[Chunk], after: int) -> Iterator[int]:
        begin, end = bisect_left(self.section_starts, first), bisect_left(self.section_starts, after)
        further = first + len(pieces) - after
        yield from self.section_starts[:begin] or (0,)
        yield from (i for i, chunk in enumerate(pieces, first) if i and chunk.begins_section)
        yield from (i + further for i in self.section_starts[end:] if i + further)

    def _is_in_first_line(self, chunk: int, offset: int) -> bool:
        newline = self.chunks[chunk].text.find("\n")
        return newline < 0 or offset - self.starts[chunk] <= newline


def _resumed(sums: tuple[int, ...], first: int, terms: Sequence[int], after: int) -> tuple[int, ...]:
    """Running sums, with these terms in place of those from `first` to before `after`."""
    made = tuple(accumulate(terms, initial=sums[first]))
    return (*sums[:first], *made, *map((made[-1] - sums[after]).__add__, sums[after + 1 :]))


def snapshot(uri: str, version: int, text: str) -> Snapshot:
    """The snapshot of a text that is opened."""
    return Snapshot(uri, version, tuple(_rechunked(text, ())[0]) or (Chunk(""),))


def _rechunked(window: str, after: Sequence[Chunk]) -> tuple[list[Chunk], int]:
    """The chunks of `window` and of so many `after` it, up to where a cut falls on the beginning of one of these."""
    made: list[Chunk] = []
    borders = {len(window): 0}
    taken = start = 0
    while True:
        cut = _next_cut(window, start)
        while cut is None and taken < len(after):
            window += after[taken].text
            taken += 1
            borders[len(window)] = taken
            cut = _next_cut(window, start)
        if cut is None:
            break
        made.append(Chunk(window[start:cut]))
        start = cut
        if cut in borders:
            return made, borders[cut]
    if start < len(window):
        made.append(Chunk(window[start:]))
    return made, taken


def _next_cut(text: str, start: int) -> int | None:
    """Where the chunk that begins at `start` ends; None where the line that would tell is not whole yet."""
    match = _FUNCTION.search(text, start + SMALLEST, start + USUAL) or _OP.search(text, start + USUAL, start + LARGEST)
    cut = match.end() if match is not None else text.find("\n", start + LARGEST) + 1
    mark = _next_mark(text, start, cut or len(text))
    cut = mark if mark is not None else cut
    return cut if cut and text.find("\n", cut) >= 0 else None


def _next_mark(text: str, start: int, end: int) -> int | None:
    """The first line after the one at `start` that begins a section."""
    at = text.find(MARK, start, end)
    while at >= 0:
        line_start = text.rfind("\n", 0, at) + 1
        line_end = text.find("\n", at)
        line_end = len(text) if line_end < 0 else line_end
        if line_start > start and _is_mark(text[line_start:line_end]):
            return line_start
        at = text.find(MARK, line_end, end)
    return None


def _first_line(text: str) -> str:
    end = text.find("\n")
    return text[: end if end >= 0 else len(text)]


def _is_mark(line: str) -> bool:
    return HEADER in line or (MARK in line and pasted.bare(line).strip() == MARK)
