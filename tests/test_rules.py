"""Every rule is registered, documented, speaks where its fixture says so, and is silent elsewhere."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import annotations
from dispatch_lens import rules
from dispatch_lens.features import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags.version import parse_version
from dispatch_lens.rules import pages
from dispatch_lens.rules.rule import Rule

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures" / "rules"
PAGES = ROOT / "docs" / "rules"
TABLE = re.compile(r"(<!-- rules -->\n).*?(<!-- /rules -->)", re.DOTALL)
SHARED_FILES = {"__init__", "rule", "pages", "advice", "told", "found", "sharing"}

each_rule = pytest.mark.parametrize("rule", rules.ALL, ids=lambda rule: rule.name)


def fixture(rule: Rule) -> str:
    return (FIXTURES / f"{rule.name}.mlir").read_text()


def test_every_file_of_a_rule_is_registered() -> None:
    folder = Path(rules.__file__ or "").parent
    files = {path.stem for path in folder.glob("*.py")} - SHARED_FILES
    assert files == {rule.name.replace("-", "_") for rule in rules.ALL}
    assert {path.stem for path in FIXTURES.glob("*.mlir")} == {rule.name for rule in rules.ALL}


@each_rule
def test_a_page_has_all_headings_in_order(rule: Rule) -> None:
    assert pages.headings(rule) == pages.HEADINGS
    assert pages.explain(rule).startswith(f"# {rule.name}\n\n")
    assert len(pages.summary(rule)) < 130


@each_rule
def test_a_fixture_finds_what_it_says_and_nothing_else(rule: Rule) -> None:
    assert annotations.differences(fixture(rule)) == []


@each_rule
def test_what_a_fixture_is_told_is_kept(rule: Rule, update: bool) -> None:
    """Reasons, suggestions and certainties by the rules of two releases: whoever changes one sees it in the difference."""
    path = FIXTURES / f"{rule.name}.said"
    told = "\n".join(line for release in ("2024-07", "3.13") for line in told_lines(fixture(rule), release)) + "\n"
    if update:
        path.write_text(told)
    assert path.read_text() == told, "stale: run pytest --update, and read the difference"


def told_lines(text: str, release: str) -> Iterator[str]:
    document = Document("fixture", 0, text)
    yield f"by the rules of {release}"
    for remark in diagnostics.diagnostics(document, Settings(compiler_version=parse_version(release))).remarks:
        place = document.lines.position(remark.range.start)
        yield f"{place.line}:{place.column} [{remark.rule}] {remark.certainty.value}: {remark.message}"
        yield f"  reason: {remark.reason}"
        yield f"  suggestion: {remark.suggestion}"
        for other in remark.related:
            yield f"  line {document.lines.position(other.range.start).line}: {other.message}"


@each_rule
def test_a_fixture_has_cases_that_fire_and_cases_that_are_silent(rule: Rule) -> None:
    cases = fixture(rule).split("// -----\n")
    firing = [rule.name in "".join(said.text for said in annotations.said(case)) for case in cases]
    assert any(firing) and not all(firing)


@each_rule
def test_the_example_of_a_page_says_what_its_comments_say(rule: Rule) -> None:
    example = pages.example(rule)
    only = Settings(select=frozenset({rule.name}), compiler_version=parse_version("3.13"))
    assert annotations.differences(example, only) == []
    assert [said.text.endswith(f"[{rule.name}]") for said in annotations.said(example, only)] == [True]


@each_rule
def test_messages_are_lower_case_and_without_full_stop(rule: Rule) -> None:
    findings = diagnostics.diagnostics(Document("fixture", 0, fixture(rule)), Settings())
    for remark in findings.remarks:
        for text in (remark.message, remark.reason, remark.suggestion):
            assert text and not text[0].isupper() and not text.endswith("."), text


@each_rule
def test_pages_in_docs_are_up_to_date(rule: Rule, update: bool) -> None:
    path = PAGES / f"{rule.name}.md"
    if update:
        PAGES.mkdir(parents=True, exist_ok=True)
        path.write_text(pages.explain(rule))
    assert path.read_text() == pages.explain(rule), "stale: run pytest --update"


def test_docs_have_no_page_without_a_rule() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {rule.name for rule in rules.ALL}


def test_the_table_in_the_readme_is_up_to_date(update: bool) -> None:
    path = ROOT / "README.md"
    text = path.read_text()
    expected = TABLE.sub(lambda match: match[1] + pages.table(rules.ALL) + match[2], text)
    if update:
        path.write_text(expected)
    assert TABLE.search(text) is not None
    assert path.read_text() == expected, "stale: run pytest --update"


def test_a_comment_silences_a_rule_on_its_line_or_the_next() -> None:
    text = fixture(rules.ALL[0]).split("// -----\n")[0]
    assert [said.kind for said in annotations.said(text)] == ["remark"]
    marker = "// expected-remark@+1"
    for comment in ("ignore", "ignore[standalone-transpose]", "ignore[unfused-padding, standalone-transpose]"):
        assert annotations.said(text.replace(marker, f"// dispatch-lens: {comment} {marker}")) == []
    assert annotations.said(text.replace(marker, f"// dispatch-lens: ignore[unfused-padding] {marker}")) != []
    on_the_line = re.sub(r"(linalg\.generic .*)", r"\1 // dispatch-lens: ignore", text)
    assert annotations.said(on_the_line) == []


def test_select_and_ignore_choose_rules() -> None:
    text = fixture(rules.ALL[0])
    name = rules.ALL[0].name
    assert {s.text.rpartition("[")[2] for s in annotations.said(text, Settings(select=frozenset({name})))} == {f"{name}]"}
    assert f"[{name}]" not in "".join(s.text for s in annotations.said(text, Settings(ignore=frozenset({name}))))


def test_a_rule_that_crashes_loses_only_its_own_remarks(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def crash(_context: object) -> None:
        raise ZeroDivisionError

    broken = replace(rules.ALL[3], check=crash)
    monkeypatch.setattr(rules, "ALL", (*rules.ALL[:3], broken))
    text = fixture(rules.ALL[0])
    with pytest.raises(ZeroDivisionError):
        annotations.said(text)
    monkeypatch.setattr(diagnostics, "RAISE_RULE_ERRORS", False)
    with caplog.at_level(logging.ERROR):
        assert any(said.text.endswith("[standalone-transpose]") for said in annotations.said(text))
    assert broken.name in caplog.text


def test_a_transpose_with_a_reshape_before_its_reader_names_no_option() -> None:
    text = (FIXTURES / "standalone-transpose.mlir").read_text(encoding="utf-8")
    found = diagnostics.diagnostics(Document("a", 0, text), Settings()).remarks
    between = [each for each in found if "2x8x4" in each.message]
    assert [each.reason for each in between] == ["`tensor.collapse_shape` stands between it and `linalg.matmul`"]
    assert "--iree" not in between[0].suggestion


def test_aggressive_fusion_in_the_header_silences_what_it_would_have_fixed() -> None:
    rule = next(rule for rule in rules.ALL if rule.name == "second-use-keeps-apart")
    case = fixture(rule).split("// -----\n")[0]
    header = "// -----// IR Dump After X: x{aggressive-fusion=%s} //----- //\n"
    assert "second-use" in "".join(said.text for said in annotations.said(header % "false" + case))
    assert annotations.said(header % "true" + case) == []
