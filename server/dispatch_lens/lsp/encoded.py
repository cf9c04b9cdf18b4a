"""Semantic tokens as LSP sends them: five numbers each, lines and columns counted from the token before."""

from __future__ import annotations

from collections.abc import Sequence

from lsprotocol import types

from dispatch_lens.features import semantic_tokens
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp import convert
from dispatch_lens.text import Range

LEGEND = types.SemanticTokensLegend(list(semantic_tokens.KINDS), list(semantic_tokens.MODIFIERS))


def tokens(snapshot: Snapshot, range_: Range, encoding: str) -> list[int]:
    """The numbers for the tokens in a range."""
    start = snapshot.line_range(snapshot.line_of(range_.start)).start
    text = snapshot.slice(Range(start, max(range_.end, start)))
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
        column = convert.units(text[line_start:at], encoding)
        width = convert.units(text[at : at + token.length], encoding)
        numbers += (line - last_line, column - last_column if line == last_line else column, width, token.kind, token.modifiers)
        last_line, last_column = line, column
    return numbers


def delta(old: Sequence[int], new: Sequence[int]) -> list[types.SemanticTokensEdit]:
    """The edits that make the new numbers of the old ones: one, over what differs."""
    shorter = min(len(old), len(new))
    first = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    same = next((i for i in range(shorter - first) if old[-1 - i] != new[-1 - i]), shorter - first)
    if first == len(old) == len(new):
        return []
    return [types.SemanticTokensEdit(start=first, delete_count=len(old) - first - same, data=list(new[first : len(new) - same]))]
