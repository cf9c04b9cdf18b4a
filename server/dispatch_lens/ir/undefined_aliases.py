"""Aliases that are used and defined nowhere, where the compiler would be sure: in a text that defines others and is whole.

A snippet may lack the lines above it, and a function that is printed alone its aliases.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping

from dispatch_lens.ir.module import Module, Op, Problem
from dispatch_lens.syntax.tree import STRING
from dispatch_lens.text import Range

_USE = re.compile(r"[#!](?!loc)[A-Za-z_][\w$\-]*(?![\w$.\-<])")
_STRING = re.compile(STRING)


def in_op(op: Op) -> Iterator[Problem]:
    """The aliases that the op's own text names and nothing defines."""
    if not is_whole(op.module):
        return
    for leaf in op.shape.leaves:
        if leaf.kind in ("TYPE", "ATTRIBUTE"):
            for start, end, message in undefined(leaf.text, op.module.aliases):
                at = op.head.offset(leaf.start)
                yield Problem(Range(at + start, at + end), message)


def is_whole(module: Module) -> bool:
    """Whether all that the text names should stand in it."""
    return bool(module.aliases) and not module.free_values


def undefined(text: str, aliases: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """The names of aliases in the text of a type or attribute that are not defined: where, and the words."""
    if "#" not in text and "!" not in text:
        return
    clear = _STRING.sub(lambda found: " " * len(found.group()), text) if '"' in text else text
    for match in _USE.finditer(clear):
        name = match.group()
        if name not in aliases and any(other[0] == name[0] for other in aliases):
            closest = difflib.get_close_matches(name, list(aliases), n=1, cutoff=0.6)
            hint = f"; did you mean `{closest[0]}`?" if closest else ""
            yield *match.span(), f"the alias `{name}` is not defined in this text{hint}"
