"""Semantic tokens as LSP sends them: five numbers each, lines and columns counted from the token before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dispatch_lens.features import semantic_tokens
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp import columns
from dispatch_lens.text import Range


def tokens(snapshot: Snapshot, range_: Range, encoding: str) -> list[int]:
    """The numbers for the tokens in a range."""
    start = snapshot.line_range(snapshot.line_of(range_.start)).start
    text = snapshot.text_of(Range(start, max(range_.end, start)))
    line, line_start = snapshot.line_of(start), 0
    last_line, last_column = 0, 0
    numbers: list[int] = []
    for token in semantic_tokens.tokens(snapshot, range_):
        at = token.start - start
        if at < line_start or at + token.length > len(text):
            continue
        newlines = text.count("\n", line_start, at)
        if newlines:
            line, line_start = line + newlines, text.rfind("\n", line_start, at) + 1
        column = columns.units(text[line_start:at], encoding)
        width = columns.units(text[at : at + token.length], encoding)
        numbers += (line - last_line, column - last_column if line == last_line else column, width, token.kind, token.modifiers)
        last_line, last_column = line, column
    return numbers


class Change(NamedTuple):
    """`deleted` numbers from `start` on are replaced by `numbers`."""

    start: int
    deleted: int
    numbers: list[int]


def delta(old: Sequence[int], new: Sequence[int]) -> Change | None:
    """The change that makes the new numbers of the old ones; None where they are equal."""
    shorter = min(len(old), len(new))
    first = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    same = next((i for i in range(shorter - first) if old[-1 - i] != new[-1 - i]), shorter - first)
    if first == len(old) == len(new):
        return None
    return Change(first, len(old) - first - same, list(new[first : len(new) - same]))
