"""What can be folded: sections, regions, runs of constants and of aliases, long lines' literals aside."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import NamedTuple, TypeAlias

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.syntax import scanner

_CONSTANT = re.compile(r"[ \t]*%[\w$.\-]+ = (?:arith\.constant|util\.global\.load|flow\.tensor\.constant)\b")
_ALIAS = re.compile(r"[#!][\w$\-]+[ \t]*=")
_GLOBAL = re.compile(r"[ \t]*(?:util|ml_program|flow|stream|hal)\.(?:global|variable)\b")


class Fold(NamedTuple):
    """Lines from 0, both of which are folded but for the first one's text. `kind` is region, imports or comment."""

    first: int
    last: int
    kind: str


def folds(snapshot: Snapshot) -> tuple[Fold, ...]:
    """Everything that can be folded, by first line."""
    return tuple(sorted({*_sections(snapshot), *_regions(snapshot), *_runs(snapshot)}))


def _sections(snapshot: Snapshot) -> Iterator[Fold]:
    for start in snapshot.section_starts:
        chunks = snapshot.section_chunks(start)
        first, last = snapshot.first_lines[chunks.start], snapshot.first_lines[chunks.stop] - 1
        if snapshot.chunks[start].begins_section and last > first:
            yield Fold(first, last, "region")


def _regions(snapshot: Snapshot) -> Iterator[Fold]:
    for start in snapshot.section_starts:
        pairs = _pairs(_braces(snapshot, snapshot.section_chunks(start)))
        yield from (Fold(first, last - 1, "region") for first, last in pairs if last - 1 > first)


_Brace: TypeAlias = tuple[int, scanner.Open | scanner.Close]
"""A brace of a region and its line."""


def _pairs(braces: Iterable[_Brace]) -> Iterator[tuple[int, int]]:
    """The lines of the braces that belong together."""
    opened: list[int] = []
    for line, brace in braces:
        if isinstance(brace, scanner.Open):
            opened.append(line)
        elif opened:
            yield opened.pop(), line


def _braces(snapshot: Snapshot, chunks: Iterable[int]) -> Iterator[_Brace]:
    for at in chunks:
        text, line, place = snapshot.chunks[at].ir, snapshot.first_lines[at], 0
        for event in snapshot.chunks[at].events:
            if isinstance(event, (scanner.Open, scanner.Close)):
                line += text.count("\n", place, event.at)
                place = event.at
                yield line, event


def _runs(snapshot: Snapshot) -> Iterator[Fold]:
    """Three lines or more of one kind in a row: constants, aliases (targets are among them), globals."""
    first = 0
    for kind, run in groupby(_line_kinds(snapshot)):
        after = first + sum(1 for _ in run)
        if kind is not None and after - first >= 3:
            yield Fold(first, after - 1, "imports")
        first = after


def _line_kinds(snapshot: Snapshot) -> Iterator[re.Pattern[str] | None]:
    """For each line the expression that it is a run of, if any."""
    for chunk in snapshot.chunks:
        for text in chunk.ir.split("\n")[: chunk.newlines]:
            yield next((one for one in (_CONSTANT, _ALIAS, _GLOBAL) if one.match(text)), None)
