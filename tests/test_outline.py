"""The outline: ops, regions and blocks of any text, and every byte in its place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_lens.syntax.outline import CHUNK_SIZE, chunk_ranges, outline
from dispatch_lens.syntax.printer import printed
from shared import FIXTURES, corpus_files, needs_shared

FILES = sorted(FIXTURES.glob("**/*.mlir"))
SMALL = [path for path in FILES if path.stat().st_size < 8_000]


def names(text: str) -> list[tuple[str, int, int]]:
    """Name, depth and number of regions of each op."""
    return [(text[op.name_start : op.name_end], op.depth, len(op.regions)) for op in outline(text).walk()]


def test_ops_nest_by_regions_and_not_by_dictionaries() -> None:
    text = """
util.func public @f(%arg0: tensor<4xf32>) -> tensor<4xf32> attributes {a.b, c = {d = "}"}} {
  %0 = flow.dispatch.region -> (tensor<4xf32>) {
    flow.return %arg0 : tensor<4xf32>
  }
  util.return %0 : tensor<4xf32>
}
"""
    expected = [("util.func", 0, 1), ("flow.dispatch.region", 1, 1), ("flow.return", 2, 0), ("util.return", 1, 0)]
    assert names(text) == expected


def test_generic_form_and_one_line_regions() -> None:
    text = '"builtin.module"() ({\n  func.func @f() { return }\n  %0:2 = "a.b"() <{x = 1 : i32}> : () -> (i1, i1)\n}) : () -> ()'
    assert names(text) == [('"builtin.module"', 0, 1), ("func.func", 1, 1), ("return", 2, 0), ('"a.b"', 1, 0)]


def test_prose_is_no_op() -> None:
    text = "These two should be the same dispatch. Don't know why {it} isn't.\n\n%1 = tensor.empty() : tensor<4xf32>\nand more"
    assert names(text) == [("tensor.empty", 0, 0)]


def test_a_missing_brace_is_told_where_it_was_opened() -> None:
    flaws = outline("func.func @f() {\n  %0 = a.b\n").flaws
    assert [(flaw.at, flaw.message) for flaw in flaws] == [(15, "this '{' is never closed")]


def test_a_cut_text_is_told_once_whatever_it_is_cut_in() -> None:
    text = "func.func @f() {\n  scf.if %c {\n    scf.if %d {\n      a.b\n"
    assert [(flaw.at, flaw.message) for flaw in outline(text).flaws] == [
        (text.rindex("{"), "this '{' is never closed, nor are the 2 around it")
    ]


def test_chunks_tile_the_text_and_stay_small() -> None:
    text = "".join(f"  %{i} = arith.constant {i} : index\n" for i in range(10_000))
    ranges = list(chunk_ranges(text))
    assert [start for start, _ in ranges[1:]] == [end for _, end in ranges[:-1]]
    assert max(end - start for start, end in ranges) <= 2 * CHUNK_SIZE + 200
    assert len(outline(text).ops) == 10_000


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_printing_gives_the_bytes_back(path) -> None:  # type: ignore[no-untyped-def]
    text = path.read_text()
    assert printed(text, outline(text)) == text


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_printing_gives_the_bytes_back_for_cut_and_changed_text(data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(SMALL)).read_text()
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    junk = data.draw(st.sampled_from(["", "{", "}", '"', "//", "%x = ", "(", "\n", "^bb0(", "{-#", "日本"]))
    for changed in (text[start:end], text[:start] + junk + text[end:]):
        assert printed(changed, outline(changed)) == changed


@needs_shared
def test_printing_gives_the_bytes_back_for_the_corpus() -> None:
    choice = random.Random(1)
    for path in corpus_files():
        text = path.read_text()
        assert printed(text, outline(text)) == text, path
        cut = choice.randrange(len(text) + 1)
        assert printed(text[cut:], outline(text[cut:])) == text[cut:], (path, cut)
