"""What can be folded: sections, regions, runs of constants and of aliases, long lines' literals aside."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.syntax import outline

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
    opened: list[int] = []
    for at, chunk in enumerate(snapshot.chunks):
        opened = [] if chunk.begins_section else opened
        line, place = snapshot.first_lines[at], 0
        for event in chunk.events:
            if not isinstance(event, (outline.Open, outline.Close)):
                continue
            line += chunk.text.count("\n", place, event.at)
            place = event.at
            if isinstance(event, outline.Open):
                opened.append(line)
            elif opened:
                first = opened.pop()
                if line - 1 > first:
                    yield Fold(first, line - 1, "region")


def _runs(snapshot: Snapshot) -> Iterator[Fold]:
    """Three lines or more of one kind in a row: constants, aliases (targets are among them), globals."""
    kind, first, line = None, 0, 0
    for chunk in snapshot.chunks:
        for text in chunk.text.split("\n")[: chunk.newlines]:
            found = next((one for one in (_CONSTANT, _ALIAS, _GLOBAL) if one.match(text)), None)
            if found is not kind:
                if kind is not None and line - first >= 3:
                    yield Fold(first, line - 1, "imports")
                kind, first = found, line
            line += 1
    if kind is not None and line - first >= 3:
        yield Fold(first, line - 1, "imports")
