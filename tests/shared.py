"""What some tests need and not every machine has: the wider corpus beside the project, the compiler of 2024-07."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
FIXTURES = ROOT / "tests" / "fixtures"
PYTHON_2024 = os.environ.get("DISPATCH_LENS_IREE_2024", "")
PYTHON_3_1 = os.environ.get("DISPATCH_LENS_IREE_31", "")
NO_2024 = "needs a Python that has iree-compiler 20240724.964, named by DISPATCH_LENS_IREE_2024"
needs_shared = pytest.mark.skipif(not SHARED.exists(), reason=f"needs the wider corpus at {SHARED}")
needs_2024 = pytest.mark.skipif(not PYTHON_2024, reason=NO_2024)


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
