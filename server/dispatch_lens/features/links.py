"""Links in a text: files that locations name, and pages of rules that a comment ignores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import NamedTuple

from dispatch_lens import rules
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.text import Range

_FILE = re.compile(r'"(?P<file>[^"\n]+)":(?P<line>\d+):\d+')
_IGNORED = re.compile(r"dispatch-lens:\s*ignore\[([^\]\n]*)\]")
_RULE = re.compile(r"[a-z][a-z\-]*")
MOST = 2000


class Link(NamedTuple):
    """A range that leads to a file, as the location spells it (with a line from 1), or to the page of a rule."""

    range: Range
    file: str | None
    line: int | None
    rule: str | None


def links(snapshot: Snapshot) -> tuple[Link, ...]:
    """The links of a text, `MOST` at most."""
    return tuple(islice(_links(snapshot), MOST))


def _links(snapshot: Snapshot) -> Iterator[Link]:
    for chunk, base in zip(snapshot.chunks, snapshot.starts):
        if '":' in chunk.text:
            yield from _file_links(chunk.text, base)
        if "dispatch-lens:" in chunk.text:
            yield from _rule_links(chunk.text, base)


def _file_links(text: str, base: int) -> Iterator[Link]:
    for match in _FILE.finditer(text):
        yield Link(Range(*match.span("file")).shift(base), match.group("file"), int(match.group("line")), None)


def _rule_links(text: str, base: int) -> Iterator[Link]:
    for match in _IGNORED.finditer(text):
        for name in _RULE.finditer(text, match.start(1), match.end(1)):
            if rules.by_name(name.group()) is not None:
                yield Link(Range(*name.span()).shift(base), None, None, name.group())
