"""What `fix --proved` makes of the experts' cases: where a rewrite helps, fewer dispatches with equal results; else nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch_lens.cli.main import main
from shared import FIXTURES

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(300)]

MADE = {
    "cases/iree12733_convlike_reshape_transpose": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "cases/iree9278_matmul_expand_permuted_ew": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "cases/iree18058_collapse_expand_nonintersecting": "dispatches 2 → 1, results equal; move-reshape-down 1×",
    "cases/iree22500_consumer_broadcast": "dispatches 2 → 1, results equal; recompute-producer 1×",
    "blockers/expand-between-root-and-elementwise": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "blockers/dynamic-reshape-between": "dispatches 2 → 1, results equal; move-reshape-down 1×",
    "blockers/concat-between": "dispatches 5 → 4, results equal; move-concat-down 1×",
    "blockers/extract-slice-between": "dispatches 2 → 1, results equal; move-slice-up 1×",
}
"""By module, what `fix --proved` says of it."""

NOTHING = (
    *("iree12214_bert_matmul_bias_expand_transpose_bmm", "iree15594_transpose_pack", "iree8951_gemm_transposed_consumer"),
    *("iree19877_horizontal_qkv", "iree8724_matmul_bias_relu6"),
)
"""Cases that have the fewest dispatches already, or that only an option helps."""


def fixed(source: Path, folder: Path) -> str:
    path = folder / source.name
    path.write_text(source.read_text())
    return CliRunner().invoke(main, ["fix", "--proved", str(path)]).output.removeprefix(f"{path}: ").strip()


@pytest.mark.parametrize("name", MADE)
def test_a_rewrite_helps(name: str, tmp_path: Path) -> None:
    assert fixed(FIXTURES / f"{name}.mlir", tmp_path) == MADE[name]


@pytest.mark.parametrize("name", NOTHING)
def test_what_nothing_helps_is_left_alone(name: str, tmp_path: Path) -> None:
    assert fixed(FIXTURES / "cases" / f"{name}.mlir", tmp_path) == "nothing to fix"
