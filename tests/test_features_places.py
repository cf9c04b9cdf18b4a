"""What the features answer at places of annotated fixtures: `//   ^^^^ hover {{part of the answer}}`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

import annotations
from dispatch_lens.features import (
    actions,
    call_hierarchy,
    code_lens,
    completion,
    definition,
    fixes,
    folding,
    inlay_hints,
    links,
    references,
    rename,
    selection,
    semantic_tokens,
    signature,
    symbols,
)
from dispatch_lens.features import overview as overviews
from dispatch_lens.features.document import Document
from dispatch_lens.features.hover import at as hover
from dispatch_lens.features.overview import Earlier, Overview
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Snapshot, snapshot
from dispatch_lens.text import Range, apply_edits

FOLDER = Path(__file__).parent / "fixtures" / "editor"
QUESTIONS = [
    pytest.param(path, one, id=f"{path.stem}:{one.line}:{one.feature}")
    for path in sorted(FOLDER.glob("*.mlir"))
    for one in annotations.asked(path.read_text())
]


def said(of: Snapshot, offset: int) -> str:
    found = hover.hover(of, offset, Earlier(read(of)))
    return found.markdown if found is not None else "nothing"


def read(of: Snapshot) -> Overview:
    return overviews.overview(document(of), Settings())


def document(of: Snapshot) -> Document:
    return Document(of.uri, of.version, of.text)


def line(of: Snapshot, offset: int) -> str:
    return of.line_text(of.line_of(offset)).strip()


def defined(of: Snapshot, offset: int) -> str:
    found = definition.definition(of, offset)
    return line(of, found.range.start) if found is not None else "nothing"


def counted(of: Snapshot, offset: int) -> str:
    return str(len(references.references(of, offset)))


def highlighted(of: Snapshot, offset: int) -> str:
    found = references.references(of, offset)
    return "\n".join(f"{'defined' if one.is_definition else 'used'} in {line(of, one.range.start)}" for one in found)


def renamed(of: Snapshot, offset: int) -> str:
    """The lines that change, each as it becomes when the name becomes `fresh`."""
    place = rename.renamable(of, offset)
    try:
        edits = rename.rename(of, offset, "fresh")
    except rename.RenameError as error:
        assert place is None
        return str(error)
    assert place is not None and place.contains(offset) and of.slice(place)[0] in "%^@#!"
    after = apply_edits(of.text, edits).splitlines()
    return "\n".join(new.strip() for old, new in zip(of.text.splitlines(), after) if new != old)


def folded(of: Snapshot, offset: int) -> str:
    here = of.line_of(offset)
    held = (one for one in folding.folds(of) if one.first <= here <= one.last)
    return "\n".join(f"{one.kind} from {of.line_text(one.first).strip()} to {of.line_text(one.last).strip()}" for one in held)


def selected(of: Snapshot, offset: int) -> str:
    """The first line of each range: the others may hold what the fixture asks."""
    return "\n".join(f"<{of.slice(one).splitlines()[0]}>" for one in selection.selections(of, offset))


def coloured(of: Snapshot, offset: int) -> str:
    token = next(one for one in semantic_tokens.tokens(of, Range(offset, offset + 1)))
    modifiers = [name for bit, name in enumerate(semantic_tokens.MODIFIERS) if token.modifiers >> bit & 1]
    return f"`{of.slice(Range(token.start, token.start + token.length))}` {semantic_tokens.KINDS[token.kind]} {modifiers}"


def outlined(of: Snapshot, offset: int) -> str:
    return told_of(symbols.symbols(of), offset)


def told_of(entries: Sequence[symbols.Symbol], offset: int, above: str = "") -> str:
    """The entry whose name stands at the place, behind those that it is in."""
    for one in entries:
        path = f"{above}{one.kind} {one.name} ({one.detail})"
        if one.name_range.start <= offset < one.name_range.end:
            return path
        found = told_of(one.children, offset, f"{path} > ")
        if found:
            return found
    return ""


def linked(of: Snapshot, offset: int) -> str:
    return "\n".join(f"{one.file or one.rule}:{one.line}" for one in links.links(of) if one.range.contains(offset))


def above(of: Snapshot, offset: int) -> str:
    return "\n".join(one.title for one in code_lens.lenses(read(of)) if one.range.contains(offset))


def producers(of: Snapshot, offset: int) -> str:
    found = read(of)
    here = call_hierarchy.item(found, offset)
    return "\n".join(one.summary for one in call_hierarchy.producers(found, here.ordinal)) if here is not None else "nothing"


def consumers(of: Snapshot, offset: int) -> str:
    found = read(of)
    here = call_hierarchy.item(found, offset)
    return "\n".join(one.summary for one in call_hierarchy.consumers(found, here.ordinal)) if here is not None else "nothing"


def offered(of: Snapshot, offset: int) -> str:
    """The actions at the place; behind one that cannot be made, why."""
    found, place = read(of), Range(offset, offset)
    mends = {remark: fixes.fixes_for(document(of), remark) for remark in actions.touching(found, place)}
    rewrites = actions.refactoring_actions(fixes.refactorings(document(of), offset), place)
    listed = [*actions.actions(of, found, place, mends), *rewrites]
    return "\n".join(f"{one.kind}: {one.title}" + (f" (not: {one.disabled})" if one.disabled else "") for one in listed)


def completed(of: Snapshot, offset: int) -> str:
    found = completion.completions(of, offset)
    return "\n".join(f"{of.slice(found.range)} -> {item.text} {item.detail}" for item in found.items)


def signed(of: Snapshot, offset: int) -> str:
    found = signature.signature(of, offset)
    return found.label[slice(*found.parameters[found.active])] if found is not None else "nothing"


def hinted(of: Snapshot, offset: int) -> str:
    known = Earlier(read(of))
    found = inlay_hints.hints(of, of.line_range(of.line_of(offset)), known, frozenset(inlay_hints.KINDS))
    return "\n".join(hint.text for hint in found if offset <= hint.offset <= offset + 12)


ANSWERS: dict[str, Callable[[Snapshot, int], str]] = {
    "hover": said,
    "definition": defined,
    "references": counted,
    "highlight": highlighted,
    "rename": renamed,
    "fold": folded,
    "select": selected,
    "token": coloured,
    "outline": outlined,
    "link": linked,
    "lens": above,
    "producers": producers,
    "consumers": consumers,
    "action": offered,
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


def test_aliases_that_fit_the_other_maps_come_first() -> None:
    text = "#a = affine_map<(d0) -> (d0)>\n#b = affine_map<(d0, d1) -> (d1, d0)>\n#c = affine_map<(d0, d1) -> (d0, d1)>\n"
    for maps, first in (("#c, #", ["#b", "#c", "#a"]), ("affine_map<(d0) -> (d0)>, #", ["#a", "#b", "#c"])):
        begun = f"{text}%0 = linalg.generic {{indexing_maps = [{maps}"
        items = completion.completions(snapshot("u", 0, begun), len(begun)).items
        assert [item.text for item in items] == first


def test_an_op_is_not_offered_its_own_results() -> None:
    begun = "func.func @f(%a: f32) {\n  %b = a.b\n  %1 = flow.dispatch.region -> (f32) {\n    %2 = a.b %"
    items = completion.completions(snapshot("u", 0, begun), len(begun)).items
    assert [item.text for item in items] == ["%b", "%a"]


def test_the_generic_form_has_an_outline_too() -> None:
    text = """\
"builtin.module"() ({
  "flow.executable"() <{sym_name = "x", sym_visibility = "private"}> ({
  }) : () -> ()
  "func.func"() <{function_type = () -> (), sym_name = "main"}> ({
  }) : () -> ()
}) : () -> ()
"""
    [module] = symbols.symbols(snapshot("u", 0, text))
    assert [(one.kind, one.name) for one in module.children] == [("executable", "@x"), ("function", "@main")]


def test_hints_of_one_kind_can_be_left_out() -> None:
    path = FOLDER / "places.mlir"
    found = snapshot("u", 0, path.read_text())
    whole = Range(0, found.length)
    for kind in inlay_hints.KINDS[:-1]:
        alone = {hint.text for hint in inlay_hints.hints(found, whole, None, frozenset([kind]))}
        rest = {hint.text for hint in inlay_hints.hints(found, whole, None, frozenset(inlay_hints.KINDS) - {kind})}
        assert alone and not alone & rest
