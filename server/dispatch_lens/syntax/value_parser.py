"""The Lark parser of types, attributes and affine maps: one LALR parser for all starts, built at first use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

import mlir_grammar
from dispatch_lens.syntax import tables
from dispatch_lens.syntax.values import Rejected

GRAMMAR_FILES = ("types", "attributes", "affine")


def parse(rule: str, text: str) -> Tree[Token]:
    """The tree of one whole text by a start rule, with positions. Raises Rejected."""
    try:
        return _lark().parse(text, start=rule)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as unexpected:
        raise _rejected(text, unexpected) from None


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(
        mlir_grammar.text(*GRAMMAR_FILES),
        parser="lalr",
        lexer="contextual",
        start=["type", "attr", "affine_map", "affine_map_body"],
        propagate_positions=True,
        maybe_placeholders=True,
        cache=tables.file("values"),
    )


def _rejected(text: str, unexpected: UnexpectedInput) -> Rejected:
    offset: int = unexpected.pos_in_stream or 0  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
    names: Iterable[str] = ()
    if isinstance(unexpected, UnexpectedToken):
        names = unexpected.accepts or unexpected.expected
        offset = len(text) if unexpected.token == "" else offset  # pyright: ignore[reportUnknownMemberType]
    elif isinstance(unexpected, UnexpectedCharacters):
        names = unexpected.allowed
    bracket, construct = _innermost(text[:offset])
    return Rejected(offset, f"expected {_in_words(frozenset(names or ()), bracket)}{construct}")


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
_CLOSERS = {"<": "'>'", "(": "')'", "[": "']'", "{": "'}'"}


def _in_words(names: frozenset[str], bracket: str) -> str:
    """The terminals in plain words, without the closing brackets that do not close the innermost open `bracket`."""
    if _ATTRIBUTE_START in names:
        words = {"an attribute"}
    elif _TYPE_START in names:
        words = {"a type"} | {"a dim" for n in names if n.endswith("_DIM")}
    else:
        words = {_PUNCTUATION.get(n) or ("'->'" if n.startswith("__ANON") else f"'{n.lower()}'") for n in names}
    closer = _CLOSERS.get(bracket)
    closers = {closer} if closer and any(_PUNCTUATION.get(n) == closer for n in names) else set[str]()
    words -= {*_CLOSERS.values(), *(() if closer else ("','",))}
    ordered = sorted(words) + sorted(closers) or ["the end of the text"]
    return ordered[0] if len(ordered) == 1 else ", ".join(ordered[:-1]) + " or " + ordered[-1]


_NAMES = {
    "tensor": "a tensor type", "vector": "a vector type", "memref": "a memref type", "tuple": "a tuple type",
    "complex": "a complex type", "affine_map": "an affine map", "affine_set": "an affine set",
    "dense": "a dense attribute", "array": "a dense array", "dense_resource": "a dense resource",
    "sparse": "a sparse attribute", "strided": "a strided layout", "opaque": "an opaque attribute",
}  # fmt: skip
_BRACKET = re.compile(r'"[^"]*"?|->|[<>()\[\]{}]')


def _innermost(before: str) -> tuple[str, str]:
    """The bracket that is open at the end of `before`, and ` in a tensor type` for the construct it belongs to."""
    opened: list[tuple[str, str]] = []
    for match in _BRACKET.finditer(before):
        if match[0] in _CLOSERS:
            word = before[: match.start()].rstrip()
            name = next((n for k, n in _NAMES.items() if word.endswith(k)), "")
            opened.append((match[0], f" in {name}" if name else opened[-1][1] if opened else ""))
        elif len(match[0]) == 1 and opened:
            opened.pop()
    return opened[-1] if opened else ("", "")
