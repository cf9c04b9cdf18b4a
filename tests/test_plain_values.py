"""Types and attributes that are read without the parser: what the regular expressions give is what the grammar gives."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import partial

import pytest

from dispatch_lens.ir import attributes, type_parser
from dispatch_lens.ir.lower import lower
from dispatch_lens.syntax import values
from shared import FIXTURES

FILES = sorted(FIXTURES.glob("**/*.mlir"))[::3]
SPELLED = ["-1", "0", "007", '"a b"', '"\\n"', '"é"', "dense<-3> : vector<2xi64>", "dense<1> : tensor<2x0xi64>"]
SPELLED += ["dense_resource<__elided__> : tensor<32x3x3xf32>", "dense_resource<a$b.c_1> : tensor<4xbf16>"]


def spelled(kind: str) -> list[str]:
    texts = {
        leaf.text
        for path in FILES
        for op in lower(path.read_text()).walk()
        for leaf in op.shape.leaves
        if leaf.kind == kind and len(leaf.text) < 200
    }
    return sorted(texts)


def by_grammar(of: str, text: str) -> object:
    read: Callable[[str, object], object] = type_parser.from_tree if of == "type" else attributes.from_tree  # type: ignore[assignment]
    try:
        return read(text, values.parse(of, text))  # type: ignore[arg-type]
    except values.Rejected:
        return None


def changed(texts: list[str], count: int) -> list[str]:
    choice = random.Random(11)
    found = []
    for _ in range(count):
        text = choice.choice(texts)
        at = choice.randrange(len(text))
        found.append(text[:at] + choice.choice(["", text[at] * 2, "x", ">", "0", ",", "?"]) + text[at + 1 :])
    return found


@pytest.mark.parametrize("of", ["type", "attr"])
def test_plain_values_are_those_of_the_grammar(of: str) -> None:
    texts = spelled("TYPE") if of == "type" else spelled("ATTRIBUTE") + SPELLED
    plain = type_parser.plain_type if of == "type" else attributes.plain_attribute
    grammar = partial(by_grammar, of)
    read = {text: plain(text) for text in [*texts, *changed(texts, 3_000)]}
    assert sum(value is not None for value in read.values()) > 50
    assert [text for text, value in read.items() if value is not None and value != grammar(text)] == []
