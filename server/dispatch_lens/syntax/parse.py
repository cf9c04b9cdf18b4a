"""One op's head by Lark: its text without its regions to a tree of tokens, and what is wrong with the text.

Heads are parsed by shape: the names of values and symbols are emptied first, so that the ten-thousandth
`%n = arith.addf %a, %b : f32` costs a dictionary look-up. Parsing never raises: text that does not fit the grammar gives the
tokens that were read and a problem.

What it does not know: what a token means to its op. `ir/` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import cast

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

import mlir_grammar
from dispatch_lens.syntax import adjacency, roles
from dispatch_lens.syntax.outline import Frame
from dispatch_lens.syntax.tree import NAMES, SYMBOL, VALUE, Group, Head, Item, Leaf, Shape, Stretch, SyntaxProblem

REGION, LABELLED_REGION = "\x01", "\x02"
_VALUE, _SYMBOL = re.compile(VALUE), re.compile(SYMBOL)
_CONTINUES = re.compile(
    r"\s*(?:[^\sA-Za-z_/\x01}]|[a-z_]\w*[ \t]*(?:[({\[<=#!@%\"]|$|\d)|[a-z_]\w* (?:tensor|memref|vector|[a-z]+)[<({ ]|\}|//|\x01)"
)
_GOES_ON_AFTER = (",", "(", ":", "=", "->", "[", "{", "<", " into", " to", " in", " step", " with", " as")
_NEVER_CONTINUES = re.compile(r"\s*(?:%(?![\w$.\-]+[\[<])|=\s*(?:[a-z_]\w*\.|->|\{))")
_CLOSING = {"(": ")", "[": "]", "{": "}", "<": ">"}
_KINDS = {"(": "paren", "[": "square", "{": "brace", "<": "angle"}


def parse_head(section: str, frame: Frame, end: int) -> Head:
    """The head of an op of the outline that ends at `end`: everything but the text inside its regions."""
    stretches = tuple(_stretches(section, frame, end))
    return Head(parse_shape("".join(_emptied(section, stretch) for stretch in stretches)), section, stretches)


def _emptied(section: str, stretch: Stretch) -> str:
    """A stretch without its names, and a mark for the region after it."""
    start, end, after, is_labelled = stretch
    text = _SYMBOL.sub("@", _VALUE.sub("%", section[start:end]))
    return text if after == end else text + (LABELLED_REGION if is_labelled else REGION)


def head_end(section: str, frame: Frame) -> int:
    """Where the op really ends: before blank lines, comments and prose that stand before the next op."""
    start = frame.regions[-1].end if frame.regions else frame.name_end
    end = start + len(section[start : frame.end].rstrip())
    if "\n" not in section[start:end]:
        return end
    return _last_line(section, start, end)


def _last_line(section: str, start: int, end: int) -> int:
    """The end of the last line that can still belong to the op that goes on at `start`."""
    at = section.find("\n", start, end)
    done = at
    while at >= 0:
        following = section.find("\n", at + 1, end)
        line = section[at + 1 : following if following >= 0 else end]
        before = section[start:done].rstrip()
        if not line.strip() or not (_goes_on(line) or before.endswith(_GOES_ON_AFTER)):
            break
        if not line.lstrip().startswith("//"):
            done = following if following >= 0 else end
        at = following
    return start + len(section[start:done].rstrip())


def _goes_on(line: str) -> bool:
    return _CONTINUES.match(line) is not None and _NEVER_CONTINUES.match(line) is None


def _stretches(section: str, frame: Frame, end: int) -> Iterator[Stretch]:
    at = frame.start
    for region in frame.regions:
        entry = region.blocks[0]
        yield Stretch(at, region.start, region.end, "(" in section[entry.start : entry.label_end])
        at = region.end
    end = max(end, at)
    yield Stretch(at, end, end, False)


@lru_cache(maxsize=32768)
def parse_shape(text: str) -> Shape:
    """The shape of a head whose names are emptied."""
    try:
        parsed: object = _lark().parse(text)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as unexpected:
        return _broken_shape(text, unexpected)
    results, items = cast("tuple[int, tuple[Item, ...]]", parsed)
    return Shape(results, items, tuple(adjacency.problems(items)), tuple(roles.roles(text, items)))


def use_table_cache(path: str) -> None:
    """Keep Lark's tables in this file from now on: the next process does not build them."""
    _table_cache[:] = [path]
    _lark.cache_clear()


_table_cache: list[str] = []


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


def parse_label(section: str, start: int, end: int) -> tuple[SyntaxProblem, ...]:
    """What is wrong with a block's label `^bb0(%a: T):`, with the section's offsets."""
    text = section[start:end].rstrip().removesuffix(":")
    shape = NAMES.sub(lambda match: match.group()[0], text.replace("^", "_", 1))
    found = parse_shape(shape).problems
    return tuple(SyntaxProblem(start, problem.message) for problem in found)


@lru_cache(maxsize=1)
def _lark() -> Lark:
    return Lark(
        mlir_grammar.text("structure"),
        start="op",
        parser="lalr",
        lexer="basic",
        keep_all_tokens=True,
        transformer=_Build(),
        cache=_table_cache[0] if _table_cache else False,
    )


def _broken_shape(text: str, unexpected: UnexpectedInput) -> Shape:
    items, problem = _lenient(text)
    at = unexpected.pos_in_stream or 0
    if isinstance(unexpected, UnexpectedCharacters):
        problem = SyntaxProblem(at, f"{text[at]!r} is not MLIR here")
    elif problem is None and isinstance(unexpected, (UnexpectedEOF, UnexpectedToken)):
        token = getattr(unexpected, "token", None)
        problem = SyntaxProblem(at, f"unexpected {str(token)!r}" if token else "the op ends too early")
    results = len(re.findall("%", text.split("=", 1)[0])) if re.match(r"\s*%[^=(]*=", text) else 0
    found = [*adjacency.problems(items), problem or SyntaxProblem(at, "this does not read as an op")]
    problems = (min(found, key=lambda one: one.at),)
    return Shape(results, items, problems, tuple(roles.roles(text, items)))


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
