"""The predicted dispatch regions are those that the compiler forms, asked here and now; kept answers are in `test_formation`.

`DISPATCH_LENS_ORACLE_SEEDS=2000` widens the random part; `DISPATCH_LENS_IREE_2024` is a Python that has the
iree-compiler wheel of 2024-07, and then that year's rules are held to it too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from dispatch_lens.analysis.fusion import eras
from oracle import answers
from shared import NO_2024, PYTHON_2024, SHARED
from test_formation import difference, predicted

MODELS = sorted(path for path in SHARED.glob("corpus/models/*/3.13/*.mlir") if path.stat().st_size < 1_000_000)
SEEDS = int(os.environ.get("DISPATCH_LENS_ORACLE_SEEDS", "240"))
BATCH = 40
PYTHONS = {"3.13": sys.executable, "2024-07": PYTHON_2024}

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("release", PYTHONS)
def test_the_kept_answers_are_the_compilers(release: str) -> None:
    few = [module for module in answers.modules(release) if module.name.startswith(("cases/", "thread-cases/"))]
    kept = {(answer.name, answer.aggressive): answer for answer in answers.stored(release)}
    asked = list(answers.ask(python(release), few))
    assert [kept[answer.name, answer.aggressive] for answer in asked] == asked


@pytest.mark.parametrize("first", range(answers.SEEDS, SEEDS, BATCH))
@pytest.mark.parametrize("release", PYTHONS)
def test_fresh_random_modules_are_cut_as_the_compiler_cuts_them(release: str, first: int) -> None:
    seeds = range(first, min(first + BATCH, SEEDS))
    modules = [answers.Module(f"seed {seed}", answers.random_text(seed, release)) for seed in seeds]
    assert disagreements(release, modules) == []


@pytest.mark.skipif(not MODELS, reason=f"needs the corpus of models at {SHARED}")
@pytest.mark.parametrize("path", MODELS, ids=lambda path: "/".join(path.parts[-3:]))
def test_models_are_cut_alike(path: Path) -> None:
    assert disagreements("3.13", [answers.Module(path.name, path.read_text())]) == []


def disagreements(release: str, modules: list[answers.Module]) -> list[str]:
    """One line for each module and mode in which the compiler forms other regions; what it refuses is left out."""
    era = eras.era_of_version(release)
    assert era is not None
    texts = {module.name: module.text for module in modules}
    found: list[str] = []
    for answer in answers.ask(python(release), modules):
        if isinstance(answer.groups, str):
            continue
        ours = predicted(texts[answer.name], era, eras.Options(aggressive=answer.aggressive))
        if ours != answer.groups:
            found.append(f"{answer.name} aggressive={answer.aggressive}: {difference(ours, answer.groups)}")
    return found


def python(release: str) -> str:
    """The Python that has the compiler of that release; skips the test where there is none."""
    if not PYTHONS[release]:
        pytest.skip(NO_2024)
    return PYTHONS[release]
