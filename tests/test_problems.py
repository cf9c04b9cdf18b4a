"""What is told of broken text: one problem an op, on its line, in plain words; and nothing of text that is in order."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotations

FIXTURES = sorted((Path(__file__).parent / "fixtures" / "problems").glob("*.mlir"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_each_broken_op_is_told_on_its_line(path: Path) -> None:
    assert annotations.differences(path.read_text()) == []
