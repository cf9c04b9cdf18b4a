"""The Lark parser of MLIR's value layer: types, attributes, affine maps. Text in, trees or one problem out.

One LALR parser for all starts, built at first use. It knows the spelling only; what a tree means, and the checks that
need meaning (an undeclared dim, a shape that does not fit), are in `ir`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, TypeAlias

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

import mlir_grammar

Start: TypeAlias = Literal["type", "attr", "map"]

GRAMMAR_FILES = ("types", "attributes", "affine")


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
    rule = start if start != "map" else "affine_map" if text.lstrip().startswith("affine_map") else "affine_map_body"
    try:
        return _lark().parse(text, start=rule)
    except UnexpectedInput as unexpected:
        raise _rejected(text, unexpected) from None


def use_table_cache(path: str) -> None:
    """Keep the parser tables in this file from now on, so that the next process need not build them."""
    _table_cache[:] = [path]
    _lark.cache_clear()


_table_cache: list[str] = []


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(
        mlir_grammar.text(*GRAMMAR_FILES),
        parser="lalr",
        lexer="contextual",
        start=["type", "attr", "affine_map", "affine_map_body"],
        propagate_positions=True,
        maybe_placeholders=True,
        cache=_table_cache[0] if _table_cache else False,
    )


def _rejected(text: str, unexpected: UnexpectedInput) -> Rejected:
    if isinstance(unexpected, UnexpectedToken):
        at_end = unexpected.token.type == "$END"
        offset = len(text) if at_end else unexpected.token.start_pos or 0
        names = unexpected.accepts or unexpected.expected
    elif isinstance(unexpected, UnexpectedCharacters):
        offset, names = unexpected.pos_in_stream, unexpected.allowed
    elif isinstance(unexpected, UnexpectedEOF):
        offset, names = len(text), unexpected.expected
    else:
        offset, names = unexpected.pos_in_stream or 0, ()
    return Rejected(offset, "expected " + _in_words(frozenset(names or ())) + _inside(text[:offset]))


_PUNCTUATION = {
    "LESSTHAN": "'<'", "MORETHAN": "'>'", "COMMA": "','", "COLON": "':'", "LPAR": "'('", "RPAR": "')'",
    "LSQB": "'['", "RSQB": "']'", "LBRACE": "'{'", "RBRACE": "'}'", "EQUAL": "'='", "PLUS": "'+'", "MINUS": "'-'",
    "STRING": "a string", "INTEGER": "an integer", "FLOAT_LITERAL": "a number", "IDENTIFIER": "a name",
    "DYNAMIC": "'?'", "BOOL": "'true' or 'false'", "SYMBOL": "a symbol '@name'", "$END": "the end of the text",
    "AFFINE_PRODUCT_OP": "an operator", "AFFINE_COMPARISON": "'>=', '<=' or '=='", "OFFSET": "'offset'",
    "STATIC_DIM": "a dim", "DYNAMIC_DIM": "a dim", "SCALABLE_DIM": "a dim", "_UNRANKED": "a dim",
}  # fmt: skip
_TYPE_START = "INTEGER_TYPE"
_ATTRIBUTE_START = "ATTR_ALIAS"
_CLOSERS = ("'>'", "')'", "']'", "'}'")


def _in_words(names: frozenset[str]) -> str:
    if _ATTRIBUTE_START in names:
        words = {"an attribute"}
    elif _TYPE_START in names:
        words = {"a type"} | {"a dim" for n in names if n.endswith("_DIM")}
    else:
        words = {_PUNCTUATION.get(n) or ("'->'" if n.startswith("__ANON") else f"'{n.lower()}'") for n in names}
    closers = {_PUNCTUATION[n] for n in names if _PUNCTUATION.get(n) in _CLOSERS}
    ordered = sorted(words - closers) + sorted(closers)
    if not ordered:
        return "nothing more"
    return ordered[0] if len(ordered) == 1 else ", ".join(ordered[:-1]) + " or " + ordered[-1]


_NAMES = {
    "tensor<": "a tensor type", "vector<": "a vector type", "memref<": "a memref type", "tuple<": "a tuple type",
    "complex<": "a complex type", "affine_map<": "an affine map", "affine_set<": "an affine set",
    "dense<": "a dense attribute", "array<": "a dense array", "dense_resource<": "a dense resource",
    "sparse<": "a sparse attribute", "strided<": "a strided layout", "opaque<": "an opaque attribute",
}  # fmt: skip
_OPENERS = {">": "<", ")": "(", "]": "[", "}": "{"}


def _inside(before: str) -> str:
    """` in a tensor type` for the innermost construct that is open at the end of `before`."""
    opened: list[str] = []
    for index, character in enumerate(before):
        if character == "<":
            word = before[:index].rstrip()
            name = next((n for k, n in _NAMES.items() if word.endswith(k[:-1])), "")
            opened.append(name)
        elif character == ">" and before[index - 1 : index] != "-" and opened:
            opened.pop()
    return f" in {opened[-1]}" if opened and opened[-1] else ""
