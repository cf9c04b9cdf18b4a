"""The search for flags on a compiler that is made up, and what is done to a text before it is compiled again."""

from __future__ import annotations

from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from dispatch_lens.features.document import Document
from dispatch_lens.features.trial import candidates, resume, search
from dispatch_lens.features.trial.candidates import Candidate
from dispatch_lens.features.trial.outcome import Found, Outcome, Run, changed
from dispatch_lens.flags import table

LINALG = """util.func public @f(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%arg0 : tensor<4xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
  util.return %1 : tensor<4xf32>
}
"""
REGION = """util.func public @f(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = flow.dispatch.region -> (tensor<4xf32>) {
    flow.return %arg0 : tensor<4xf32>
  }
  util.return %0 : tensor<4xf32>
}
"""


class Inline(Executor):
    """Runs at once, so that a test sees the order."""

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(fn, *args, **kwargs)


def compiler(flags: tuple[str, ...]) -> Outcome:
    """`--a` saves one dispatch; `--b` saves two, only with `--c`; `--bad` does not compile, nor anything with it."""
    if "--bad" in flags:
        return Outcome(flags, failure="it crashed")
    saved = ("--a" in flags) + 2 * ("--b" in flags and "--c" in flags)
    return Outcome(flags, dispatches=9 - saved, executables=4, transposes=2 - ("--c" in flags), copies=0, seconds=0.1)


def run(names: tuple[str, ...], max_runs: int = 100) -> Found:
    options = [Candidate(name, (f"--{name}",), True) for name in names]
    return search.search(compiler, options, Inline(), max_runs, lambda _: None)


def test_flags_that_only_work_together_are_found_and_nothing_can_be_dropped() -> None:
    found = run(("idle", "a", "b", "c", "other"))
    assert set(found.best.flags) == {"--a", "--b", "--c"}
    assert found.best.dispatches == 6
    assert not found.stopped


def test_a_flag_that_breaks_the_compiler_is_a_row_and_not_the_end() -> None:
    found = run(("bad", "a"))
    assert found.best.flags == ("--a",)
    assert any(row.outcome.failure == "it crashed" for row in found.runs)


def test_equal_sets_are_compiled_once() -> None:
    asked: list[tuple[str, ...]] = []

    def counting(flags: tuple[str, ...]) -> Outcome:
        asked.append(flags)
        return compiler(flags)

    options = [Candidate(name, (f"--{name}",), True) for name in ("a", "b", "c")]
    search.search(counting, options, Inline(), 100, lambda _: None)
    assert len({frozenset(flags) for flags in asked}) == len(asked)


def test_the_budget_ends_the_search_with_what_was_found() -> None:
    found = run(("a", "b", "c", "d", "e"), max_runs=3)
    assert len(found.runs) == 3
    assert found.best.flags == ("--a",)
    assert "3 runs" in found.stopped


def test_the_keyboard_ends_the_search_with_what_was_found() -> None:
    def interrupted(row: Run) -> None:
        if row.outcome.flags == ("--a",):
            raise KeyboardInterrupt

    options = [Candidate(name, (f"--{name}",), True) for name in ("a", "b")]
    found = search.search(compiler, options, Inline(), 100, interrupted)
    assert found.best.flags == ("--a",)
    assert "keyboard" in found.stopped


def test_where_nothing_helps_the_best_is_the_base() -> None:
    found = run(("idle", "other"))
    assert found.best == found.base
    assert found.best.flags == ()


def test_what_merged_is_told_by_name() -> None:
    before = Outcome((), 3, names={"conv": 1, "elementwise": 2})
    after = Outcome(("--a",), 2, names={"conv": 1, "conv_elementwise": 1})
    assert changed(before, after) == (("elementwise", "elementwise"), ("conv_elementwise",))


@pytest.mark.parametrize("release", ["2024-07", "3.13"])
def test_a_candidate_is_spelled_for_the_release_and_never_changes_numbers(release: str) -> None:
    version = table.release(release)
    assert version is not None
    found = candidates.candidates(version, "llvm-cpu")
    assert len(found) > 10
    for one in found:
        option = table.option(one.id)
        assert option.advice != "never"
        assert not {"wrong-results", "changes-numbers"} & {risk.harm for risk in option.risks_in(version)}
        assert all(table.find(flag) is not None for flag in one.flags)


def test_from_global_optimization_only_the_flags_that_still_act_are_tried() -> None:
    imported = LINALG.replace("%1 : tensor", "%1 : tensor").replace("  %0 =", "  %b = hal.tensor.import %arg0 : x\n  %0 =", 1)
    program = resume.resumable(Document("x/global-optimization.mlir", 0, imported), None)
    assert isinstance(program, resume.Resumable)
    assert program.flags == ("--compile-from=global-optimization",)
    assert program.phases == ("dispatch-creation",)
    assert program.notes


def test_elided_constants_get_keys_of_their_own() -> None:
    text = LINALG.replace("  %0 =", "  %c = arith.constant dense_resource<__elided__> : tensor<4xf32>\n" * 2 + "  %0 =", 1)
    program = resume.resumable(Document("x", 0, text), None)
    assert isinstance(program, resume.Resumable)
    assert "dense_resource<__elided_0__>" in program.text
    assert "dense_resource<__elided_1__>" in program.text
    assert "--iree-opt-const-eval=false" in program.flags


@pytest.mark.parametrize("text", [REGION, "", "hello"])
def test_what_cannot_be_compiled_again_says_what_is_needed(text: str) -> None:
    assert isinstance(resume.resumable(Document("x", 0, text), None), resume.NotResumable)
