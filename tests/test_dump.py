"""Dumps to sections, and what their headers say."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_lens.syntax import dump

FORMS = [
    ("After CSE", dump.Header("CSE")),
    ("After CSE (cse)", dump.Header("CSE", "cse")),
    ("After CSE ()", dump.Header("CSE")),
    ("Before Canonicalizer (canonicalize)", dump.Header("Canonicalizer", "canonicalize", after=False)),
    ("After CSE Failed", dump.Header("CSE", failed=True)),
    ("After CSE Failed (cse)", dump.Header("CSE", "cse", failed=True)),
    ("After CSE Failed: cse", dump.Header("CSE", "cse", failed=True)),
    ("After CSE (cse) (invalidated)", dump.Header("CSE", "cse", invalidated=True)),
    ("After CSE ('func.func' operation: @f)", dump.Header("CSE", operation="func.func", symbol="f")),
    ("After CSE (cse) ('builtin.module' operation)", dump.Header("CSE", "cse", operation="builtin.module")),
    (
        "After CSE (cse) ('util.func' operation: @tf2onnx$async)",
        dump.Header("CSE", "cse", operation="util.func", symbol="tf2onnx$async"),
    ),
    (
        """After CSE (cse) ('util.func' operation: @"a b")""",
        dump.Header("CSE", "cse", operation="util.func", symbol="a b"),
    ),
    ("After CSEPass: cse", dump.Header("CSEPass", "cse")),
    ("After X: x{}", dump.Header("X", "x")),
    ("After X: x{a=true   b=-1 c}", dump.Header("X", "x", {"a": "true", "b": "-1", "c": ""})),
    ("After X: x{a= b=2}", dump.Header("X", "x", {"a": "", "b": "2"})),
    (
        'After X: x{p=any(cse, y{z=1}) s="q } r" l={1 2}}',
        dump.Header("X", "x", {"p": "any(cse, y{z=1})", "s": '"q } r"', "l": "{1 2}"}),
    ),
    (
        "After X: x{a=b} ('func.func' operation: @f) (invalidated)",
        dump.Header("X", "x", {"a": "b"}, operation="func.func", symbol="f", invalidated=True),
    ),
    ("After (anonymous namespace)::MyPass (my-pass)", dump.Header("(anonymous namespace)::MyPass", "my-pass")),
    ("After {anonymous}::MyPass ()", dump.Header("{anonymous}::MyPass")),
    (
        "After mlir::iree_compiler::detail::OpPipelineAdaptorPass: iree-op-pipeline-adaptor",
        dump.Header("mlir::iree_compiler::detail::OpPipelineAdaptorPass", "iree-op-pipeline-adaptor"),
    ),
    ("After Foo<a::B, c> (foo)", dump.Header("Foo<a::B, c>", "foo")),
]


@pytest.mark.parametrize(("words", "expected"), FORMS, ids=[words for words, _ in FORMS])
def test_every_form_of_header(words: str, expected: dump.Header) -> None:
    found = dump.parse_header(f"// -----// IR Dump {words} //----- //")
    assert found == expected


def test_a_header_of_no_known_form_keeps_its_words() -> None:
    assert dump.parse_header("// -----// IR Dump After what [is] this //----- //") == dump.Header("what [is] this")


def test_sections_of_a_dump_with_log_lines_and_marks() -> None:
    text = (
        "warning: before\n"
        "// -----// IR Dump After A (a) //----- //\nfunc.func @a() {\n  return\n}\n"
        "note: between\n"
        "noise// -----// IR Dump Before B //----- //\nfunc.func @b() {\n  // ------ no mark\n  return\n}\n"
        "  // -----  \nmore\n// -----\n"
    )
    found = dump.sections(text)
    assert [section.title and section.title.pass_name for section in found] == [None, "A", "B", None, None]
    assert found[0].body(text) == "warning: before\n"
    assert found[1].body(text).endswith("note: between\nnoise")
    assert found[3].body(text) == "more\n"
    assert found[4].body(text) == ""


def test_text_without_marks_is_one_section() -> None:
    assert dump.sections("") == (dump.Section(0, 0, 0),)
    assert dump.sections("module {}") == (dump.Section(0, 0, 9),)


PIECES = st.sampled_from(
    [
        "// -----\n",
        "// -----",
        "\n",
        "  ",
        "// -----// IR Dump After A (a) //----- //\n",
        "// -----// IR Dump ",
        "%a = x",
        "é",
    ]
)


@given(st.lists(PIECES, max_size=30))
def test_sections_tile_any_text(pieces: list[str]) -> None:
    text = "".join(pieces)
    found = dump.sections(text)
    assert "".join(text[section.start : section.end] for section in found) == text
    assert all(section.start <= section.body_start <= section.end for section in found)
    assert [section.start for section in found[1:]] == [section.end for section in found[:-1]]


@given(st.text())
def test_any_words_give_a_header(words: str) -> None:
    header = dump.parse_header(f"// -----// IR Dump {words} //----- //")
    assert isinstance(header.pass_name, str)


def test_a_header_that_cannot_be_read_does_not_take_long() -> None:
    begin = time.process_time()
    dump.parse_header("// -----// IR Dump After X: x{" + "a={{{ (((" * 2000 + " //----- //")
    assert time.process_time() - begin < 5


def test_no_header_is_lost_in_ten_thousand() -> None:
    text = "".join(f"// -----// IR Dump After P{i} (p) //----- //\nfunc.func @f{i}()\n\n" for i in range(10_000))
    assert len(dump.sections(text)) == len(re.findall("IR Dump", text)) == 10_000
