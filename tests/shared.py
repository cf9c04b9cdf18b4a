"""The wider corpus beside the project, for checks that run where it is present."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
FIXTURES = ROOT / "tests" / "fixtures"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=f"the wider corpus is not here: {SHARED}")


def accepted_chunks(folder: str = "") -> list[tuple[str, str]]:
    """(name, text) of each chunk of the compiler's own tests that its parser accepts, below a folder."""
    tests = SHARED / "corpus" / "iree-tests"
    rows = [json.loads(line) for line in (tests / "chunks.jsonl").read_text().splitlines()]
    return [
        (f"{row['file']}#{row['chunk']}", (tests / row["file"]).read_bytes()[row["start"] : row["end"]].decode())
        for row in rows
        if row["accepted"] and row["file"].startswith(folder)
    ]


def corpus_files() -> list[Path]:
    """Every IR file beside the project."""
    return sorted(SHARED.glob("corpus/**/*.mlir"))
