"""Each refusal of the sources is reached by a fixture, and said of the op and in the words that the fixture expects."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import refusals
from annotations import expectations
from dispatch_lens import rewrites
from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import problems_in
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites import excerpt
from dispatch_lens.rewrites.rewrite import Refused
from shared import FIXTURES

SOURCES = Path(rewrites.__file__).parent
MOST_OPS = (excerpt.MOST_OPS, 2, 1)
"""How many ops of a function an excerpt holds: as many as always, and so few that something stands outside."""


@dataclass(frozen=True)
class Site:
    """The lines of a source, from 1, where it makes a `Refused`."""

    source: str
    first: int
    last: int
    text: str


def sites() -> Iterator[Site]:
    for path in sorted(SOURCES.glob("*.py")):
        text = path.read_text()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == Refused.__name__:
                yield Site(path.name, node.lineno, node.end_lineno or node.lineno, ast.get_source_segment(text, node) or "")


def texts() -> Iterator[str]:
    for name in refusals.names():
        yield from refusals.cases(name)
    for path in sorted((FIXTURES / "rewrites").glob("*.mlir")):
        yield from path.read_text().split(refusals.MARK)


def reached(monkeypatch: pytest.MonkeyPatch) -> set[tuple[str, int]]:
    """The lines of the sources where what somebody was answered was made, over all fixtures."""
    made: dict[int, tuple[Refused, str, int]] = {}
    create = Refused.__init__

    def noted(self: Refused, reason: str) -> None:
        caller = sys._getframe(1)  # pyright: ignore[reportPrivateUsage]
        made[id(self)] = self, Path(caller.f_code.co_filename).name, caller.f_lineno
        create(self, reason)

    monkeypatch.setattr(Refused, "__init__", noted)
    found: set[tuple[str, int]] = set()
    for most in MOST_OPS:
        monkeypatch.setattr(excerpt, "MOST_OPS", most)
        for op in (op for text in texts() for op in lower(text).walk()):
            found |= {made[id(answer)][1:] for _, answer in refusals.refused(op)}
    return found


def test_each_refusal_of_the_sources_is_reached_by_a_fixture(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = reached(monkeypatch)
    known = list(sites())
    assert len(known) > 100
    assert [site for site in known if not any((site.source, line) in lines for line in range(site.first, site.last + 1))] == []


@pytest.mark.parametrize("name", refusals.names())
def test_what_a_fixture_expects_is_refused(name: str) -> None:
    for case in refusals.cases(name):
        lines = Document("case", 0, case).lines
        said = {
            (lines.position(op.name_range.start).line, f"{answer.reason} [{asked}]")
            for op in lower(case).walk()
            for asked, answer in refusals.refused(op)
        }
        wanted = {(one.line, one.text) for one in expectations(case)}
        assert wanted and wanted <= said, case


@pytest.mark.parametrize("name", [name for name in refusals.names() if name != refusals.NO_COMPILER])
def test_a_fixture_has_no_problems(name: str) -> None:
    for case in refusals.cases(name):
        document = Document("case", 0, case)
        assert [problem.message for problem in problems_in(document, document.sections)] == []
