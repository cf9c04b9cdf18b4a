"""Heads of ops: what the one pass over tokens reads is what Lark reads, and it reads nothing that Lark refuses."""

from __future__ import annotations

import random
import re

import pytest

from dispatch_lens.ir.lower import lower
from dispatch_lens.syntax import parse, structure, tokens
from shared import FIXTURES

FILES = sorted(FIXTURES.glob("**/*.mlir"))


def shapes(text: str) -> list[str]:
    """The text of each head with the names of its values and symbols emptied."""
    heads = (op.text if not op.regions else op.head.text(op.shape.items[-1]) for op in lower(text).walk() if op.shape.items)
    emptied = (re.sub(r"%[\w$.\-]+(?:#\d+|:\d+)?", "%", head) for head in heads)
    return sorted({re.sub(r"@[A-Za-z_][\w$.\-]*", "@", head) for head in emptied})


def agree(text: str) -> bool:
    quick = tokens.read(text)
    results, items, problem = structure.read(text)
    return problem is not None if quick is None else problem is None and quick == (results, items)


def test_the_tokens_are_those_of_the_grammar(update: bool) -> None:
    if update:
        tokens.FILE.write_text(structure.token_pattern(), encoding="utf-8")
    assert tokens.FILE.read_text(encoding="utf-8") == structure.token_pattern(), "stale: run pytest --update"


@pytest.mark.parametrize("path", FILES[::4], ids=lambda path: path.name)
def test_heads_read_as_lark_reads_them(path) -> None:  # type: ignore[no-untyped-def]
    assert [text for text in shapes(path.read_text()) if not agree(text)] == []


def test_changed_heads_read_as_lark_reads_them() -> None:
    choice = random.Random(7)
    found = [text for path in FILES[::20] for text in shapes(path.read_text()) if len(text) < 400]
    for _ in range(2_000):
        text = choice.choice(found)
        at = choice.randrange(len(text))
        changed = text[:at] + choice.choice(["", text[at] * 2, '"', "<", ")", "%"]) + text[at + 1 :]
        assert agree(changed), changed


def test_a_name_in_a_string_or_comment_is_no_operand() -> None:
    module = lower('"a.b"(%x) {note = "100% of %y"} : (i32) -> ()')
    assert [operand.value.name for operand in module.ops[0].operands] == ["%x"]


def test_a_type_that_is_its_own_is_not_known() -> None:
    module = lower("%0 = a.b %0 : -> %0")
    assert module.ops[0].result_types == (None,)


def test_a_label_reads_as_a_head() -> None:
    assert parse.parse_label("^bb0(%a: i32):", 0, 14).problems == ()
