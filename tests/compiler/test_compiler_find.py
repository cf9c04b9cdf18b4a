"""Installs are found without importing IREE, and a text goes to the one that speaks its syntax."""

from __future__ import annotations

import importlib.metadata
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dispatch_lens.compiler import bridge, find, protocol

OLD = protocol.Install("path", "20240724.964", "old", None, "old/iree-compile", None)
NEW = protocol.Install("environment", "3.13.0", "new", "new/iree-opt", "new/iree-compile", "new/iree-run-module")


@pytest.mark.oracle
def test_own_environment_is_found_with_its_binaries(install: protocol.Install) -> None:
    assert (install.kind, install.python) == ("environment", sys.executable)
    assert install.version == importlib.metadata.version("iree-base-compiler")
    for program in (install.iree_opt, install.iree_compile, install.iree_run_module):
        assert program is not None
        assert Path(program).read_bytes()[:4] == b"\x7fELF"


@pytest.mark.oracle
def test_finding_does_not_import_iree() -> None:
    program = (
        "import sys; from dispatch_lens.compiler import bridge, find; "
        "assert find.find_installs(find.Configured(), ''); "
        "sys.exit([name for name in sys.modules if name.split('.')[0] in ('iree', 'numpy')])"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, timeout=60)
    assert done.stderr.strip() == "[]"


@pytest.mark.oracle
def test_script_and_binary_lead_to_the_same_install(install: protocol.Install) -> None:
    assert install.iree_opt is not None
    script = str(Path(sys.executable).with_name("iree-opt"))
    for program in (script, install.iree_opt):
        (found,) = find.from_program(Path(program), "configured-iree-opt")
        assert (found.version, found.iree_compile) == (install.version, install.iree_compile)
    assert len(find.find_installs(find.Configured(iree_opt=script), str(Path(script).parent))) == 1


def test_programs_without_python_are_an_install_by_their_own_version(tmp_path: Path) -> None:
    for name in ("iree-opt", "iree-compile"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho '  IREE compiler version 3.9.0rc1 @ abc'\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    (found,) = find.from_program(tmp_path / "iree-opt", "path")
    assert found == protocol.Install("path", "3.9.0rc1", None, str(tmp_path / "iree-opt"), str(tmp_path / "iree-compile"), None)


def test_programs_that_hang_are_told_and_keep_nothing_from_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "PROBE_LIMITS", protocol.Limits(request_seconds=0.5))
    for name in ("iree-opt", "iree-compile"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexec /bin/sleep 600\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
    found = find.find_all(find.Configured(pythons=(sys.executable,)), str(tmp_path))
    assert found.silent == (f"`{tmp_path}/iree-compile` did not tell its version within 0.5 s.",)
    assert all(install.kind != "path" for install in found.installs)
    assert find.why_none(found, "iree-compile") == found.silent[0].removesuffix(".")
    assert find.why_none(find.Found(), "iree-opt") == "no iree-opt was found: install iree-base-compiler"


@pytest.mark.parametrize("python", ["/nowhere/python3", os.devnull])
def test_interpreter_that_is_none_gives_no_install(python: str) -> None:
    assert list(find.from_python(python, "configured-python")) == []


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("%0 = flow.dispatch.tensor.load %arg0 : !flow.dispatch.tensor<readonly:tensor<4xf32>>", OLD),
        ("%0 = hal.interface.binding.subspan set(0) binding(0) type(storage_buffer)", OLD),
        ("%pack = tensor.pack %a inner_dims_pos = [0]", OLD),
        ("%0 = iree_tensor_ext.dispatch.tensor.load %arg0", NEW),
        ("#layout = #hal.pipeline.layout<bindings = []>", NEW),
        ("%pack = linalg.pack %a inner_dims_pos = [0]", NEW),
        ("%e = tensor.empty() : tensor<4xf32>", NEW),
    ],
)
def test_text_goes_to_the_install_that_speaks_it(text: str, chosen: protocol.Install) -> None:
    assert find.choose_install(text, [OLD, NEW]) == chosen
    assert find.choose_install(text, [NEW]) == NEW
    assert find.choose_install(text, []) is None


def test_dated_builds_are_older_than_releases() -> None:
    versions = ["20240410.859", "20240724.964", "2.9.0", "3.1.0", "3.9.0", "3.13.0rc20261016"]
    assert sorted(versions, key=find.version_key, reverse=True) == versions[::-1]


def test_without_an_install_the_answer_is_absent() -> None:
    nothing = bridge.Bridge([])
    program = protocol.Program("")
    answers = (
        nothing.verify(""),
        nothing.ops(""),
        nothing.partition("", {}),
        nothing.count("", protocol.PipelineOptions()),
        nothing.compile_to_flow("", ()),
        nothing.compare(program, program, protocol.Inputs()),
    )
    for answer in answers:
        assert isinstance(answer, protocol.CompilerFailure)
        assert answer.kind == "absent"


def test_without_bindings_the_flow_phase_is_still_asked_of_iree_compile(tmp_path: Path) -> None:
    program = tmp_path / "iree-compile"
    program.write_text("#!/bin/sh\necho 'input.mlir:3:8: error: no' >&2\nexit 1\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    only_compile = bridge.Bridge([protocol.Install("path", "3.9.0", None, None, str(program), None)])
    flow = only_compile.compile_to_flow("", ())
    assert isinstance(flow, protocol.CompilerFailure)
    assert flow.kind == "refused"
    verified = only_compile.verify("")
    assert isinstance(verified, protocol.CompilerFailure)
    assert verified.kind == "absent"
