"""The snippets of an experts' thread, as pasted: no indentation, no function around, values that nothing defines.

Each must be read without an error and get the expert's remark: which rule, at which op, with which advice.
"""

from __future__ import annotations

import pytest

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.rules.rule import Remark
from shared import FIXTURES, SHARED, needs_shared

DEPTHWISE = "linalg.depthwise_conv_2d_nchw_chw"
VERDICTS = {
    "standalone-transpose": [("standalone-transpose", "linalg.generic", "iree-flow-form-dispatch-regions")],
    "transpose-before-depthwise": [
        ("standalone-transpose", "linalg.generic", "channels last"),
        ("channels-first-convolution", DEPTHWISE, "channels last"),
    ],
    "elementwise-after-depthwise": [("unfused-elementwise-consumer", "linalg.generic", "as a `linalg.generic`")],
    "reshape-pair": [("reshape-between-dispatches", "tensor.collapse_shape", "delete the reshapes")],
}


def remarks(text: str) -> tuple[Document, tuple[Remark, ...]]:
    """The remarks of a text that must hold no error."""
    document = Document("thread", 0, text)
    found = diagnostics(document, Settings())
    assert not found.problems
    return document, found.remarks


@pytest.mark.parametrize("name", VERDICTS)
def test_a_pasted_snippet_gets_the_experts_remark(name: str) -> None:
    document, found = remarks((FIXTURES / "snippets" / f"{name}.mlir").read_text())
    said = {(remark.rule, document.text[remark.range.start : remark.range.end]): remark.suggestion for remark in found}
    for rule, op, advice in VERDICTS[name]:
        assert advice in said[rule, op]


def test_the_true_reason_of_the_second_case_is_the_convolutions_own_result_map() -> None:
    _, found = remarks((FIXTURES / "snippets" / "elementwise-after-depthwise.mlir").read_text())
    reason = next(remark.reason for remark in found if remark.rule == "unfused-elementwise-consumer")
    assert DEPTHWISE in reason
    assert "(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d2)" in reason


@needs_shared
def test_the_whole_thread_with_its_prose_gets_all_of_them() -> None:
    document, found = remarks((SHARED / "docs" / "thread.md").read_text())
    said = {(remark.rule, document.text[remark.range.start : remark.range.end]) for remark in found}
    formed = [verdict for name, verdicts in VERDICTS.items() if name != "standalone-transpose" for verdict in verdicts]
    assert {(rule, op) for rule, op, _ in formed} <= said
