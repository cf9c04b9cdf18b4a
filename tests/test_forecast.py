"""Ops whose dispatches are not formed yet: a remark where the release leaves pairs apart that it could join, else none."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags.version import parse_version
from dispatch_lens.rules.rule import Remark
from shared import FIXTURES

CASES = [case for case in json.loads((FIXTURES / "cases" / "cases.json").read_text()) if case.get("default_313")]
BLOCKERS = [path for path in sorted((FIXTURES / "blockers").glob("*.json")) if json.loads(path.read_text())["measure"] == "flow"]
NEWEST = Settings(compiler_version=parse_version("3.13"))

TOLD_BY_WHY_ONLY = {
    *("elementwise-into-reduction-broadcast", "independent-elementwise"),
    *("call-boundary", "compute-barrier", "different-block", "optimization-barrier", "preformed-region"),
}
"""Obstacles that can be lifted, of which the text does not tell whether it would win a dispatch, or that somebody wrote."""

BY_REWRITE_ONLY = {"iree12733_convlike_reshape_transpose.mlir"}
"""Cases that no option helps, and a rewrite does."""


def remarks(path: Path) -> tuple[Remark, ...]:
    return diagnostics(Document(path.name, 0, path.read_text()), NEWEST).remarks


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["file"])
def test_a_case_has_a_remark_where_the_compiler_can_do_better_and_none_else(case: dict[str, int | str]) -> None:
    said = remarks(FIXTURES / "cases" / str(case["file"]))
    by_rewrite = case["file"] in BY_REWRITE_ONLY
    assert bool(said) == (by_rewrite or case["default_313"] != case["least_313"]), said
    for remark in said:
        assert remark.reason and ("--iree-" in remark.suggestion) != by_rewrite


@pytest.mark.parametrize("path", BLOCKERS, ids=lambda path: path.stem)
def test_an_obstacle_has_a_remark_where_it_can_be_lifted_and_none_else(path: Path) -> None:
    expected = json.loads(path.read_text())
    can_be_lifted = expected["remedy"] in ("flag", "rewrite") and expected["code"] not in TOLD_BY_WHY_ONLY
    assert bool(remarks(path.with_suffix(".mlir"))) == can_be_lifted


def test_a_reshape_that_folding_unit_dims_takes_away_is_no_obstacle() -> None:
    text = """
func.func @f(%x: tensor<64x128xf32>, %w: tensor<128x32xf32>, %z: tensor<64x32xf32>) -> tensor<1x64x1x32xf32> {
  %m = linalg.matmul ins(%x, %w : tensor<64x128xf32>, tensor<128x32xf32>) outs(%z : tensor<64x32xf32>) -> tensor<64x32xf32>
  %a = tensor.expand_shape %m [[0, 1, 2], [3]] output_shape [1, 64, 1, 32] : tensor<64x32xf32> into tensor<1x64x1x32xf32>
  %e = tensor.empty() : tensor<1x64x1x32xf32>
  %r = linalg.negf ins(%a : tensor<1x64x1x32xf32>) outs(%e : tensor<1x64x1x32xf32>) -> tensor<1x64x1x32xf32>
  return %r : tensor<1x64x1x32xf32>
}
"""
    assert diagnostics(Document("u", 0, text), NEWEST).remarks == ()


@pytest.mark.parametrize(
    ("case", "rule", "suggestion"),
    [
        ("s2_*elementwise", "unfused-elementwise-consumer", "as a `linalg.generic`"),
        ("s1_*", "standalone-transpose", "the layout that the transpose reads"),
    ],
)
def test_what_the_order_of_loops_or_a_named_convolution_keeps_apart_stays_in_older_releases_only(
    case: str, rule: str, suggestion: str
) -> None:
    path = next((FIXTURES / "thread-cases").glob(f"{case}.linalg.mlir"))
    older = Settings(compiler_version=parse_version("2024-07"))
    (remark,) = diagnostics(Document(path.name, 0, path.read_text()), older).remarks
    assert remark.rule == rule and suggestion in remark.suggestion
    assert remarks(path) == ()
