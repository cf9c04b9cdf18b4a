"""Where a rewrite applies in a large text, cut out as a small program that compiles, before and after.

What changes is cut out; where the rewrite does not see its pattern in that, with what reads it, and with what it reads. Programs
that only differ in names are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from dispatch_lens import rewrites
from dispatch_lens.ir import uses
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import extract, rounds
from dispatch_lens.rewrites.rewrite import Refused
from dispatch_lens.text import apply_edits

Pair = tuple[str, str, str]
"""The rewrite's name, the text before, the text after."""
_NAME = re.compile(r"%[\w$.\-]+|#map\w*")


class Places:
    """The places of many texts, each once; those that could not be cut out are counted by their rewrites."""

    def __init__(self) -> None:
        self.seen: set[tuple[str, ...]] = set()
        self.uncut: list[str] = []

    def of(self, text: str) -> Iterator[Pair]:
        for application in rounds.applications(lower(text), rewrites.ALL):
            key = (application.rewrite.name, *(_nameless(op.text) for op in rounds.touched(application)))
            if key not in self.seen:
                self.seen.add(key)
                yield from self._cut(application)

    def _cut(self, application: rounds.Application) -> Iterator[Pair]:
        for ops in _wider(application):
            cut = extract.module_of(ops, ()) if ops else Refused("nothing stands there")
            made = [] if isinstance(cut, Refused) else list(rounds.applications(lower(cut.text), [application.rewrite]))
            if made and not isinstance(cut, Refused):
                for each in made:
                    yield application.rewrite.name, cut.text, apply_edits(cut.text, each.outcome.edits)
                return
        self.uncut.append(application.rewrite.name)


def _wider(application: rounds.Application) -> Iterator[list[Op]]:
    """The ops that change, then with their readers, then with what they read."""
    found = [op for op in rounds.touched(application) if not op.is_terminator]
    for _ in range(2):
        yield found
        found = _ordered([*found, *(reader for op in found for reader in uses.consumers(op))])
        yield found
        found = _ordered([*found, *(maker for op in found for maker in uses.producers(op))])
    yield found


def _ordered(ops: Iterable[Op]) -> list[Op]:
    """The ops of the first one's block, each once, in text order."""
    kept = dict.fromkeys(ops)
    block = next(iter(kept)).block if kept else None
    return sorted((op for op in kept if op.block is block and not op.is_terminator), key=lambda op: op.range.start)


def _nameless(text: str) -> str:
    """The text with values and maps numbered in the order in which they come."""
    numbers: dict[str, str] = {}
    return _NAME.sub(lambda found: numbers.setdefault(found[0], f"%{len(numbers)}"), text)
