"""MLIR's own bindings verify where IREE's are absent. Here these are IREE's, under the name and the place of MLIR's."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import compiler_texts as texts
import pytest

from dispatch_lens.compiler import find, probe_main, protocol, worker

pytestmark = pytest.mark.oracle
BORROWED = """
import sys
sys.modules.pop("iree.compiler", None)
sys.path[:] = [each for each in sys.path if each != {folder!r}]
from iree.compiler.{name} import *
"""


@pytest.fixture
def upstream(tmp_path: Path) -> Iterator[worker.Worker]:
    absent = tmp_path / "iree" / "compiler" / "__init__.py"
    absent.parent.mkdir(parents=True)
    absent.write_text('raise ImportError("no IREE")\n')
    (tmp_path / "mlir").mkdir()
    (tmp_path / "mlir" / "__init__.py").touch()
    for name in ("ir", "passmanager"):
        (tmp_path / "mlir" / f"{name}.py").write_text(BORROWED.format(folder=str(tmp_path), name=name))
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH="{tmp_path}" exec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    started = worker.Worker(str(python))
    yield started
    started.close()


def test_mlir_is_found_where_iree_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mlir").mkdir()
    (tmp_path / "mlir" / "ir.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(probe_main, "COMPILERS", ())
    (found,) = find.read_probe(probe_main.probe(), "environment")
    assert found == protocol.Install("environment", probe_main.UPSTREAM, sys.executable, None, None, None)
    newer = protocol.Install("path", "20240410.859", "old", None, os.devnull, None)
    assert find.choose_install("", [found, newer]) is newer


def test_its_dialects_are_verified_and_those_of_iree_refused(upstream: worker.Worker) -> None:
    assert worker.verify(upstream, texts.PLUS_TRANSPOSED) == ()
    answer = worker.verify(upstream, texts.PLUS_TRANSPOSED.replace("linalg.fill ins(%zero", "linalg.fill ins(%empty"))
    assert not isinstance(answer, protocol.CompilerFailure) and len(answer) == 1
    refused = worker.verify(upstream, "util.func @f() {\n  util.return\n}\n")
    assert isinstance(refused, protocol.CompilerFailure) and "MLIR's own bindings" in refused.message
