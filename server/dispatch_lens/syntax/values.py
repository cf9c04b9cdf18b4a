"""MLIR's value layer: types, attributes, affine maps. Text in, trees or one problem out.

It knows the spelling only; what a tree means, and the checks that need meaning (an undeclared dim, a shape that does not fit),
are in `ir`. The parser, `value_parser.py`, is loaded for the first text that asks for it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from lark import Token, Tree

Start: TypeAlias = Literal["type", "attr", "map"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a text, and the offset in it, in characters."""

    offset: int
    message: str


class Rejected(ValueError):
    """Raised for a text that MLIR would not accept; carries the problem."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.problem = Problem(offset, message)


def parse(start: Start, text: str) -> Tree[Token]:
    """The tree of one whole text, with positions. Raises Rejected."""
    from dispatch_lens.syntax import value_parser

    rule = start if start != "map" else "affine_map" if text.lstrip().startswith("affine_map") else "affine_map_body"
    return value_parser.parse(rule, text)


def trees(of: Tree[Token]) -> list[Tree[Token]]:
    """The trees right below a tree."""
    return [child for child in of.children if not isinstance(child, str | None)]


def tokens(of: Tree[Token]) -> list[Token]:
    """The tokens right below a tree."""
    return [child for child in of.children if isinstance(child, str)]
