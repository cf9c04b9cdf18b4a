"""What the features answer at places of annotated fixtures: `//   ^^^^ hover {{part of the answer}}`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import annotations
from dispatch_lens.features import completion, definition, inlay_hints, references, signature
from dispatch_lens.features.document import Document
from dispatch_lens.features.hover import at as hover
from dispatch_lens.features.overview import Earlier, overview
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Snapshot, snapshot
from dispatch_lens.text import Range

FOLDER = Path(__file__).parent / "fixtures" / "editor"
QUESTIONS = [
    pytest.param(path, one, id=f"{path.stem}:{one.line}:{one.feature}")
    for path in sorted(FOLDER.glob("*.mlir"))
    for one in annotations.asked(path.read_text())
]


def said(of: Snapshot, offset: int) -> str:
    document = Document(of.uri, of.version, of.text)
    found = hover.hover(of, offset, Earlier(overview(document, Settings())))
    return found.markdown if found is not None else "nothing"


def defined(of: Snapshot, offset: int) -> str:
    found = definition.definition(of, offset)
    return of.line_text(of.line_of(found.range.start)) if found is not None else "nothing"


def counted(of: Snapshot, offset: int) -> str:
    return str(len(references.references(of, offset)))


def completed(of: Snapshot, offset: int) -> str:
    return "\n".join(f"{item.text} {item.detail}" for item in completion.completions(of, offset).items)


def signed(of: Snapshot, offset: int) -> str:
    found = signature.signature(of, offset)
    return found.label[slice(*found.parameters[found.active])] if found is not None else "nothing"


def hinted(of: Snapshot, offset: int) -> str:
    line = of.line_range(of.line_of(offset))
    found = inlay_hints.hints(of, line, None, frozenset(inlay_hints.KINDS))
    return "\n".join(hint.text for hint in found if offset <= hint.offset <= offset + 12)


ANSWERS: dict[str, Callable[[Snapshot, int], str]] = {
    "hover": said,
    "definition": defined,
    "references": counted,
    "complete": completed,
    "signature": signed,
    "inlay": hinted,
}


@pytest.mark.parametrize(("path", "one"), QUESTIONS)
def test_the_answer_holds_what_the_fixture_says(path: Path, one: annotations.Asked) -> None:
    answer = ANSWERS[one.feature](snapshot(path.name, 0, path.read_text()), one.offset)
    missing = [text for text in one.texts if text not in answer]
    assert not missing, answer


def test_every_fixture_asks() -> None:
    assert len(QUESTIONS) > 40
    assert {one.values[1].feature for one in QUESTIONS} == set(ANSWERS)  # pyright: ignore


def test_hints_of_one_kind_can_be_left_out() -> None:
    path = FOLDER / "places.mlir"
    found = snapshot("u", 0, path.read_text())
    whole = Range(0, found.length)
    for kind in inlay_hints.KINDS[:-1]:
        alone = {hint.text for hint in inlay_hints.hints(found, whole, None, frozenset([kind]))}
        rest = {hint.text for hint in inlay_hints.hints(found, whole, None, frozenset(inlay_hints.KINDS) - {kind})}
        assert alone and not alone & rest
