"""New names of edits that were made apart from each other, so that they fit into one text."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import count

from dispatch_lens.text import Edit

_NAME = re.compile(r"%[\w$.\-]+")


def names(edits: Sequence[Edit], known: Set[str]) -> set[str]:
    """The names of values in the edits' texts that are not among the known ones."""
    return {name for edit in edits for name in _NAME.findall(edit.text)} - known


def renamed(edits: Sequence[Edit], known: Set[str], taken: Set[str]) -> tuple[Edit, ...]:
    """The edits with other names for new values that are taken; `known` names stand for what they stood for."""
    new = names(edits, known)
    others: dict[str, str] = {}
    for name in sorted(new & taken):
        others[name] = _free(name, known | taken | new | set(others.values()))
    return tuple(Edit(edit.range, _NAME.sub(lambda found: others.get(found[0], found[0]), edit.text)) for edit in edits)


def _free(name: str, taken: Set[str]) -> str:
    stem = re.sub(r"_\d+$", "", name)
    tries = (f"%{i}" if stem[1:].isdigit() else f"{stem}_{i}" for i in count())
    return next(each for each in tries if each not in taken)
