"""Semantic tokens: what a name is (result, argument, symbol, op, alias …), read chunk by chunk from the text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.syntax import scanner
from dispatch_lens.syntax.tree import STRING
from dispatch_lens.text import Range

KINDS = ("variable", "parameter", "function", "keyword", "macro", "type", "property", "label", "string", "number", "comment")
MODIFIERS = ("definition", "deprecated", "defaultLibrary")
_TOKEN = re.compile(
    rf"""(?P<comment>//[^\n]*)|(?P<string>{STRING})|(?P<variable>%[\w$.\-]+)(?:[:\#]\d+)?|(?P<function>@[\w$.\-]+)
      |(?P<label>\^[\w$.\-]+)|(?P<macro>[\#!][A-Za-z_][\w$.\-]*)
      |(?P<type>\b(?:tensor|memref|vector|complex|tuple|index|none|[su]?i\d+|bf16|tf32|f(?:16|32|64|80|128)|f\d+E\w+)\b(?!\s*=))
      |(?P<property>\b[A-Za-z_][\w$.]*(?=\s*=[^=]))""",
    re.VERBOSE,
)


class SemanticToken(NamedTuple):
    """A token with the indices of its kind and, as bits, of its modifiers."""

    start: int
    length: int
    kind: int
    modifiers: int


def tokens(snapshot: Snapshot, range_: Range) -> Iterator[SemanticToken]:
    """The tokens that touch the range, in text order, none over a line end."""
    for index in range(snapshot.chunk_at(range_.start), snapshot.chunk_at(range_.end) + 1):
        base = snapshot.starts[index]
        for token in _chunk_tokens(snapshot.chunks[index].ir):
            start = base + token.start
            if start + token.length > range_.start and start < range_.end:
                yield token._replace(start=start)


@lru_cache(maxsize=512)
def _chunk_tokens(text: str) -> tuple[SemanticToken, ...]:
    return tuple(sorted({token.start: token for token in (*_words(text), *_ops(text))}.values()))


def _words(text: str) -> Iterator[SemanticToken]:
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        start, end = match.span(kind)
        if kind == "variable":
            yield _value(text, start, end)
        else:
            yield SemanticToken(start, end - start, KINDS.index(kind), 0)


_DEFINES = re.compile(r"(?:[:#]\d+)?\s*(?:=(?!=)|,[^=\n(]*=(?!=))")
_ARGUMENT = re.compile(r":\s*[!A-Za-z(]")


def _value(text: str, start: int, end: int) -> SemanticToken:
    line = text.rfind("\n", 0, start) + 1
    if not text[line:start].strip(" \t%,:0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_$.-") and _DEFINES.match(
        text, end
    ):
        return SemanticToken(start, end - start, KINDS.index("variable"), 1)
    is_argument = text[end : end + 1] == ":" and _ARGUMENT.match(text, end) is not None
    return SemanticToken(start, end - start, KINDS.index("parameter" if is_argument else "variable"), int(is_argument))


def _ops(text: str) -> Iterator[SemanticToken]:
    for event in scanner.scan(text):
        if isinstance(event, scanner.Op):
            yield SemanticToken(event.name_start, event.name_end - event.name_start, KINDS.index("keyword"), 0)
