"""A file that is read before the editor opens it: the same is said of it, and of any other text what is true of that."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

import pytest

from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import snapshot
from dispatch_lens.lsp import ahead, analyst_process
from dispatch_lens.lsp.analyst import Analyst

TEXT = (Path(__file__).parent / "fixtures" / "editor" / "session.mlir").read_text()
OTHER = TEXT.replace("util.func", "util.func private", 1)
PLAIN = Settings()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.mlir"
    path.write_bytes(TEXT.encode())
    return path


def known(text: str, settings: Settings = PLAIN) -> Overview:
    return overview(Document("file:///a.mlir", 7, text), settings)


def test_what_was_read_ahead_is_what_is_read(file: Path):
    read = ahead.read(file)
    assert read is not None
    assert read.overview(TEXT, 7, PLAIN) == known(TEXT)
    assert read.overview(OTHER, 7, PLAIN) is None
    assert read.overview(TEXT, 7, Settings(ignore=frozenset({"standalone-transpose"}))) is None


@pytest.mark.parametrize("text", ["\ufeff" + TEXT, TEXT.replace("\n", "\r\n")])
def test_a_file_is_read_as_an_editor_does(file: Path, text: str):
    file.write_bytes(text.encode())
    read = ahead.read(file)
    assert read is not None and read.text == text.removeprefix("\ufeff")


def test_what_cannot_be_read_is_not(file: Path):
    file.write_bytes(b"\xff\xfe")
    assert ahead.read(file) is None
    assert ahead.read(file.parent) is None
    assert ahead.read(file.parent / "gone.mlir") is None


@pytest.mark.parametrize("text", [TEXT, OTHER])
def test_the_process_that_began_ahead_answers_about_any_text(file: Path, text: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))

    async def asked() -> Overview:
        analyst = Analyst(analyst_process.begun_ahead(str(file)))
        try:
            return await analyst.ask("overview", snapshot("file:///a.mlir", 7, text), PLAIN)
        finally:
            await analyst.close()

    assert asyncio.run(asked()) == known(text)
