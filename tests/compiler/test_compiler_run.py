"""Programs run as children: the flow phase and its counts, and the comparison of two programs."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import compiler_texts as texts
import pytest

from dispatch_lens.compiler import protocol, run, subprocesses, worker

SMALL = """\
func.func @main(%a: tensor<4x?xf32>, %b: tensor<5xi8>, %c: tensor<3xi1>, %n: i32, %p: i1) -> (tensor<4x?xf32>, tensor<5xi8>, tensor<3xi1>, i32, i1) {
  %twice = arith.addf %a, %a : tensor<4x?xf32>
  return %twice, %b, %c, %n, %p : tensor<4x?xf32>, tensor<5xi8>, tensor<3xi1>, i32, i1
}
"""  # noqa: E501
FLOW = """\
module {
  flow.executable private @main_dispatch_0 {
    flow.executable.export public @main_dispatch_0
    builtin.module {
      func.func @main_dispatch_0(%arg0: !iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>>) {
        return
      }
    }
  }
  util.initializer {
    %0 = flow.dispatch @main_dispatch_0::@main_dispatch_0() : () -> tensor<4xf32>
    util.return
  }
  util.func public @main(%arg0: !hal.buffer_view) -> !hal.buffer_view attributes {note = "flow.dispatch @no"} {
    %0 = flow.dispatch @main_dispatch_0::@main_dispatch_0(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
    %1:2 = flow.dispatch @main_dispatch_0::@main_dispatch_0(%0) : (tensor<4xf32>) -> (tensor<4xf32>, i1)
    util.return %arg0 : !hal.buffer_view
  }
  util.func public @jit_eval_0() {
    %0 = flow.dispatch @main_dispatch_0::@main_dispatch_0() : () -> tensor<4xf32>
    util.return
  }
}
"""


def test_flow_text_is_counted_by_the_function_that_dispatches() -> None:
    counted = subprocesses.count_flow(FLOW, 0.0)
    evaluated = 1
    assert counted.sites + counted.initializer_sites + evaluated == FLOW.count("= flow.dispatch @")
    assert (counted.initializer_sites, counted.executables) == (1, FLOW.count("flow.executable private"))


@pytest.mark.oracle
def test_flow_phase_follows_the_flags(install: protocol.Install, bindings: worker.Worker) -> None:
    flag = "--iree-dispatch-creation-enable-aggressive-fusion"
    joined = subprocesses.compile_to_flow(install, texts.PLUS_TRANSPOSED, [flag], limits=bindings.limits)
    assert isinstance(joined, protocol.FlowResult)
    assert joined.sites == joined.flow_text.count("= flow.dispatch @") == texts.roots(texts.PLUS_TRANSPOSED)
    assert joined.executables == joined.flow_text.count("flow.executable private")
    wrong = subprocesses.compile_to_flow(install, texts.PLUS_TRANSPOSED, ["--iree-no-such-flag"], limits=bindings.limits)
    assert isinstance(wrong, protocol.CompilerFailure)
    assert wrong.kind == "refused"
    assert "--iree-no-such-flag" in wrong.message


@pytest.mark.oracle
def test_program_is_equal_to_itself_and_differs_from_a_changed_one(install: protocol.Install, bindings: worker.Worker) -> None:
    changed = SMALL.replace("arith.addf %a, %a", "arith.mulf %a, %a")
    before = protocol.Program(SMALL)
    same = run.compare(install, bindings, before, before, protocol.Inputs())
    assert same == protocol.Comparison(True, 0.0, 0.0, "llvm-cpu")
    other = run.compare(install, bindings, before, protocol.Program(changed), protocol.Inputs(), "vmvx")
    assert isinstance(other, protocol.Comparison)
    assert not other.equal_bits
    assert other.max_abs > 0 < other.max_rel
    assert other.backend == "vmvx"


@pytest.mark.oracle
def test_both_programs_are_timed_where_times_are_asked_for(install: protocol.Install, bindings: worker.Worker) -> None:
    program = protocol.Program(SMALL)
    timed = run.compare(install, bindings, program, program, protocol.Inputs(timed_runs=3), "vmvx")
    assert isinstance(timed, protocol.Comparison)
    assert timed.before_seconds
    assert timed.after_seconds


@pytest.mark.oracle
def test_a_disk_that_takes_no_file_is_a_failure_in_a_sentence(
    install: protocol.Install, bindings: worker.Worker, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = protocol.Program(SMALL)
    run.signature(bindings, SMALL, None)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "absent"))
    answers = [
        subprocesses.compile_to_flow(install, SMALL, []),
        run.compile_fully(install, program, "vmvx", protocol.Limits()),
        run.compare(install, bindings, program, program, protocol.Inputs(), "vmvx"),
    ]
    assert [isinstance(one, protocol.CompilerFailure) and one.kind for one in answers] == ["disk"] * 3


@pytest.mark.oracle
@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("func.func @f(%a: !util.buffer) {\n  return\n}", "!util.buffer"),
        ("func.func private @f() {\n  return\n}", "no public function"),
    ],
)
def test_what_cannot_be_run_is_refused(install: protocol.Install, bindings: worker.Worker, text: str, says: str) -> None:
    program = protocol.Program(text)
    answer = run.compare(install, bindings, program, program, protocol.Inputs(), "vmvx")
    assert isinstance(answer, protocol.CompilerFailure)
    assert answer.kind == "refused"
    assert says in answer.message


@pytest.mark.oracle
def test_2024_runs_with_its_own_flags(install_2024: protocol.Install, bindings_2024: worker.Worker) -> None:
    program = protocol.Program(SMALL)
    same = run.compare(install_2024, bindings_2024, program, program, protocol.Inputs(), "vmvx")
    assert same == protocol.Comparison(True, 0.0, 0.0, "vmvx")


@pytest.mark.parametrize(
    ("program", "kind"),
    [
        ("import time; time.sleep(600)", "timeout"),
        ("bytearray(1 << 40)", "memory"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "crash"),
        ("import sys; sys.exit('bad flag')", "refused"),
    ],
)
def test_how_a_child_ends_is_told(program: str, kind: protocol.FailureKind) -> None:
    seconds = 1.0 if kind == "timeout" else 60.0
    answer = subprocesses.run_program([sys.executable, "-c", program], protocol.Limits(request_seconds=seconds))
    assert isinstance(answer, protocol.CompilerFailure)
    assert answer.kind == kind


def test_a_timeout_ends_grandchildren_too(tmp_path: Path) -> None:
    alive = tmp_path / "alive"
    os.mkfifo(alive)
    reader = os.open(alive, os.O_RDONLY | os.O_NONBLOCK)
    script = "import os, sys, time; os.fork(); os.write(os.open(sys.argv[1], os.O_WRONLY), b'x'); time.sleep(600)"
    answer = subprocesses.run_program([sys.executable, "-c", script, str(alive)], protocol.Limits(request_seconds=3.0))
    assert isinstance(answer, protocol.CompilerFailure)
    assert answer.kind == "timeout"
    os.set_blocking(reader, True)
    with os.fdopen(reader, "rb") as both:
        assert both.read() == b"xx"


def test_programs_end_when_another_thread_says_so(tmp_path: Path) -> None:
    """The program itself says that it runs; after that only the end of all children can stop it in time."""
    started = tmp_path / "started"
    os.mkfifo(started)
    script = "import sys, time; open(sys.argv[1], 'w').close(); time.sleep(600)"
    children = subprocesses.Children()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(subprocesses.run_program, [sys.executable, "-c", script, str(started)], protocol.Limits(), children)
        started.open().close()
        children.end()
        assert answer.result(60) == subprocesses.closed()
    assert subprocesses.run_program([sys.executable, "-c", "pass"], protocol.Limits(), children) == subprocesses.closed()
