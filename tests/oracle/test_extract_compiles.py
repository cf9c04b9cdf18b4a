"""Every op, pair and run of lines that is cut out of the fixtures is a module that the compiler takes, or is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.features import extraction
from dispatch_lens.features.document import Document
from dispatch_lens.rewrites.extract import Cut

pytestmark = pytest.mark.oracle

FOLDER = Path(__file__).parents[1] / "fixtures" / "extract"
SOURCES = sorted(FOLDER.glob("*.mlir"))


@pytest.fixture(scope="module")
def compilers() -> Iterator[bridge.Bridge]:
    asked = bridge.Bridge(find.find_installs(find.Configured(), search_path=""))
    yield asked
    asked.close()


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_every_cut_is_valid(source: Path, compilers: bridge.Bridge) -> None:
    cuts = _cuts(source)
    assert len(cuts) >= 3
    for cut in cuts:
        assert compilers.verify(cut) == (), cut


@pytest.mark.parametrize(("name", "line", "dispatches"), [("host", 11, 1), ("host", 12, 1)])
def test_the_command_at_its_head_counts_its_dispatches(name: str, line: int, dispatches: int, compilers: bridge.Bridge) -> None:
    cut = extraction.one(_document(FOLDER / f"{name}.mlir"), line)
    assert isinstance(cut, Cut)
    done = compilers.compile_to_flow(cut.text, ())
    assert isinstance(done, protocol.FlowResult) and done.sites == dispatches


def test_what_ops_name_comes_along() -> None:
    cut = extraction.one(_document(FOLDER / "host.mlir"), 12)
    assert isinstance(cut, Cut)
    assert "func.func private @bounded" in cut.text and "util.global" not in cut.text


def test_a_store_is_no_reader() -> None:
    assert (
        extraction.pair(_document(FOLDER / "host.mlir"), 12) == "no op of its function that computes a tensor reads what it makes"
    )


def _cuts(source: Path) -> list[str]:
    document = _document(source)
    lines = range(1, len(document.lines.starts) + 1)
    found = [how(document, line) for line in lines for how in (extraction.one, extraction.pair)]
    found += [extraction.lines(document, line, line + more) for line in lines for more in (3, 20)]
    return list(dict.fromkeys(cut.text for cut in found if isinstance(cut, Cut)))


def _document(source: Path) -> Document:
    return Document(source.name, 0, source.read_text())
