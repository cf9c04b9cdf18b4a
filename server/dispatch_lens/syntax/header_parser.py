"""The Lark parser of the lines that MLIR prints before the IR of a pass, built at first use."""

from __future__ import annotations

from functools import lru_cache

from lark import Lark, Token
from lark.exceptions import UnexpectedInput

import mlir_grammar


def tokens(line: str) -> list[tuple[str, str]] | None:
    """The kind and text of each token of a header, in text order; None for a line of no known form."""
    try:
        tree = _lark().parse(line)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput:
        return None
    return [(token.type, str(token)) for token in tree.scan_values(_is_token)]


def _is_token(item: object) -> bool:
    return isinstance(item, Token)


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(mlir_grammar.text("dump"), start="header", parser="lalr", lexer="contextual")
