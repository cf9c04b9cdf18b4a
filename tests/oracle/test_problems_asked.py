"""The compiler rejects the ops that `fixtures/problems` calls broken, on the same lines."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from iree.compiler import _mlir_libs

import annotations

PROBLEMS = Path(__file__).parents[1] / "fixtures" / "problems"
OPT = Path(_mlir_libs.__file__).parent / "iree-opt"
LOCATED = re.compile(r":(\d+):\d+: error: ")


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["one-an-op.mlir", "sizes-and-kinds.mlir"])
def test_the_compiler_rejects_the_same_lines(name: str) -> None:
    text = (PROBLEMS / name).read_text()
    told = text.replace("expected-error", "told")
    asked = subprocess.run([OPT, "--split-input-file", "-"], input=told, capture_output=True, text=True, timeout=60)
    rejected = {int(line) for line in LOCATED.findall(asked.stderr)}
    assert rejected == {one.line for one in annotations.expectations(text)}
