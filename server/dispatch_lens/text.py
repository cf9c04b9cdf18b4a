"""Positions and edits. Offsets are code points of a Python string; lines and columns exist only at the rim.

MLIR counts lines and columns from 1, and columns in UTF-8 bytes; editors count from 0, and in UTF-16 units unless another
encoding was agreed on.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple


class Range(NamedTuple):
    """The code points from `start` up to, not including, `end`."""

    start: int
    end: int

    def shift(self, offset: int) -> Range:
        return Range(self.start + offset, self.end + offset)

    def contains(self, offset: int) -> bool:
        return self.start <= offset <= self.end


class Edit(NamedTuple):
    """Replaces the text at `range`."""

    range: Range
    text: str


class Position(NamedTuple):
    """A place as MLIR prints it: 1-based line, 1-based column in UTF-8 bytes."""

    line: int
    column: int


@dataclass(frozen=True)
class LineIndex:
    """Offsets of one text to lines and back."""

    text: str

    @cached_property
    def starts(self) -> list[int]:
        starts = [0]
        find = self.text.find
        at = find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = find("\n", at + 1)
        return starts

    def line_of(self, offset: int) -> int:
        """The 0-based line that holds `offset`."""
        return bisect_right(self.starts, offset) - 1

    def line_text(self, line: int) -> str:
        """The 0-based `line` without its line end."""
        end = self.starts[line + 1] if line + 1 < len(self.starts) else len(self.text)
        return self.text[self.starts[line] : end].rstrip("\r\n")

    def position(self, offset: int) -> Position:
        line = self.line_of(offset)
        before = self.text[self.starts[line] : offset]
        width = len(before) if before.isascii() else len(before.encode())
        return Position(line + 1, width + 1)

    def offset(self, line: int, column: int) -> int:
        """The offset of a 1-based line and 1-based UTF-8 column; past the end of a line it is the line's end."""
        if line < 1 or line > len(self.starts):
            return len(self.text)
        content = self.line_text(line - 1)
        wanted = max(column - 1, 0)
        if content.isascii():
            return self.starts[line - 1] + min(wanted, len(content))
        return self.starts[line - 1] + len(content.encode()[:wanted].decode(errors="ignore"))


def apply_edits(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits made. Edits must not overlap; the order they come in does not matter."""
    pieces: list[str] = []
    at = 0
    for edit in sorted(edits):
        if edit.range.start < at:
            raise ValueError(f"overlapping edits at offset {edit.range.start}")
        pieces += [text[at : edit.range.start], edit.text]
        at = edit.range.end
    return "".join([*pieces, text[at:]])
