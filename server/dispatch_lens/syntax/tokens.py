"""A head that is in order to its tree in one pass: tokens by one regular expression, groups by a stack of brackets.

The expression is that of the terminals of `structure.lark`, kept in `head.tokens` so that a start builds no parser; a test
holds the file and the trees against Lark's. What this does not read, `structure.py` does by Lark, which says what is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from dispatch_lens.syntax.tree import Group, Item, Leaf

FILE = Path(__file__).with_name("head.tokens")
_TOKEN = re.compile(FILE.read_text(encoding="utf-8"))
_IGNORED = frozenset(["WHITE", "COMMENT"])
_OPENERS = {
    "LPAR": ("paren", "RPAR"),
    "LSQB": ("square", "RSQB"),
    "LBRACE": ("brace", "RBRACE"),
    "LESSTHAN": ("angle", "MORETHAN"),
}
_CLOSERS = frozenset(closer for _, closer in _OPENERS.values())


def read(text: str) -> tuple[int, tuple[Item, ...]] | None:
    """The number of names before `=`, and what stands after the op's name; None where the text is not in order."""
    items: list[Item] = []
    open_groups: list[tuple[str, str, int, list[Item]]] = []
    at = 0
    for match in _TOKEN.finditer(text):
        kind, (start, end) = match.lastgroup or "", match.span()
        if start != at:
            return None
        at = end
        if kind in _IGNORED:
            continue
        if kind in _OPENERS:
            open_groups.append((*_OPENERS[kind], start, items))
            items = []
        elif kind in _CLOSERS:
            if not open_groups or open_groups[-1][1] != kind:
                return None
            name, _, begin, around = open_groups.pop()
            around.append(Group(name, tuple(items), begin, end))
            items = around
        else:
            items.append(Leaf(kind, match.group(), start, end))
    return _framed(items) if at == len(text) and not open_groups else None


def _framed(items: Sequence[Item]) -> tuple[int, tuple[Item, ...]] | None:
    """The frame of an op: `%, % =` or nothing, a name, and the rest."""
    name, results = 0, 0
    if items and items[0].kind == "USE":
        while [item.kind for item in items[name : name + 2]] == ["USE", "COMMA"]:
            name += 2
        if [item.kind for item in items[name : name + 2]] != ["USE", "EQUAL"]:
            return None
        name, results = name + 2, name // 2 + 1
    if name >= len(items) or items[name].kind not in ("WORD", "STRING"):
        return None
    return results, tuple(items[name + 1 :])
