"""The worker answers, keeps positions, and survives what kills its child."""

from __future__ import annotations

import sys
import threading
from dataclasses import replace

import compiler_texts as texts
import pytest

from dispatch_lens.compiler import protocol, worker

pytestmark = pytest.mark.oracle
AGGRESSIVE = {"aggressive-fusion": "true"}
DEFAULT = protocol.PipelineOptions()


def good(answer: object) -> None:
    assert not isinstance(answer, protocol.CompilerFailure), answer


def failed(answer: object) -> protocol.CompilerFailure:
    assert isinstance(answer, protocol.CompilerFailure), answer
    assert "\n" not in answer.message
    assert "Traceback" not in answer.message
    return answer


@pytest.mark.parametrize("text", [texts.TWO_CONSUMERS, texts.PLUS_TRANSPOSED])
def test_valid_text_has_no_diagnostics(bindings: worker.Worker, text: str) -> None:
    assert worker.verify(bindings, text) == ()


def test_diagnostic_has_place_severity_and_notes(bindings: worker.Worker) -> None:
    text = texts.PLUS_TRANSPOSED.replace("linalg.fill ins(%zero", "linalg.fill ins(%empty")
    answer = worker.verify(bindings, text)
    assert not isinstance(answer, protocol.CompilerFailure)
    (found,) = answer
    line = texts.place(text, "linalg.fill").line
    assert (found.severity, found.position) == ("error", texts.place(text, "%empty : f32"))
    assert "expects different type" in found.message
    assert [note.position for note in found.notes] == [protocol.Position(line - 1, 3)]
    assert not found.artefact_of_scope


def test_function_printed_alone_is_valid_but_for_its_scope(bindings: worker.Worker) -> None:
    answer = worker.verify(bindings, texts.ALONE)
    assert not isinstance(answer, protocol.CompilerFailure)
    assert answer
    assert all(found.artefact_of_scope for found in answer)
    groups = worker.partition(bindings, texts.ALONE, {})
    assert not isinstance(groups, protocol.CompilerFailure)
    (region,) = groups.regions
    assert (region.function, region.root) == ("alone", texts.place(texts.ALONE, "linalg.matmul"))


def test_position_of_an_op_is_the_byte_column_of_its_name(bindings: worker.Worker) -> None:
    text = 'func.func @é() {\n  "x.y"() {a = "éé"} : () -> () "generic.form"() : () -> () loc("f.py":7:8)\n'
    text = text.replace("@é", "@e") + "  %c, %d = scf.execute_region -> (i1, i1) {\n"
    text += "    %t = arith.constant true\n    scf.yield %t, %t : i1, i1\n  }\n  return\n}\n"
    answer = worker.ops(bindings, text)
    assert not isinstance(answer, protocol.CompilerFailure)
    module, *inside = answer
    assert (module.name, module.position, module.depth) == ("builtin.module", None, 0)
    names = ["func.func", '"x.y"', '"generic.form"', "scf.execute_region", "arith.constant", "scf.yield", "return"]
    assert [op.position for op in inside] == [texts.place(text, name) for name in names]
    assert [op.depth for op in inside] == [1, 2, 2, 2, 3, 3, 2]
    region, constant, terminator = inside[3:6]
    assert (region.results, region.operands, region.regions) == (2, 0, 1)
    assert constant.position is not None
    assert terminator.definers == (constant.position.line,) * 2


def test_partition_groups_consumers_only_with_aggressive_fusion(bindings: worker.Worker) -> None:
    text = texts.TWO_CONSUMERS
    apart = worker.partition(bindings, text, {})
    joined = worker.partition(bindings, text, AGGRESSIVE)
    assert isinstance(apart, protocol.Partition)
    assert isinstance(joined, protocol.Partition)
    everything = [texts.place(text, "linalg.matmul"), *texts.places(text, "linalg.generic")]
    assert [[op.position for op in region.ops] for region in apart.regions] == [[one] for one in everything]
    (region,) = joined.regions
    assert (region.function, region.root, region.preformed) == ("main", everything[0], False)
    assert [op.position for op in region.ops] == everything
    assert [op.name for op in region.ops] == ["linalg.matmul", "linalg.generic", "linalg.generic"]


def test_partition_keeps_apart_what_reads_its_producer_transposed(bindings: worker.Worker) -> None:
    for options in ({}, AGGRESSIVE):
        answer = worker.partition(bindings, texts.PLUS_TRANSPOSED, options)
        assert isinstance(answer, protocol.Partition)
        assert len(answer.regions) == texts.roots(texts.PLUS_TRANSPOSED)


def test_count_follows_the_options_of_each_step(bindings: worker.Worker) -> None:
    separate = texts.roots(texts.TWO_CONSUMERS)
    options = protocol.PipelineOptions(form=AGGRESSIVE, creation=AGGRESSIVE)
    assert worker.count(bindings, texts.TWO_CONSUMERS, DEFAULT) == protocol.Count(separate, separate, 0, separate)
    assert worker.count(bindings, texts.TWO_CONSUMERS, options) == protocol.Count(1, 1, 0, 1)


def test_dissolved_regions_are_grouped_anew(bindings: worker.Worker) -> None:
    form = "builtin.module(func.func(iree-dispatch-creation-form-dispatch-regions))"
    formed = worker.run_pipeline(bindings, texts.TWO_CONSUMERS, form)
    assert isinstance(formed, str)
    regions = texts.places(formed, "flow.dispatch.region")
    assert len(regions) == texts.roots(texts.TWO_CONSUMERS)
    options = replace(DEFAULT, form=AGGRESSIVE)
    whole = worker.inline_count(bindings, formed, None, options)
    assert isinstance(whole, protocol.Regrouping)
    assert (whole.inlined, whole.partition.before, len(whole.partition.regions)) == (len(regions), 0, 1)
    some = worker.inline_count(bindings, formed, regions[:2], options)
    assert isinstance(some, protocol.Regrouping)
    assert some.inlined == len(regions[:2])
    assert [region.preformed for region in some.partition.regions].count(True) == some.partition.before == 1
    nowhere = failed(worker.inline_count(bindings, formed, [protocol.Position(1, 1)], DEFAULT))
    assert nowhere.kind == "refused"


@pytest.mark.parametrize(
    ("text", "pipeline", "says"),
    [
        ("func.func @f() {\n  %x = linalg.nothing\n}", "builtin.module(cse)", "Line 2, column 8: "),
        (texts.TWO_CONSUMERS, "builtin.module(no-such-pass)", "no-such-pass"),
    ],
)
def test_refusal_is_a_sentence(bindings: worker.Worker, text: str, pipeline: str, says: str) -> None:
    failure = failed(worker.run_pipeline(bindings, text, pipeline))
    assert failure.kind == "refused"
    assert says in failure.message


def test_crash_is_one_answer_and_the_next_request_is_served(bindings: worker.Worker) -> None:
    failure = failed(worker.verify(bindings, texts.CRASHES_3_13))
    assert (failure.kind, failure.message) == ("crash", "The compiler crashed (SIGSEGV).")
    assert worker.verify(bindings, texts.TWO_CONSUMERS) == ()


def test_time_limit_is_one_answer_and_the_next_request_is_served(bindings: worker.Worker) -> None:
    good(worker.verify(bindings, texts.TWO_CONSUMERS))
    limits = bindings.limits
    bindings.limits = replace(limits, request_seconds=0.5)
    failure = failed(worker.run_pipeline(bindings, texts.NEVER_ENDS, texts.NEVER_ENDS_PIPELINE))
    assert (failure.kind, failure.message) == ("timeout", "The compiler did not answer within 0.5 s.")
    bindings.limits = limits
    assert worker.verify(bindings, texts.TWO_CONSUMERS) == ()


def test_memory_limit_is_one_answer_and_the_next_request_is_served(bindings: worker.Worker) -> None:
    failure = failed(worker.run_pipeline(bindings, texts.NEEDS_32_GB, "builtin.module(canonicalize)"))
    assert failure.kind == "memory"
    assert worker.verify(bindings, texts.TWO_CONSUMERS) == ()


def test_python_without_iree_is_absent() -> None:
    without = worker.Worker("/nowhere/python3")
    assert failed(without.start()).kind == "absent"
    assert failed(worker.verify(without, "")).kind == "absent"


def test_threads_share_a_worker(bindings: worker.Worker) -> None:
    answers: list[object] = []

    def ask() -> None:
        answers.append(worker.partition(bindings, texts.TWO_CONSUMERS, AGGRESSIVE))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == len(threads)
    assert len({str(answer) for answer in answers}) == 1
    good(answers[0])


def test_closed_worker_is_absent() -> None:
    closed = worker.Worker(sys.executable)
    closed.close()
    assert failed(worker.verify(closed, "")).kind == "absent"


def test_2024_takes_its_own_pass_names_and_syntax(bindings_2024: worker.Worker) -> None:
    separate = texts.roots(texts.TWO_CONSUMERS)
    count = worker.count(bindings_2024, texts.TWO_CONSUMERS, DEFAULT)
    assert isinstance(count, protocol.Count)
    assert count.regions == separate
    form = "builtin.module(func.func(iree-dispatch-creation-form-dispatch-regions))"
    formed = worker.run_pipeline(bindings_2024, texts.TWO_CONSUMERS, form)
    assert isinstance(formed, str)
    assert formed.count("flow.dispatch.region") == separate
    assert worker.verify(bindings_2024, "func.func @f(%x: !flow.dispatch.tensor<readonly:tensor<4xf32>>) { return }") == ()
    options = protocol.PipelineOptions(creation=AGGRESSIVE)
    assert failed(worker.count(bindings_2024, texts.TWO_CONSUMERS, options)).kind == "refused"
