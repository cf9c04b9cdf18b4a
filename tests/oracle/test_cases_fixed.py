"""What `fix --proved` makes of the experts' cases and of each blocker: fewer dispatches with equal results where a rewrite helps.

All else is left alone, and it is said what keeps its dispatches apart.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from dispatch_lens.cli.main import main
from dispatch_lens.features.document import Document
from dispatch_lens.features.why import why_all
from dispatch_lens.features.why_asked import Under
from shared import FIXTURES

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(300)]

MADE = {
    "cases/iree12733_convlike_reshape_transpose": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "cases/iree9278_matmul_expand_permuted_ew": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "cases/iree18058_collapse_expand_nonintersecting": "dispatches 2 → 1, results equal; move-reshape-down 1×",
    "cases/iree22500_consumer_broadcast": "dispatches 2 → 1, results equal; recompute-producer 1×",
    "blockers/expand-before-transpose": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "blockers/expand-between-root-and-elementwise": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "blockers/dynamic-reshape-between": "dispatches 2 → 1, results equal; move-reshape-down 1×",
    "blockers/concat-between": "dispatches 5 → 4, results equal; move-concat-down 1×",
    "blockers/extract-slice-between": "dispatches 2 → 1, results equal; move-slice-up 1×",
    "blockers/elementwise-multi-use-diamond": "dispatches 2 → 1, results equal; merge-siblings 1×",
    "blockers/independent-elementwise": "dispatches 2 → 1, results equal; merge-siblings 1×",
    "blockers/mmt4d-producer": "dispatches 2 → 1, results equal; normalise-result-map 1×",
    "blockers/preformed-region": "dispatches 2 → 1, results equal; merge-into-dispatch 1×",
    "blockers/reshape-after-reduction": "dispatches 2 → 1, results equal; split-producer-loops 1×",
    "blockers/reshape-pair-between": "dispatches 2 → 1, results equal; move-reshape-down 1×",
    "blockers/transpose-before-collapse": "dispatches 2 → 1, results equal; split-reader-loops 1×",
    "blockers/transpose-into-contraction": "dispatches 2 → 1, results equal; fold-transpose-into-consumer 1×",
}
"""By module, what `fix --proved` says of it."""

MODULES = [
    f"{path.parent.name}/{path.stem}" for folder in ("cases", "blockers") for path in sorted((FIXTURES / folder).glob("*.mlir"))
]
NOTHING = [name for name in MODULES if name not in MADE and not name.endswith(".after")]
"""What has the fewest dispatches already, what only an option helps, and what nothing does."""


def fixed(source: Path, folder: Path) -> str:
    path = folder / source.name
    path.write_text(source.read_text())
    return CliRunner().invoke(main, ["fix", "--proved", str(path)]).output.removeprefix(f"{path}: ").strip()


@pytest.mark.parametrize("name", MADE)
def test_a_rewrite_helps(name: str, tmp_path: Path) -> None:
    assert fixed(FIXTURES / f"{name}.mlir", tmp_path) == MADE[name]


@pytest.mark.parametrize("name", NOTHING)
def test_what_nothing_helps_is_left_alone_and_why_is_said(name: str, tmp_path: Path) -> None:
    source = FIXTURES / f"{name}.mlir"
    assert fixed(source, tmp_path) == "nothing to fix"
    stories = why_all(Document(name, 0, source.read_text()), Under(release="3.13"))
    apart = [pair for story in stories for pair in story.pairs if pair.verdict != "fused"]
    assert [pair for pair in apart if not pair.reason or pair.verdict == "unknown"] == []
