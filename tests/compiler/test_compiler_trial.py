"""`try` as a program and as a person see it, on one module that a single flag joins."""

from __future__ import annotations

import json
import shlex

import pytest
from click.testing import CliRunner, Result

from dispatch_lens.cli.main import main
from shared import FIXTURES

SOFTMAX = FIXTURES / "cases" / "iree9139_softmax_pattern.mlir"
PADDED = FIXTURES / "cases" / "iree22091_transpose_pad_conv_transpose.mlir"
JOINS = "--iree-dispatch-creation-enable-aggressive-fusion"
OLD = "--iree-flow-enable-aggressive-fusion --iree-opt-data-tiling=off"

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(300)]


def test_base_best_and_ones_own_flags_are_told_side_by_side() -> None:
    found = json.loads(tried("--json", "--run", "--against", OLD, str(SOFTMAX)).stdout)
    assert (found["base"]["dispatches"], found["best"]["dispatches"], found["best"]["flags"]) == (2, 1, [JOINS])
    assert found["against"]["flags"] == [JOINS, "--iree-opt-data-tiling=false"]
    assert found["against"]["dispatches"] == 1
    assert len([note for note in found["notes"] if " in 3.13" in note]) == 2
    assert found["certainty"] == "proved"
    assert found["timing"]["base"] > 0
    assert [(len(one["before"]), len(one["after"])) for one in found["regrouped"]] == [(2, 1)]
    assert shlex.split(found["command"])[0] == "iree-compile"


def test_a_best_that_stops_the_compiler_is_no_advice() -> None:
    done = tried(str(PADDED))
    assert "2 -> 1 dispatches" in done.stdout
    assert "not proved: it lowers the count, but it does not compile to the end" in done.stdout
    command = next(line for line in done.stdout.splitlines() if line.startswith("  iree-compile"))
    assert "fuse-padding-into-linalg-consumer-ops" not in command


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--base-flags", "--iree-no-such-flag"), "--iree-no-such-flag"),
        (("--timeout", "0.01"), "did not answer within 0.01 s"),
    ],
)
def test_a_base_that_fails_is_a_row_with_a_sentence(options: tuple[str, ...], says: str) -> None:
    done = tried(*options, str(SOFTMAX))
    assert done.exit_code == 2
    assert says in next(line for line in done.stdout.splitlines() if "(base)" in line)


def tried(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["try", "--no-cache", *arguments])
