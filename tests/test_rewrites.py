"""Every rewrite has a fixture with its golden, is listed in the docs, ends, and keeps what it does not touch."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from types import NoneType

import pytest
from click.testing import CliRunner, Result

from dispatch_lens import rewrites
from dispatch_lens.cli.main import main
from dispatch_lens.features import diagnostics, fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import problems_in
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags import table
from dispatch_lens.ir import linalg
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites import draft, generic, merge_dispatches, regions, remove_transpose
from dispatch_lens.rewrites.rewrite import Aim, Applied, Refused, Rewrite
from dispatch_lens.text import Edit, apply_edits
from shared import accepted_chunks, needs_shared

ROOT = Path(__file__).parent.parent
FIXTURES = Path(__file__).parent / "fixtures" / "rewrites"
MARK = "\n// -----\n\n"
OLDER = table.NAMED["2024-07"]

each_rewrite = pytest.mark.parametrize("rewrite", rewrites.ALL, ids=lambda rewrite: rewrite.name)


def cases(rewrite: Rewrite) -> list[str]:
    return (FIXTURES / f"{rewrite.name}.mlir").read_text().split(MARK)


def outcome(text: str, rewrite: Rewrite) -> Applied | Refused | None:
    """What the first op says where the rewrite applies, else the first refusal."""
    found = [answer for op in lower(text).walk() if (answer := rewrite.apply(op)) is not None]
    return next((answer for answer in found if isinstance(answer, Applied)), found[0] if found else None)


def rewritten(text: str, rewrite: Rewrite) -> str:
    answer = outcome(text, rewrite)
    if isinstance(answer, Applied):
        return apply_edits(text, answer.edits)
    return f"// {answer.reason if answer else 'the pattern is not here'}\n{text}"


def test_two_dispatches_of_a_text_without_a_function_are_merged() -> None:
    case = cases(merge_dispatches.REWRITE)[0]
    body = case[case.index("{\n") + 2 : case.rindex("  return")]
    assert isinstance(outcome(case, merge_dispatches.REWRITE), Applied)
    assert isinstance(outcome(body, merge_dispatches.REWRITE), Applied)


@pytest.mark.parametrize(
    ("read", "elementwise"), [("(d0, d1)", True), ("(d1, d0)", True), ("(d0, d0)", False), ("(d0, 0)", True)]
)
def test_an_op_that_reads_a_dim_twice_is_not_elementwise(read: str, elementwise: bool) -> None:
    text = (
        f"%r = linalg.generic {{indexing_maps = [affine_map<(d0, d1) -> {read}>, affine_map<(d0, d1) -> (d0, d1)>], "
        'iterator_types = ["parallel", "parallel"]} ins(%x : tensor<4x4xf32>) outs(%y : tensor<4x4xf32>) {\n'
        "^bb0(%a: f32, %b: f32):\n  linalg.yield %a : f32\n} -> tensor<4x4xf32>\n"
    )
    found = linalg.structured(lower(text).ops[0])
    assert found is not None and generic.is_elementwise(found) == elementwise


def test_there_is_a_fixture_for_each_rewrite_and_none_without() -> None:
    names = {path.name.split(".")[0] for path in FIXTURES.glob("*.mlir")}
    assert names == {rewrite.name for rewrite in rewrites.ALL}


@each_rewrite
def test_a_fixture_becomes_its_golden(rewrite: Rewrite, update: bool) -> None:
    golden = FIXTURES / f"{rewrite.name}.fixed.mlir"
    made = MARK.join(rewritten(case, rewrite) for case in cases(rewrite))
    if update:
        golden.write_text(made)
    assert golden.read_text() == made, "stale: run pytest --update"


@each_rewrite
def test_a_rewrite_applies_to_some_case_of_its_fixture(rewrite: Rewrite) -> None:
    assert any(isinstance(outcome(case, rewrite), Applied) for case in cases(rewrite))


@each_rewrite
def test_what_is_rewritten_has_no_problems(rewrite: Rewrite) -> None:
    for case in cases(rewrite):
        document = Document("made", 0, rewritten(case, rewrite))
        assert messages(document) == []


def messages(document: Document) -> list[str]:
    return [problem.message for problem in problems_in(document, document.sections)]


@each_rewrite
def test_a_rewrite_is_chosen_by_its_name(rewrite: Rewrite) -> None:
    assert fixes.chosen(frozenset({rewrite.name})) == (rewrite,)


def test_rewrites_are_chosen_by_the_rule_that_they_serve_and_by_no_other_name() -> None:
    assert set(fixes.chosen(frozenset({"standalone-transpose"}))) == set(fixes.rewrites_of("standalone-transpose"))
    assert fixes.chosen(frozenset({"no-such-rewrite"})) == "no-such-rewrite"


@each_rewrite
def test_refusals_are_clauses(rewrite: Rewrite) -> None:
    for other in rewrites.ALL:
        for case in cases(other):
            for op in lower(case).walk():
                answer = rewrite.apply(op)
                if isinstance(answer, Refused):
                    assert answer.reason and not answer.reason[0].isupper() and not answer.reason.endswith("."), answer.reason


@each_rewrite
def test_a_second_run_to_the_fixpoint_changes_nothing(rewrite: Rewrite) -> None:
    for case in cases(rewrite):
        once = fixes.fixed(Document("case", 0, case), rewrites.ALL, OLDER)
        assert fixes.fixed(Document("case", 0, once.text), rewrites.ALL, OLDER).steps == ()


@each_rewrite
@pytest.mark.timeout(60)
def test_a_text_whose_values_were_swapped_is_answered_or_left_alone(rewrite: Rewrite) -> None:
    for case in cases(rewrite):
        for text in swapped(case, random.Random(rewrite.name)):
            document = Document("swapped", 0, text)
            diagnostics.diagnostics(document, Settings())
            for op in lower(text).walk():
                fixes.refactorings(document, op.name_range.start)
            fixes.fixed(document, rewrites.ALL, OLDER)


def swapped(case: str, chance: random.Random) -> Iterator[str]:
    """The text with one value in the place of another, five times."""
    found = list(re.finditer(r"%\w+", case))
    for _ in range(5):
        place, other = chance.sample(found, 2)
        yield f"{case[: place.start()]}{other[0]}{case[place.end() :]}"


@each_rewrite
def test_names_inside_of_ops_may_mean_something_else_behind_them(rewrite: Rewrite) -> None:
    for case in (names_used_again(case) for other in rewrites.ALL for case in cases(other)):
        assert messages(Document("before", 0, case)) == []
        for op in lower(case).walk():
            answer = rewrite.apply(op)
            if isinstance(answer, Applied):
                made = apply_edits(case, answer.edits)
                assert messages(Document("after", 0, made)) == [], made


def names_used_again(case: str) -> str:
    """The text with names inside each op of a function that constants right behind it have too."""
    edits: list[Edit] = []
    for number, op in enumerate(lower(case).walk()):
        if op.parent is None or not op.parent.name.endswith(".func") or not op.regions:
            continue
        fresh = {value.name: f"%v{value.name[1:]}_{number}" for value in regions.defined(op)}
        behind = "".join(f"\n  {name} = arith.constant 0 : index" for name in sorted(fresh.values()))
        edits.append(Edit(op.range, draft.Draft.renamed(op.text, fresh) + behind))
    return apply_edits(case, edits)


@needs_shared
@pytest.mark.parametrize("folder", ["Dialect", "DispatchCreation", "GlobalOptimization", "Preprocessing"])
def test_no_rewrite_fails_on_the_compilers_own_tests(folder: str) -> None:
    for _, text in accepted_chunks(folder):
        for _, module in Document("chunk", 0, text).read_sections:
            for op in module.walk():
                assert all(isinstance(each.apply(op), (Applied, Refused, NoneType)) for each in rewrites.ALL)


def test_comments_outside_the_rewritten_op_stay() -> None:
    rewrite = rewrites.by_name("fold-transpose-into-consumer")
    assert rewrite is not None
    made = rewritten(cases(rewrite)[1], rewrite)
    assert "  // The product.\n" in made and "// in f32" in made
    assert "indexing_maps = [affine_map<(d0, d1, d2) -> (d0, d2)>, #map, " in made


def test_names_are_unique_and_one_is_found_by_its_name() -> None:
    names = [rewrite.name for rewrite in rewrites.ALL]
    assert len(set(names)) == len(names)
    assert all(rewrites.by_name(rewrite.name) is rewrite for rewrite in rewrites.ALL)


def test_the_docs_list_every_rewrite() -> None:
    text = (ROOT / "docs" / "rewrites.md").read_text()
    words = {Aim.FEWER_DISPATCHES: "fewer", Aim.MAYBE_FEWER: "maybe", Aim.OTHER_FORM: "other form"}
    listed = re.findall(r"^\| `([a-z-]+)` \| (fewer|maybe|other form)[^|]* \|", text, re.MULTILINE)
    assert sorted(listed) == sorted((rewrite.name, words[rewrite.aim]) for rewrite in rewrites.ALL)


def test_a_refactoring_that_would_be_wrong_is_offered_with_its_reason() -> None:
    rewrite = rewrites.by_name("fold-transpose-into-consumer")
    assert rewrite is not None
    text = cases(rewrite)[3]
    offered = fixes.refactorings(Document("case", 0, text), text.index("linalg.transpose"))
    refused = {each.name: each.refused for each in offered if each.refused}
    assert refused["fold-transpose-into-consumer"] == "its reader `func.return` has no indexing map to permute"
    assert [each.refused is None for each in offered] == sorted((each.refused is None for each in offered), reverse=True)


def test_every_rule_names_known_rewrites() -> None:
    from dispatch_lens import rules

    named = {name for names in fixes.OF_RULE.values() for name in names}
    assert named <= {rewrite.name for rewrite in rewrites.ALL}
    assert fixes.OF_RULE.keys() <= {rule.name for rule in rules.ALL}
    assert {rewrite.name for rewrite in fixes.rewrites_of("standalone-transpose")} >= {"remove-transpose", "compose-transposes"}


def test_a_remark_on_a_transpose_is_fixed_by_one_action() -> None:
    from dispatch_lens.features import diagnostics
    from dispatch_lens.features.settings import Settings

    text = (FIXTURES.parent / "rules" / "standalone-transpose.mlir").read_text().split("// -----\n")[0]
    document = Document("case", 0, text)
    remarks = [r for r in diagnostics.diagnostics(document, Settings()).remarks if r.rule == "standalone-transpose"]
    made = apply_edits(text, fixes.fixes_for(document, remarks[0])[0].edits)
    after = diagnostics.diagnostics(Document("after", 0, made), Settings())
    assert [r for r in after.remarks if r.rule == "standalone-transpose"] == []


def test_a_fix_that_another_one_completes_is_not_offered() -> None:
    text = (FIXTURES.parent / "thread-cases" / "s3_reshape_pair.regions.mlir").read_text()
    document = Document("case", 0, text)
    (remark,) = (r for r in diagnostics.diagnostics(document, Settings()).remarks if r.rule == "reshape-between-dispatches")
    assert [fix.title for fix in fixes.fixes_for(document, remark)] == ["make one dispatch of the two: the reshapes fold away"]


def run(*arguments: str, input_: str | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=input_)


def test_fix_writes_in_place_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "s12.mlir"
    path.write_text(cases(remove_transpose.REWRITE)[0])
    first = run("fix", "--select", "remove-transpose", str(path))
    assert (first.output, first.exit_code) == (f"{path}: remove-transpose 1×\n", 0)
    once = path.read_text()
    assert "linalg.depthwise_conv_2d_nhwc_hwc" in once
    assert run("fix", "--select", "remove-transpose", str(path)).output == f"{path}: nothing to fix\n"
    assert path.read_text() == once


def test_fix_writes_copies_and_prints_differences(tmp_path: Path) -> None:
    source = FIXTURES / "compose-transposes.mlir"
    assert run("fix", "--output", str(tmp_path / "made"), str(source)).exit_code == 0
    assert (tmp_path / "made" / source.name).read_text() != source.read_text()
    shown = run("fix", "--diff", "--select", "compose-transposes", str(source)).output
    assert "-  %t = linalg.transpose ins(%x" in shown and "+++" in shown


def test_fix_takes_rules_and_names_what_it_does_not_know() -> None:
    text = (FIXTURES / "fold-reshape-pair.mlir").read_text()
    assert run("fix", "--select", "standalone-transpose", "-", input_=text).stdout.endswith(text)
    unknown = run("fix", "--select", "no-such-rule", "-", input_=text)
    assert unknown.exit_code == 2 and "no-such-rule" in unknown.output


@pytest.mark.parametrize(("line", "ops"), [(6, 1), (12, 1)])
def test_extract_cuts_out_a_module_without_problems(line: int, ops: int) -> None:
    made = run("extract", str(FIXTURES / "remove-transpose.mlir"), str(line))
    assert made.exit_code == 0
    document = Document("cut", 0, made.output)
    assert messages(document) == []
    assert sum(op.name.startswith("linalg.") and op.depth == 1 for op in document.module(document.sections[0]).walk()) >= ops


def test_extract_takes_the_reader_along_and_large_constants_as_splats() -> None:
    made = run("extract", "--pair", str(FIXTURES / "remove-transpose.mlir"), "6").output
    assert "linalg.depthwise_conv_2d_nchw_chw" in made and "dense<1.000000e-01> : tensor<8x3x3xf32>" in made


def test_extract_says_why_not() -> None:
    nothing = run("extract", str(FIXTURES / "remove-transpose.mlir"), "900")
    assert nothing.exit_code == 1 and "no op begins on this line" in nothing.output
