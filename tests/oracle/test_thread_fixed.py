"""The thread's three cases, and the blocks that they come from: one quick fix each, counted and run by both years' compilers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.features import fixes
from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags import table
from dispatch_lens.text import apply_edits
from shared import FIXTURES, PYTHON_2024, needs_2024

CASES = FIXTURES / "thread-cases"
FORMED = {
    "s1_transpose_dwconv.regions": ("standalone-transpose", "remove the transpose before this depthwise convolution"),
    "s2_dwconv_elementwise.regions": ("unfused-elementwise-consumer", "make one dispatch of the two"),
    "s3_reshape_pair.regions": ("reshape-between-dispatches", "make one dispatch of the two: the reshapes fold away"),
}
"""The rule whose first quick fix is meant, and its title."""
BLOCKS = {
    "s12_combined.linalg": (1, 1),
    "s1_transpose_dwconv.linalg": (1, 1),
    "s2_dwconv_elementwise.linalg": (1, 1),
    "s3_reshape_pair.linalg": (1, 1),
    "s5_mobilenet_block.linalg": (1, 1),
    "s6_regular_conv_block.linalg": (1, 1),
    "s7_pad_dwconv_block.linalg": (2, 2),
    "s8_pad_regular_conv_block.linalg": (2, 2),
    "dumps/s12_combined.form-dispatch-regions.20240724": (1, 1),
    "dumps/s5_mobilenet_block.form-dispatch-regions.20240724": (1, 1),
    "dumps/s6_regular_conv_block.form-dispatch-regions.20240724": (1, 1),
}
"""Dispatches after `fix`, in 2024-07 and today."""

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(300)]


@pytest.fixture(scope="module", params=[pytest.param("2024", marks=needs_2024), "today"])
def compiler(request: pytest.FixtureRequest) -> Iterator[tuple[str, bridge.Bridge]]:
    installs = find.find_installs(find.Configured(), search_path="")
    if request.param == "2024":
        installs = tuple(find.from_python(PYTHON_2024, "configured-python"))
    asked = bridge.Bridge(installs)
    yield request.param, asked
    asked.close()


def sites(compiler: bridge.Bridge, text: str) -> int:
    answer = compiler.compile_to_flow(text, (), "llvm-cpu")
    assert not isinstance(answer, protocol.CompilerFailure), answer.message
    return answer.sites


def compute_the_same(compiler: bridge.Bridge, before: str, after: str) -> bool:
    answer = compiler.compare(protocol.Program(before), protocol.Program(after), protocol.Inputs())
    assert not isinstance(answer, protocol.CompilerFailure), answer.message
    return answer.equal_bits


@pytest.mark.parametrize("name", FORMED)
def test_one_quick_fix_makes_one_dispatch_of_two(compiler: tuple[str, bridge.Bridge], name: str) -> None:
    text = (CASES / f"{name}.mlir").read_text()
    document = Document(name, 0, text)
    rule, title = FORMED[name]
    remark = next(each for each in diagnostics(document, Settings()).remarks if each.rule == rule)
    fix = fixes.fixes_for(document, remark)[0]
    after = apply_edits(text, fix.edits)
    assert fix.title == title
    assert (sites(compiler[1], text), sites(compiler[1], after)) == (2, 1)
    assert compute_the_same(compiler[1], text, after)


@pytest.mark.parametrize("name", BLOCKS)
def test_all_fixes_together_leave_the_fewest(compiler: tuple[str, bridge.Bridge], name: str) -> None:
    from dispatch_lens import rewrites

    text = (CASES / f"{name}.mlir").read_text()
    year, asked = compiler
    done = fixes.fixed(Document(name, 0, text), rewrites.ALL, table.release(asked.installs()[0].version) or table.NEWEST)
    assert sites(asked, done.text) == BLOCKS[name][year == "today"]
    assert compute_the_same(asked, text, done.text)
