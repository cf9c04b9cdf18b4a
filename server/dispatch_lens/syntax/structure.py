"""One op's head by Lark: its tree of tokens, or what is wrong with the text and the tokens that could be read.

What it does not know: what a token means to its op. `ir/` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

import mlir_grammar
from dispatch_lens.syntax import tables
from dispatch_lens.syntax.tree import Group, Item, Leaf, SyntaxProblem

_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_KINDS = {"(": "paren", "[": "square", "{": "brace", "<": "angle"}


def read(text: str) -> tuple[int, tuple[Item, ...], SyntaxProblem | None]:
    """The number of names before `=`, what stands after the op's name, and what is wrong with the text."""
    try:
        parsed: object = _lark().parse(text)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as unexpected:
        items, problem = _lenient(text)
        return _results(text), items, _problem(text, unexpected, problem)
    results, items = cast("tuple[int, tuple[Item, ...]]", parsed)
    return results, items, None


def token_pattern() -> str:
    """The terminals as one regular expression, in the order that Lark's basic lexer tries them."""
    ordered = sorted(
        _lark().terminals, key=lambda one: (-one.priority, -one.pattern.max_width, -len(one.pattern.value), one.name)
    )
    return "|".join(f"(?P<{terminal.name}>{terminal.pattern.to_regexp()})" for terminal in ordered)


class _Build(Transformer[Token, object]):
    """Lark's tree, built as our own while it parses."""

    def op(self, children: list[object]) -> object:
        results = children[0] if isinstance(children[0], int) else 0
        return results, tuple(_item(child) for child in children[2 if results else 1 :])

    def results(self, children: list[Token]) -> int:
        return sum(child.type == "USE" for child in children)

    def paren(self, children: list[object]) -> Group:
        return _group("paren", children)

    def square(self, children: list[object]) -> Group:
        return _group("square", children)

    def brace(self, children: list[object]) -> Group:
        return _group("brace", children)

    def angle(self, children: list[object]) -> Group:
        return _group("angle", children)


def _group(kind: str, children: list[object]) -> Group:
    first, last = children[0], children[-1]
    assert isinstance(first, Token) and isinstance(last, Token)
    return Group(kind, tuple(_item(child) for child in children[1:-1]), first.start_pos or 0, last.end_pos or 0)


def _item(child: object) -> Item:
    if isinstance(child, Group):
        return child
    assert isinstance(child, Token)
    return Leaf(child.type, str(child), child.start_pos or 0, child.end_pos or 0)


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(
        mlir_grammar.text("structure"),
        start="op",
        parser="lalr",
        lexer="basic",
        keep_all_tokens=True,
        transformer=_Build(),
        cache=tables.file("structure"),
    )


def _results(text: str) -> int:
    return text.split("=", 1)[0].count("%") if re.match(r"\s*%[^=(]*=", text) else 0


def _problem(text: str, unexpected: UnexpectedInput, bracket: SyntaxProblem | None) -> SyntaxProblem:
    at = unexpected.pos_in_stream or 0
    if isinstance(unexpected, UnexpectedCharacters):
        return SyntaxProblem(at, f"{text[at]!r} is not MLIR here")
    if bracket is not None:
        return bracket
    if isinstance(unexpected, (UnexpectedEOF, UnexpectedToken)):
        token = getattr(unexpected, "token", None)
        return SyntaxProblem(at, f"unexpected {str(token)!r}" if token else "the op ends too early")
    return SyntaxProblem(at, "this does not read as an op")


def _lenient(text: str) -> tuple[tuple[Item, ...], SyntaxProblem | None]:
    """The tokens that can be read, nested as far as their brackets fit, and the first bracket that does not."""
    stack: list[tuple[str, int, list[Item]]] = [("", 0, [])]
    problem: SyntaxProblem | None = None
    for token in _tokens_that_can_be_read(text):
        opened, _, items = stack[-1]
        word, start, end = str(token), token.start_pos or 0, token.end_pos or 0
        if word in _CLOSING:
            stack.append((word, start, []))
        elif word in _CLOSING.values() and opened and _CLOSING[opened] == word:
            _, begin, inner = stack.pop()
            stack[-1][2].append(Group(_KINDS[opened], tuple(inner), begin, end))
        elif word in _CLOSING.values():
            problem = problem or SyntaxProblem(start, _bracket_message(opened, word))
        else:
            items.append(Leaf(token.type, word, start, end))
    while len(stack) > 1:
        opened, begin, inner = stack.pop()
        problem = problem or SyntaxProblem(begin, f"this '{opened}' is never closed")
        stack[-1][2].extend(inner)
    flat = stack[0][2]
    head = 1 + next((i for i, item in enumerate(flat) if isinstance(item, Leaf) and item.kind in ("WORD", "STRING")), -1)
    return tuple(flat[head:]), problem


def _bracket_message(opened: str, found: str) -> str:
    return f"expected '{_CLOSING[opened]}', found '{found}'" if opened else f"this '{found}' closes nothing"


def _tokens_that_can_be_read(text: str) -> Iterator[Token]:
    stream = _lark().lex(text)  # pyright: ignore[reportUnknownMemberType]
    while True:
        try:
            yield next(stream)
        except (StopIteration, UnexpectedInput):
            return
