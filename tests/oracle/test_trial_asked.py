"""`try` on the expert cases: it ends at the fewest dispatches that the compiler gives, with nothing to drop.

The whole list takes long; `DISPATCH_LENS_ORACLE_SEEDS` above the default asks for all of it.
"""

from __future__ import annotations

import json
import os

import pytest
from click.testing import CliRunner

from dispatch_lens.cli.main import main
from shared import FIXTURES

CASES = json.loads((FIXTURES / "cases" / "cases.json").read_text())
QUICK = {"aie515c_dwconv_relu6_transpose.mlir", "iree13514_pad_conv_nhwc.mlir", "iree20977_transpose_scatter.mlir"}
ALL = int(os.environ.get("DISPATCH_LENS_ORACLE_SEEDS", "0")) > 200


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("case", [case for case in CASES if ALL or case["file"] in QUICK], ids=lambda case: case["file"])
def test_a_case_ends_at_the_least(case: dict[str, object]) -> None:
    path = FIXTURES / "cases" / str(case["file"])
    done = CliRunner().invoke(main, ["try", "--json", "--no-cache", str(path)])
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["base"]["dispatches"] == case["default_313"]
    assert found["best"]["dispatches"] <= case["least_313"]
    shrunk = [run for run in found["runs"] if len(run["flags"]) == len(found["best"]["flags"]) - 1]
    smaller = [run for run in shrunk if set(run["flags"]) < set(found["best"]["flags"])]
    assert len(smaller) == len(found["best"]["flags"])
    assert all(run["dispatches"] is None or run["dispatches"] > found["best"]["dispatches"] for run in smaller)
