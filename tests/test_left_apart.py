"""What `fix` leaves apart has a reason: each elementwise dispatch of the models, each pair of dispatches of the cases.

A reason is the compiler's predicate, what stands between the two, or that they are apart by design; never that nobody knows.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch_lens import rewrites
from dispatch_lens.features import fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.why import why, why_all
from dispatch_lens.features.why_asked import Under
from dispatch_lens.features.why_story import Pair
from dispatch_lens.flags import table
from shared import FIXTURES, SHARED, needs_shared

CASES = {each["file"]: each for each in json.loads((FIXTURES / "cases" / "cases.json").read_text())}
FORMED = sorted((SHARED / "corpus" / "models").glob("*/3.13/*form-dispatch-regions.mlir"))
RELEASES = ("2024-07", "3.13")
LEFT_ALONE = {
    "iree12733_convlike_reshape_transpose": "expand-behind-convolution",
    "iree22500_consumer_broadcast": "broadcast-consumer",
    "iree12214_bert_matmul_bias_expand_transpose_bmm": "expand-between-root-and-elementwise",
    "iree15594_transpose_pack": "pack-after-transposed-producer",
}
"""The cases that no option helps, and what keeps their dispatches apart with 3.13."""


def fixed(path: Path, release: str) -> Document:
    document = Document(path.name, 0, path.read_text())
    return Document(path.name, 1, fixes.fixed(document, rewrites.ALL, table.NAMED[release]).text)


def has_reason(pair: Pair) -> bool:
    return bool(pair.reason) and pair.verdict != "unknown" and (pair.verdict == "no-blocker" or bool(pair.blocker))


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize("name", CASES)
def test_each_pair_of_a_case_that_is_left_apart_has_a_reason(name: str, release: str) -> None:
    apart = [
        pair
        for story in why_all(fixed(FIXTURES / "cases" / name, release), Under(release=release))
        for pair in story.pairs
        if pair.verdict != "fused"
    ]
    assert [pair for pair in apart if not has_reason(pair)] == []


def test_the_cases_that_no_option_helps_are_told_of_what_keeps_them_apart() -> None:
    assert {Path(name).stem for name, case in CASES.items() if 1 < case["default_313"] == case["least_313"]} == set(LEFT_ALONE)
    for name, blocker in LEFT_ALONE.items():
        stories = why_all(fixed(FIXTURES / "cases" / f"{name}.mlir", "3.13"), Under(release="3.13"))
        assert blocker in {code for story in stories for code in story.blockers}


@needs_shared
@pytest.mark.parametrize("path", FORMED, ids=lambda path: "-".join(path.parts[-3:]))
def test_each_elementwise_dispatch_of_a_model_that_is_left_has_a_reason(path: Path) -> None:
    document = fixed(path, "3.13")
    left = [each for each in document.report.dispatches if each.kind == "elementwise"]
    places = [(each.op.name_range.start + document.starts[each.op.module], each.summary) for each in left]
    silent = [(summary, why(document, place)) for place, summary in places if not _is_explained(document, place)]
    assert silent == []


def _is_explained(document: Document, offset: int) -> bool:
    """Whether each neighbour of the dispatch is told to be apart with a reason; a dispatch without any needs none."""
    story = why(document, offset)
    apart = [pair for pair in story.pairs if pair.verdict != "fused"]
    return all(map(has_reason, apart)) and (bool(apart) or bool(story.note))
