"""A region that is like others is told by these, and read when somebody asks: all that is said is what a full reading says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import lsp_random
from dispatch_lens.features import ops
from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import document_problems
from dispatch_lens.features.report import FileReport, file_report
from dispatch_lens.features.settings import Settings
from dispatch_lens.ir import check
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from shared import FIXTURES

TEXTS = sorted(path for path in FIXTURES.rglob("*.mlir") if path.stat().st_size < 60_000)
_BODY = re.compile(r"\{\s*\^bb0[^{}]*\}")
_TOKEN = re.compile(r"%[\w.#:]+|[\w.^]+|[^\s\w]")
CAST = """
func.func @f(%a: tensor<4xf32>, %outer: f32) -> tensor<4xf32> {{
  %e = tensor.empty() : tensor<4xf32>
  %r = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}}
      ins(%a : tensor<4xf32>) outs(%e : tensor<4xf32>) {{
  ^bb0(%in: f32, %out: f32):
    {0}
    linalg.yield %x : f32
  }} -> tensor<4xf32>
  return %r : tensor<4xf32>
}}
"""


def in_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on each region is read at once."""
    monkeypatch.setattr("dispatch_lens.features.pieces._MEMORY._modules", {})
    monkeypatch.setattr("dispatch_lens.ir.lower._Lowering.likeness", lambda *_: None)


def changed_in_bodies(text: str, chance: random.Random, times: int) -> Iterator[str]:
    """The text with a token of a body left out, doubled, replaced or renamed."""
    tokens = [token for body in _BODY.finditer(text) for token in _TOKEN.finditer(text, *body.span())]
    for _ in range(times if tokens else 0):
        at, other = chance.choice(tokens), chance.choice(tokens).group()
        put = chance.choice(["", f"{at.group()} {at.group()}", other, f"{at.group()}x"])
        yield text[: at.start()] + put + text[at.end() :]


def told(text: str) -> tuple[FileReport, tuple[ops.OpRow, ...], tuple[ops.ErrorRow, ...], list[tuple[int, ...]]]:
    document = Document("text", 0, text)
    report = file_report(document, Settings())
    values = [
        value
        for section in document.sections
        for op in document.module(section).walk()
        for value in (*op.results, *_arguments(op))
    ]
    uses = [tuple(use.range.start for use in value.uses) for value in values]
    return report, ops.op_rows(document), ops.error_rows(document), uses


def _arguments(op: Op) -> Iterator[Value]:
    return (value for region in op.regions for block in region.blocks for value in block.arguments)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_said_is_what_a_full_reading_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(path.name)
    text = path.read_text()
    texts = [text, *changed_in_bodies(text, chance, 3), lsp_random.edited(text, chance)[0]]
    found = [told(text) for text in texts]
    in_full(monkeypatch)
    assert [told(text) for text in texts] == found


def test_a_region_is_read_when_somebody_asks() -> None:
    module = lower(CAST.format("%x = arith.addf %in, %outer : f32"))
    assert check.problems(module) == ()
    function = module.ops[0]
    region = function.regions[0].ops[1].regions[0]
    assert not region.is_read
    outer = function.regions[0].blocks[0].arguments[1]
    assert [use.op.name for use in outer.uses] == ["arith.addf"]
    assert region.is_read and [op.name for op in module.walk()][3:5] == ["arith.addf", "linalg.yield"]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("%x = arith.addf %in, %nowhere : f32", "`%nowhere` is not defined in this function"),
        ("%x = arith.addf %in, %a : f32", "`%a` is a `tensor<4xf32>`, and is used as a `f32`"),
        ("%x = arith.addf %in, %out : f32\n    %a = arith.addf %x, %in : f32", "`%a` is defined twice"),
        ("%x = arith.adf %in, %out : f32", "did you mean `arith.addf`?"),
    ],
    ids=["undefined", "other type", "shadows", "misspelt"],
)
def test_what_is_wrong_with_a_region_is_told_at_its_place(body: str, message: str) -> None:
    text = CAST.format("%x = arith.addf %in, %outer : f32") + CAST.replace("@f", "@g").format(body)
    problems = document_problems(Document("text", 0, text))
    assert [message in problem.message for problem in problems] == [True]
    assert text.index("@g") < problems[0].range.start
