"""Every place of the wider corpus, and of the cases, where a rewrite applies: cut out, compiled before and after, run, compared.

Texts of 2024-07 are asked of that year's compiler, those of 3.1 of the one that `DISPATCH_LENS_IREE_31` names, the others of
today's, which does not read all of 3.1. A place that differs from an earlier one in names alone is asked once.
"""

from __future__ import annotations

import sys
import zlib
from collections.abc import Iterator
from math import prod
from pathlib import Path

import pytest

from dispatch_lens.features.document import Document
from dispatch_lens.ir import linalg
from dispatch_lens.ir.lower import lower
from oracle.asker import Asker, asking
from oracle.places import Places
from shared import FIXTURES, PYTHON_3_1, PYTHON_2024, SHARED, accepted_chunks, needs_2024, needs_shared

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(3600)]
MODELS = SHARED / "corpus" / "models"
KINDS = ("input", "preprocessing", "global-optimization", "*form-dispatch-regions", "*dispatch-creation")
FILES = sorted({path for kind in KINDS for path in MODELS.glob(f"*/*/{kind}.mlir")})
OLDER = [path for path in FILES if path.parent.name == "2024-07"]
OF_3_1 = [path for path in FILES if path.parent.name == "3.1"]
TODAYS = [path for path in FILES if path.parent.name == "3.13"]
BY_INDICES = ("iree_linalg_ext.scatter", "iree_linalg_ext.gather", "iree_linalg_ext.map_scatter")
"""Ops that read or write where drawn numbers say."""
MOST_POINTS = 2**28
CASES = sorted(path for folder in ("blockers", "cases", "thread-cases") for path in (FIXTURES / folder).rglob("*.mlir"))


@pytest.fixture(scope="module")
def asked() -> Iterator[tuple[Asker, Places]]:
    with asking(sys.executable) as asker:
        yield asker, Places()


@pytest.fixture(scope="module")
def asked_3_1() -> Iterator[tuple[Asker, Places]]:
    with asking(PYTHON_3_1 or sys.executable) as asker:
        yield asker, Places()


@pytest.fixture(scope="module")
def asked_2024() -> Iterator[tuple[Asker, Places]]:
    with asking(PYTHON_2024) as asker:
        yield asker, Places()


def name_of(path: Path) -> str:
    return "-".join(path.parts[-3:]).removesuffix(".mlir")


@needs_shared
@pytest.mark.parametrize("path", TODAYS, ids=name_of)
def test_each_place_of_a_model_computes_the_same(asked: tuple[Asker, Places], path: Path) -> None:
    assert_same(asked, path.read_text())


@needs_shared
@pytest.mark.parametrize("path", OF_3_1, ids=name_of)
def test_each_place_of_a_model_of_3_1_computes_the_same(asked_3_1: tuple[Asker, Places], path: Path) -> None:
    assert_same(asked_3_1, path.read_text())


@needs_shared
@needs_2024
@pytest.mark.parametrize("path", OLDER, ids=name_of)
def test_each_place_of_an_older_model_computes_the_same(asked_2024: tuple[Asker, Places], path: Path) -> None:
    assert_same(asked_2024, path.read_text())


@pytest.mark.parametrize("path", CASES, ids=name_of)
def test_each_place_of_a_case_computes_the_same(asked: tuple[Asker, Places], path: Path) -> None:
    assert_same(asked, path.read_text())


@needs_shared
@pytest.mark.parametrize("folder", ["Dialect", "DispatchCreation", "GlobalOptimization", "Preprocessing"])
def test_each_place_of_the_compilers_own_tests_computes_the_same(asked: tuple[Asker, Places], folder: str) -> None:
    for _, text in accepted_chunks(folder):
        assert_same(asked, text)


def assert_same(asked: tuple[Asker, Places], text: str) -> None:
    asker, places = asked
    wrong: list[str] = []
    for _, module in Document("corpus", 0, text).read_sections:
        for name, before, after in places.of(module.text):
            if not is_defined(before) or not is_small(before):
                continue
            verdict, answer = asker.judged(before, after, seed=zlib.crc32(before.encode()))
            wrong += [f"{name}: {answer}\n{before}\n// after:\n{after}"] if verdict == "different" else []
    assert wrong == [], "\n\n".join(wrong)


def is_defined(text: str) -> bool:
    """False where what is computed depends on chance, see below, or where the text is tuned for what is no CPU."""
    if "#iree_gpu." in text:
        return False
    ops = list(lower(text).walk())
    spaces = [found for op in ops if (found := linalg.structured(op)) is not None]
    return (
        not any(op.name in BY_INDICES for op in ops) and not any(map(runs_out, spaces)) and not any(map(adds_to_nothing, spaces))
    )


def is_small(text: str) -> bool:
    """Whether no op has more points than a back end without vectors walks in a few seconds."""
    spaces = (linalg.structured(op) for op in lower(text).walk())
    return all(prod(size or 1 for size in each.static_loop_ranges) <= MOST_POINTS for each in spaces if each is not None)


def runs_out(of: linalg.StructuredOp) -> bool:
    """A window with sizes that are drawn: all are drawn alike, so it leaves its image."""
    return of.is_convolution and None in of.static_loop_ranges


def adds_to_nothing(of: linalg.StructuredOp) -> bool:
    """A reduction that begins with what nobody wrote."""
    made = [init.value.op for init in of.inits]
    return bool(of.reduction_loops) and any(op is not None and op.name == "tensor.empty" for op in made)
