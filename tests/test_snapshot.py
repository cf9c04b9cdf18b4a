"""Snapshots: any sequence of edits gives what a fresh open of the same text gives, for the text and for every answer."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_lens.features import names, nesting
from dispatch_lens.features import overview as overviews
from dispatch_lens.features import snapshot as snapshots
from dispatch_lens.features.document import Document
from dispatch_lens.features.hover import at as hover
from dispatch_lens.features.references import references
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Chunk, Snapshot, snapshot
from dispatch_lens.features.symbols import symbols
from dispatch_lens.syntax import outline
from dispatch_lens.text import Edit, LineIndex, Range, apply_edits

FIXTURES = Path(__file__).parent / "fixtures"
MODEL = (FIXTURES / "models" / "deeplab" / "2024-07" / "seed.form-dispatch-regions.mlir").read_text()[:60_000]
PIECES = (
    "",
    "x",
    "\n",
    "{",
    "}",
    "// -----\n",
    "\n%z = arith.constant 1 : i32\n",
    '"',
    "\nutil.func public @g() {\n",
    "é😀",
    "\r\n",
    "%0",
)


def counts(of: Snapshot) -> tuple[tuple[int, ...], ...]:
    return of.starts, of.first_lines, of.section_starts


def texts(of: Snapshot) -> list[str]:
    return [chunk.text for chunk in of.chunks]


@st.composite
def edits(draw: st.DrawFn, length: int) -> Edit:
    start = draw(st.integers(0, length))
    size = draw(st.sampled_from((0, 1, 2, 40, 3000, 20_000)))
    return Edit(Range(start, min(length, start + size)), draw(st.sampled_from(PIECES)) * draw(st.sampled_from((1, 1, 1, 300))))


@hypothesis.settings(max_examples=60, deadline=None)
@given(st.data())
def test_edits_give_what_a_fresh_open_gives(data: st.DataObject) -> None:
    text = MODEL
    edited = snapshot("u", 0, text)
    for version in range(1, data.draw(st.integers(2, 8))):
        edit = data.draw(edits(len(text)))
        text = apply_edits(text, [edit])
        edited = edited.edited(version, edit)
        fresh = snapshot("u", version, text)
        assert texts(edited) == texts(fresh)
        assert counts(edited) == counts(fresh)
    assert edited.text == text
    offset = data.draw(st.integers(0, len(text)))
    assert nesting.around(edited, offset) == nesting.around(fresh, offset)
    assert hover.hover(edited, offset) == hover.hover(fresh, offset)
    assert references(edited, offset) == references(fresh, offset)
    assert symbols(edited) == symbols(fresh)


def test_the_outline_ends_where_functions_nest_too_deep() -> None:
    depth = 0
    entries = symbols(snapshot("u", 0, "func.func @f() {\n" * 3000))
    while entries:
        depth, entries = depth + 1, entries[0].children
    assert depth == outline.DEEPEST


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n", "\n\n", "// -----", "// -----\n", MODEL, MODEL.replace("\n", "\r\n")])
def test_lines_are_those_of_the_text(text: str) -> None:
    found, lines = snapshot("u", 0, text), LineIndex(text)
    assert found.text == text
    assert found.line_count == len(lines.starts)
    for line in (*range(min(found.line_count, 400)), found.line_count - 1):
        assert found.line_text(line) == lines.line_text(line)
        assert found.line_range(line).start == lines.starts[line]
    for offset in range(0, len(text) + 1, 97):
        assert found.line_of(offset) == lines.line_of(offset)


def test_an_edit_shares_all_other_chunks() -> None:
    before = snapshot("u", 0, MODEL)
    after = before.edited(1, Edit(Range(30_000, 30_001), "%y"))
    kept = {id(chunk) for chunk in before.chunks} & {id(chunk) for chunk in after.chunks}
    assert len(kept) >= len(before.chunks) - 3


def test_sections_are_those_of_the_document() -> None:
    text = "log line\n" + MODEL[:9000] + "\n// -----\nutil.func @f() {\n}\n" + MODEL[:5000]
    found = snapshot("u", 0, text)
    starts = [found.starts[index] for index in found.section_starts]
    assert starts == [section.start for section in Document("u", 0, text).sections]


def test_chunks_stay_small() -> None:
    longest = max(len(chunk.text) for chunk in snapshot("u", 0, MODEL).chunks)
    line = max(len(line) for line in MODEL.splitlines())
    assert longest <= snapshots.LARGEST + line + 1


def test_what_is_around_a_place_is_what_the_parser_sees() -> None:
    document = Document("u", 0, MODEL)
    found = snapshot("u", 0, MODEL)
    checked = 0
    for section in document.sections:
        for op in document.module(section).walk():
            if op.depth != len(list(op.ancestors())):
                continue
            state = nesting.around(found, section.body_start + op.name_range.start)
            assert [one.name_start - section.body_start for one, _ in state.regions] == [
                outer.name_range.start for outer in reversed(list(op.ancestors()))
            ]
            checked += 1
    assert checked > 300


def test_a_region_ends_where_the_parser_sees_its_end() -> None:
    document = Document("u", 0, MODEL)
    found = snapshot("u", 0, MODEL)
    section = document.sections[1]
    regions = [region.range.shift(section.body_start) for op in document.module(section).walk() for region in op.regions]
    assert len(regions) > 50
    for start, end in regions:
        is_cut = end == len(MODEL)
        assert nesting.region_end(found, start) == (end if is_cut else end - 1)


@pytest.mark.parametrize(("between", "op"), [("#m = affine_map<(d0) -> (d0)>\n", None), ("// nothing\n", "func.func")])
def test_a_place_behind_whole_chunks_belongs_to_the_last_op_unless_something_else_came(between: str, op: str | None) -> None:
    text = "func.func @f()\n" + between * 2000
    found = snapshot("u", 0, text)
    assert len(found.chunks) > 1
    last = nesting.around(found, len(text)).last
    assert (None if last is None else text[last.name_start : last.name_end]) == op


@pytest.mark.parametrize(("before", "after", "line"), [("%v = a.b", "", 2), ("", "%v = a.b", 6), ("", "%w = a.b", None)])
def test_a_value_of_another_section_is_found_in_the_one_before_or_else_after(before: str, after: str, line: int | None) -> None:
    header = "// -----// IR Dump After A //----- //\n"
    text = f"{header}{before}\n{header}c.d %v\n{header}{after}\n"
    found = snapshot("u", 0, text)
    place = names.value_elsewhere(found, text.index("c.d"), "%v")
    assert (None if place is None else found.line_of(place.start) + 1) == line


def test_what_an_edit_touches_goes_from_an_overview_and_the_rest_moves() -> None:
    text = (FIXTURES / "rules" / "standalone-transpose.mlir").read_text()
    before = overviews.overview(Document("u", 0, text), Settings())
    first, *others = before.remarks
    edits = [Edit(Range(0, 0), "// new\n"), Edit(first.range.shift(7), "x")]
    after = overviews.moved(before, edits)
    kept = [remark for remark in others if remark.range.start > first.range.end]
    grown = 7 + 1 - (first.range.end - first.range.start)
    assert [one.range for one in after.remarks if one.range.start > first.range.start + 7] == [
        remark.range.shift(grown) for remark in kept
    ]
    assert kept and first.range.shift(7) not in [one.range for one in after.remarks]


def test_a_chunk_alone_is_a_text() -> None:
    assert snapshot("u", 0, "").chunks[0].text == Chunk("").text
