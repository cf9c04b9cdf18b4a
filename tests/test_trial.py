"""The search for flags on a compiler that is made up, and what is done to a text before it is compiled again."""

from __future__ import annotations

import pickle
from concurrent.futures import Executor, ThreadPoolExecutor

import pytest

from dispatch_lens.compiler import bridge
from dispatch_lens.features.document import Document
from dispatch_lens.features.trial import candidates, resume, search
from dispatch_lens.features.trial.candidates import Candidate
from dispatch_lens.features.trial.measure import FlowMeasure
from dispatch_lens.features.trial.outcome import Flags, Found, Measure, Outcome, Run
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
    text = f"{saved} {'--c' in flags} {'--wakes' in flags and '--b' in flags}"
    return Outcome(
        flags, dispatches=9 - saved, executables=4, transposes=2 - ("--c" in flags), copies=0, seconds=0.1, digest=text
    )


def unwatched(run: Run, planned: int) -> None:
    """Nobody looks at the progress."""


def run(names: tuple[str, ...], max_runs: int = 100, measure: Measure = compiler) -> Found:
    options = [Candidate(name, (f"--{name}",), True) for name in names]
    return search.search(measure, options, Inline(), max_runs, unwatched)


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

    run(("a", "b", "c"), measure=counting)
    assert len({frozenset(flags) for flags in asked}) == len(asked)


def test_the_budget_ends_the_search_with_what_was_found() -> None:
    found = run(("a", "b", "c", "d", "e"), max_runs=3)
    assert len(found.runs) == 3
    assert found.best.flags == ("--a",)
    assert "3 runs" in found.stopped


def test_the_keyboard_ends_the_search_with_what_was_found() -> None:
    def interrupted(row: Run, _: int) -> None:
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


def test_a_run_that_is_lost_is_a_row() -> None:
    def losing(flags: Flags) -> Outcome:
        if flags == ("--b",):
            raise OSError("no space left on device")
        return compiler(flags)

    found = run(("a", "b"), measure=losing)
    assert found.best.flags == ("--a",)
    assert any(row.outcome.failure == "the run was lost: no space left on device" for row in found.runs)


def test_what_changes_no_text_alone_and_in_company_is_not_tried_again() -> None:
    idle = tuple(f"idle{i}" for i in range(20))
    few, many = run(("a", "b", "c")), run(("a", "b", "c", *idle))
    assert set(many.best.flags) == {"--a", "--b", "--c"}
    assert len(many.runs) <= len(few.runs) + len(idle) + 12
    assert not any("--idle3" in row.outcome.flags for row in many.runs if row.stage in ("pairs", "search", "shrink"))


def test_a_pair_is_found_where_all_together_do_not_compile() -> None:
    def picky(flags: Flags) -> Outcome:
        return Outcome(flags, failure="too many") if len(flags) > 2 else compiler(flags)

    found = run(("a", "b", "c", "d", "e"), measure=picky)
    assert set(found.best.flags) == {"--b", "--c"}


def test_of_two_levels_one_is_given() -> None:
    def one_level(flags: Flags) -> Outcome:
        levels = [flag for flag in flags if flag.startswith("--level=")]
        assert len(levels) < 2
        return Outcome(flags, dispatches=9 - sum(int(level[-1]) for level in levels), transposes=0, digest=str(levels))

    options = [Candidate(f"level={i}", (f"--level={i}",), False) for i in (1, 2, 3)]
    assert search.search(one_level, options, Inline(), 100, unwatched).best.flags == ("--level=3",)


def test_ones_own_flags_are_measured_and_never_the_best() -> None:
    options = [Candidate("a", ("--a",), True)]
    found = search.search(compiler, options, Inline(), 100, unwatched, against=("--b", "--c"))
    assert found.against is not None
    assert (found.against.dispatches, found.best.flags) == (7, ("--a",))
    assert found.as_json()["against"]


def test_a_measure_can_be_sent_to_another_process() -> None:
    bridge_ = bridge.Bridge([])
    sent = pickle.loads(pickle.dumps(FlowMeasure(bridge_, "x", (), "vmvx")))
    assert sent(("--a",)).failure


@pytest.mark.parametrize("release", ["2024-07", "3.13"])
def test_a_candidate_is_spelled_for_the_release_and_never_changes_numbers(release: str) -> None:
    version = table.release(release)
    assert version is not None
    found = candidates.candidates(version, "llvm-cpu")
    assert len(found) > 10
    for one in found:
        option = table.option(one.id.partition("=")[0])
        assert option.advice != "never"
        assert not {"wrong-results", "changes-numbers"} & {risk.harm for risk in option.risks_in(version)}
        assert all(table.find(flag) is not None for flag in one.flags)


def imported(name: str, body: str = LINALG) -> resume.Resumable | resume.NotResumable:
    optimized = body.replace("linalg.exp ins", "linalg.generic {} ins")
    text = optimized.replace("  %0 =", "  %b = hal.tensor.import %arg0 : x\n  %0 =", 1)
    return resume.resumable(Document(name, 0, text), None)


def test_from_global_optimization_only_the_flags_that_still_act_are_tried() -> None:
    program = imported("x/global-optimization.mlir")
    assert isinstance(program, resume.Resumable)
    assert program.flags == ("--compile-from=global-optimization",)
    assert program.phases == ("dispatch-creation",)
    assert any("no effect" in note for note in program.notes)


@pytest.mark.parametrize(
    ("name", "line", "phases"),
    [
        ("input.mlir", "", 3),
        ("m.mlir", "  %t = linalg.transpose ins(%a : x) outs(%b : x) permutation = [0]\n", 3),
        ("m.mlir", "  %t = linalg.generic {} ins(%a : tensor<1x4xf32>) outs(%b : tensor<1x4xf32>)\n", 3),
        ("input.mlir", "  %t = iree_tensor_ext.compute_barrier.start %a : tensor<4xf32>\n", 1),
        ("m.mlir", "", 1),
    ],
)
def test_the_phase_is_read_off_the_text_before_the_name(name: str, line: str, phases: int) -> None:
    program = imported(name, LINALG.replace("  util.return", f"{line}  util.return"))
    assert isinstance(program, resume.Resumable)
    assert len(program.phases) == phases


def test_a_dump_from_inside_a_phase_is_refused_unless_the_caller_knows_better() -> None:
    header = "// -----// IR Dump After CSE (cse) //----- //\n"
    text = header + LINALG
    refused = resume.resumable(Document("x", 0, text), None)
    assert isinstance(refused, resume.NotResumable)
    assert "--compile-to=" in refused.reason
    assert isinstance(resume.resumable(Document("x", 0, text), "preprocessing"), resume.Resumable)


def test_elided_constants_get_keys_of_their_own() -> None:
    text = LINALG.replace("  %0 =", "  %c = arith.constant dense_resource<__elided__> : tensor<4xf32>\n" * 2 + "  %0 =", 1)
    program = resume.resumable(Document("x", 0, text), None)
    assert isinstance(program, resume.Resumable)
    assert "dense_resource<__elided_0__>" in program.text
    assert "dense_resource<__elided_1__>" in program.text
    assert program.flags == ("--iree-opt-const-eval=false",)


def test_regions_beside_ops_that_still_need_one_are_compiled_as_they_are() -> None:
    body = "\n".join(LINALG.splitlines()[1:3])
    program = resume.resumable(Document("x", 0, REGION.replace("  util.return", f"{body}\n  util.return")), None)
    assert isinstance(program, resume.Resumable)


@pytest.mark.parametrize("text", [REGION, "", "hello"])
def test_what_cannot_be_compiled_again_says_what_is_needed(text: str) -> None:
    refused = resume.resumable(Document("x", 0, text), None)
    assert isinstance(refused, resume.NotResumable)
    assert "--compile-to=" in refused.reason
