"""What rewrites say of their fixtures, refusals too, is the same in the spelling of 2024, which that year's compiler accepts."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

import pytest

import refusals
from dispatch_lens import rewrites
from dispatch_lens.compiler import bridge, find
from dispatch_lens.features import prover
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites.rewrite import Applied, Outcome, Refused, Rewrite
from dispatch_lens.text import apply_edits
from shared import FIXTURES, PYTHON_2024, needs_2024

pytestmark = pytest.mark.oracle
MARK = "\n// -----\n\n"


@pytest.fixture(scope="module")
def compiler() -> Iterator[bridge.Bridge]:
    asked = bridge.Bridge(tuple(find.from_python(PYTHON_2024, "configured-python")))
    yield asked
    asked.close()


@needs_2024
@pytest.mark.parametrize("rewrite", rewrites.ALL, ids=lambda rewrite: rewrite.name)
def test_fixtures_and_what_becomes_of_them_are_accepted_by_the_compiler_of_2024(
    compiler: bridge.Bridge, rewrite: Rewrite
) -> None:
    for case in map(of_2024, cases(rewrite.name)):
        for text in (case, *made(case, rewrite)):
            assert compiler.verify(text) == (), text


def test_fixtures_of_refusals_are_accepted() -> None:
    installed = bridge.Bridge(tuple(find.from_python(sys.executable, "configured-python")))
    for case in refusals.of_compilers():
        assert installed.verify(case) == (), case
    installed.close()


@needs_2024
def test_fixtures_of_refusals_are_accepted_by_the_compiler_of_2024(compiler: bridge.Bridge) -> None:
    for case in map(of_2024, refusals.of_compilers()):
        assert compiler.verify(case) == (), case


def test_data_tiling_loses_what_one_factor_of_a_sum_of_products_went_through() -> None:
    """So a rewrite leaves the two apart, though without that option they compute the same as one."""
    case = FIXTURES / "blockers" / "elementwise-into-reduction-broadcast"
    before, after = (case.with_suffix(end).read_text() for end in (".mlir", ".after.mlir"))
    asked = bridge.Bridge(tuple(find.from_python(sys.executable, "configured-python")))
    tiled, untiled = (prover.Prover(asked, (f"--iree-opt-data-tiling={on}",)) for on in ("true", "false"))
    assert (tiled.equal(before, after), untiled.equal(before, after)) == (False, True)
    asked.close()


@pytest.mark.parametrize("rewrite", rewrites.ALL, ids=lambda rewrite: rewrite.name)
def test_a_rewrite_says_the_same_in_the_spelling_of_2024(rewrite: Rewrite) -> None:
    for case in (*(case for other in rewrites.ALL for case in cases(other.name)), *refusals.of_compilers()):
        assert list(said(of_2024(case), rewrite)) == [of_2024(each) for each in said(case, rewrite)]


def cases(name: str) -> list[str]:
    return (FIXTURES / "rewrites" / f"{name}.mlir").read_text().split(MARK)


def of_2024(text: str) -> str:
    """The text as 2024-07 spells it: what outlined dispatches load, store and count belonged to the dialect of the dispatches."""
    older = re.sub(r"\biree_tensor_ext\.dispatch", "flow.dispatch", text)
    return re.sub(r"(workgroup_count_from_slice)\(([^)]*)\)", r"\1 \2", older)


def said(text: str, rewrite: Rewrite) -> Iterator[str]:
    """What the rewrite answers at each op where it answers: its reason, or the text that it makes."""
    for op in lower(text).walk():
        outcome = rewrite.apply(op)
        if outcome is not None:
            yield outcome.reason if isinstance(outcome, Refused) else apply_edits(text, outcome.edits)


def made(text: str, rewrite: Rewrite) -> Iterator[str]:
    return (each for op in lower(text).walk() if (each := applied(text, rewrite.apply(op))) is not None)


def applied(text: str, outcome: Outcome) -> str | None:
    return apply_edits(text, outcome.edits) if isinstance(outcome, Applied) else None
