"""A section read in pieces says what it says read in one; an edit lowers the piece that it touches alone."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

import lsp_random
from dispatch_lens.features import pieces
from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.settings import Settings

MODELS = sorted((Path(__file__).parent / "fixtures" / "models").rglob("*.mlir"), key=lambda path: path.stat().st_size)
FUNCTION = "  util.func public @{0}(%arg0: tensor<4xf32>) -> tensor<4xf32> {{\n    util.return %arg0 : tensor<4xf32>\n  }}\n"


def in_one(text: str) -> tuple[pieces.Piece, ...]:
    return (pieces.Piece(0, pieces.whole(text)),)


def told(text: str) -> Overview:
    return overview(Document("text", 0, text), Settings())


@pytest.mark.parametrize("model", MODELS[:8], ids=lambda path: "-".join(path.parts[-3:]))
def test_after_edits_pieces_say_what_the_whole_says(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(model.name)
    text = model.read_text()
    assert len(pieces.pieces(text)) > 1
    texts = [text, *(lsp_random.edited(text, chance)[0] for _ in range(3))]
    found = [told(text) for text in texts]
    monkeypatch.setattr(pieces, "pieces", in_one)
    assert [told(text) for text in texts] == found


def test_an_edit_lowers_the_piece_that_it_touches() -> None:
    text = f"module {{\n{FUNCTION.format('f')}{FUNCTION.format('g')}}}\n"
    f, g, _ = pieces.pieces(text)
    later_f, later_g, _ = pieces.pieces(text.replace("@f(", "@ff("))
    assert later_f.module is not f.module and later_g.module is g.module
    assert later_g.start == g.start + 1


def test_equal_pieces_are_told_apart() -> None:
    first, second, _ = pieces.pieces(f"module {{\n{FUNCTION.format('f') * 2}}}\n")
    assert first.module is not second.module


@pytest.mark.parametrize(
    "between",
    ["  %c = arith.constant 1 : index\n", "#late = affine_map<(d0) -> (d0)>\n", "  scf.if %c {\n", "  }\n  }\n"],
    ids=["value", "alias", "open brace", "closing braces"],
)
def test_what_holds_ops_together_is_read_in_one(between: str) -> None:
    text = f"module {{\n{FUNCTION.format('f')}{between}{FUNCTION.format('g')}}}\n"
    assert len(pieces.pieces(text)) == 1
