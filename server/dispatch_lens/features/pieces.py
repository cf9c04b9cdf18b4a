"""A section cut into pieces that are lowered each by itself: its functions and executables, and the text around them.

What an edit leaves as it was is found by its text, so a reading after an edit costs the pieces that it touched. A section is
one piece where something holds its ops together: names of values, aliases among them, or braces that do not fit.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from dispatch_lens.ir.lower import ISOLATED, lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.syntax import outline, scanner
from dispatch_lens.text import Range

REMEMBERED_TEXT = 3_000_000
"""Code points of text whose IR is kept for other versions and documents: the IR of a text takes twenty times its size."""
_DEFINITION = re.compile(r"(?:  )?([a-z_]+\.[a-z_.]+) (?:[a-z]+ )*@")
_ALIAS = re.compile(r"^[#!]", re.MULTILINE)
_Aliases: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, eq=False)
class Piece:
    """A lowered piece of a text; add `start` to its offsets for the text's."""

    start: int
    module: Module


def pieces(text: str) -> tuple[Piece, ...]:
    """The pieces of a section in text order, the text around the others last."""
    spans = list(_spans(text))
    if len(spans) < 2 or any(_ALIAS.search(text, *span) for span in spans):
        return (Piece(0, whole(text)),)
    around = lower(_without(text, spans))
    aliases = tuple(around.aliases.items())
    seen: Counter[str] = Counter()
    found: list[Piece] = []
    for start, end in spans:
        body = text[start:end]
        found.append(Piece(start, _remembered(len(text), body, aliases, seen[body])))
        seen[body] += 1
    if len(text) > REMEMBERED_TEXT:
        scanner.sketch.cache_clear()
    if around.problems or not all(map(_stands_around, around.walk())) or not all(_stands_alone(one.module) for one in found):
        return (Piece(0, whole(text)),)
    return (*found, Piece(0, around))


def whole(text: str) -> Module:
    """The IR of a section in one."""
    return _remembered(len(text), text)


def _spans(text: str) -> Iterator[Range]:
    """The stretches that each begin with a definition and end where its regions do."""
    depth = around = 0
    begin: int | None = None
    course = _course if len(text) > REMEMBERED_TEXT else _remembered_course
    for start, end in outline.chunk_ranges(text):
        closes, net = course(text[start:end])
        if begin is None and _begins_definition(text, start):
            begin, around = start, depth
        if begin is not None and depth - closes < around:
            yield Range(begin, start + _close(text[start:end], depth - around))
            begin = None
        depth += net
        if begin is not None and depth == around:
            yield Range(begin, end)
            begin = None


def _begins_definition(text: str, at: int) -> bool:
    found = _DEFINITION.match(text, at)
    return found is not None and found[1] in ISOLATED and found[1] != "builtin.module"


def _course(chunk: str) -> tuple[int, int]:
    """How many regions that are open before the chunk end in it, and by how many more are open behind it."""
    depth = lowest = 0
    for event in scanner.sketch(chunk):
        depth += (type(event) is scanner.Open) - (type(event) is scanner.Close)
        lowest = min(lowest, depth)
    return -lowest, depth


_remembered_course = lru_cache(maxsize=8192)(_course)


def _close(chunk: str, depth: int) -> int:
    """Where the chunk ends the region that is `depth` regions further out than its beginning."""
    for event in scanner.sketch(chunk):
        depth += (type(event) is scanner.Open) - (type(event) is scanner.Close)
        if depth < 0 and type(event) is scanner.Close:
            return event.at
    return len(chunk)


def _without(text: str, spans: Sequence[Range]) -> str:
    """The text with a comment of the same length in place of each span, without spaces, where an op might begin."""
    kept: list[str] = []
    at = 0
    for start, end in spans:
        kept += text[at:start], "/" * (end - start - 1), "\n"
        at = end
    return "".join([*kept, text[at:]])


def _stands_around(op: Op) -> bool:
    return op.name == "builtin.module" or not op.regions


def _stands_alone(module: Module) -> bool:
    """Whether no name of a value goes into the piece or out of it."""
    return all(op.name in ISOLATED or not (op.results or op.operands or op.regions) for op in module.ops)


class _Memory:
    """What was lowered, the piece that was asked for last at the end."""

    def __init__(self) -> None:
        self._modules: dict[tuple[str, _Aliases, int], Module] = {}
        self._size = 0

    def module(self, text: str, aliases: _Aliases, which: int) -> Module:
        key = (text, aliases, which)
        found = self._modules.pop(key, None)
        if found is None:
            found = _lowered(text, aliases)
            self._size += len(text)
        self._modules[key] = found
        while self._size > REMEMBERED_TEXT:
            oldest = next(iter(self._modules))
            del self._modules[oldest]
            self._size -= len(oldest[0])
        return found


_MEMORY = _Memory()


def _remembered(of: int, text: str, aliases: _Aliases = (), which: int = 0) -> Module:
    """The IR of a piece, `which` of those that are equal, of a section of so many code points."""
    return _lowered(text, aliases) if of > REMEMBERED_TEXT else _MEMORY.module(text, aliases, which)


def _lowered(text: str, aliases: _Aliases) -> Module:
    return lower(text, dict(aliases))
