"""Bytecode files are read as text by the compiler that wrote them; what is none is a failure in words."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from dispatch_lens.compiler import protocol, subprocesses

SAMPLE = Path(__file__).parents[1] / "fixtures" / "editor" / "session.mlir"
pytestmark = pytest.mark.oracle


def test_bytecode_is_read_as_text(install: protocol.Install, tmp_path: Path) -> None:
    file = tmp_path / "session.mlirbc"
    assert install.iree_opt is not None
    subprocess.run([install.iree_opt, "--emit-bytecode", str(SAMPLE), "-o", str(file)], check=True, timeout=60)
    text = subprocesses.read_bytecode(install, str(file))
    assert isinstance(text, str) and text.count("flow.dispatch.region") == SAMPLE.read_text().count("flow.dispatch.region")


def test_what_is_no_bytecode_is_a_failure(install: protocol.Install, tmp_path: Path) -> None:
    file = tmp_path / "none.mlirbc"
    file.write_bytes(b"ML\xefR and no more")
    assert isinstance(subprocesses.read_bytecode(install, str(file)), protocol.CompilerFailure)
