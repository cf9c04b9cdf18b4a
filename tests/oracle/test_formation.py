"""The predicted dispatch regions are those that the compiler forms, op by op, in plain and in aggressive mode.

`DISPATCH_LENS_ORACLE_SEEDS=2000` widens the random part; `DISPATCH_LENS_IREE_2024` is a Python that has the
iree-compiler wheel of 2024-07, and then that year's rules are held to it too.
"""

from __future__ import annotations

import bisect
import json
import os
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch_lens.analysis.fusion import eras, formation
from dispatch_lens.ir import lower
from dispatch_lens.ir.module import Op
from oracle import generator

Partition = list[list[tuple[int, int]]]

HERE = Path(__file__).parent
FIXTURES = HERE.parent / "fixtures"
SHARED = HERE.parents[2] / "shared" / "corpus"
FOLDERS = ("cases", "blockers", "thread-cases", "formation")
FILES = sorted(path for name in FOLDERS for path in (FIXTURES / name).glob("*.mlir"))
MODELS = sorted(path for path in (SHARED / "models").glob("*/3.13/*.mlir") if path.stat().st_size < 1_000_000)
CHUNK_FILES = sorted((SHARED / "iree-tests" / "DispatchCreation").rglob("*.mlir"))
SEEDS = int(os.environ.get("DISPATCH_LENS_ORACLE_SEEDS", "200"))
BATCH = 20
PYTHON_2024 = os.environ.get("DISPATCH_LENS_IREE_2024", "")

pytestmark = [pytest.mark.oracle, pytest.mark.timeout(600)]


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_module_of_the_fixtures_is_cut_as_the_compiler_cuts_it(path: Path):
    assert disagreements([(path.name, path.read_text())]) == []


@pytest.mark.parametrize("first", range(0, SEEDS, BATCH))
def test_random_modules_are_cut_as_the_compiler_cuts_them(first: int):
    assert disagreements(list(random_modules(first, first + BATCH, generator.IREE_3_13))) == []


@pytest.mark.skipif(not CHUNK_FILES, reason="the corpus of IREE's own tests is not beside this repository")
@pytest.mark.parametrize("path", CHUNK_FILES, ids=lambda path: path.name)
def test_the_compilers_own_test_modules_are_cut_alike(path: Path):
    assert disagreements(list(chunks(path, accepted_only=True))) == []


@pytest.mark.skipif(not MODELS, reason="the corpus of models is not beside this repository")
@pytest.mark.parametrize("path", MODELS, ids=lambda path: "/".join(path.parts[-3:]))
def test_models_are_cut_alike(path: Path):
    assert disagreements([(path.name, path.read_text())]) == []


@pytest.mark.skipif(not PYTHON_2024, reason="DISPATCH_LENS_IREE_2024 names no Python with the wheel of 2024-07")
@pytest.mark.parametrize("part", ["fixtures", "random", "chunks"])
def test_the_rules_of_2024_cut_as_the_compiler_of_2024(part: str):
    modules = {
        "fixtures": [(path.name, path.read_text()) for path in FILES],
        "random": list(random_modules(0, SEEDS, generator.IREE_2024)),
        "chunks": [chunk for path in CHUNK_FILES for chunk in chunks(path, accepted_only=False)],
    }[part]
    answers = ask_2024(modules)
    assert any(isinstance(answer, list) and answer for answer in answers)
    found: list[str] = []
    for ((name, text), aggressive), answer in zip(questions(modules), answers):
        if not isinstance(answer, str):
            found += differences(name, text, aggressive, eras.OLDEST, [[tuple(op) for op in group] for group in answer])
    assert found == []


def test_the_compiler_forms_regions_of_several_ops():
    """Otherwise the other tests would compare nothing."""
    from iree.compiler import ir

    from oracle import ask_formation

    texts = [text for _, text in random_modules(0, BATCH, generator.IREE_3_13)]
    groups = [group for text in texts for group in ask_formation.partition(text, True, ir.Context())]
    assert len(groups) > BATCH
    assert any(len(group) > 2 for group in groups)


# ---------------------------------------------------------------- asking and comparing


def disagreements(modules: list[tuple[str, str]]) -> list[str]:
    """One line for each module and mode in which the compiler of this interpreter forms other regions."""
    from iree.compiler import ir

    from oracle import ask_formation

    context = ir.Context()
    found: list[str] = []
    for (name, text), aggressive in questions(modules):
        try:
            theirs = ask_formation.partition(text, aggressive, context)
        except (ir.MLIRError, ValueError):
            continue
        found += differences(name, text, aggressive, eras.NEWEST, theirs)
    return found


def differences(name: str, text: str, aggressive: bool, era: eras.Era, theirs: Partition) -> list[str]:
    ours = predicted(text, era, eras.Options(aggressive=aggressive))
    if ours == theirs:
        return []
    only_ours = [group for group in ours if group not in theirs]
    only_theirs = [group for group in theirs if group not in ours]
    return [f"{name} aggressive={aggressive}: the compiler has {only_theirs}, predicted {only_ours}"]


def questions(modules: list[tuple[str, str]]) -> list[tuple[tuple[str, str], bool]]:
    return [(module, aggressive) for module in modules for aggressive in (False, True)]


def predicted(text: str, era: eras.Era, options: eras.Options) -> Partition:
    starts = [0] + [at + 1 for at, char in enumerate(text) if char == "\n"]
    found: Partition = []
    for function in formation.dispatching_functions(lower.lower(text)):
        for group in formation.form_dispatch_regions(function, era, options).groups:
            found.append(sorted(position(op, starts) for op in group.members))
    return sorted(found)


def position(op: Op, line_starts: list[int]) -> tuple[int, int]:
    """Line and column of the op's name, from 1."""
    line = bisect.bisect_right(line_starts, op.name_range.start)
    return line, op.name_range.start - line_starts[line - 1] + 1


def random_modules(first: int, last: int, spelling: generator.Spelling) -> Iterator[tuple[str, str]]:
    for seed in range(first, last):
        yield f"seed {seed}", generator.module(random.Random(seed), 3 + seed % 23, spelling)


def chunks(path: Path, accepted_only: bool) -> Iterator[tuple[str, str]]:
    """The modules of one of IREE's test files, by the index of the corpus."""
    root = SHARED / "iree-tests"
    name = path.relative_to(root).as_posix()
    for line in (root / "chunks.jsonl").read_text().splitlines():
        row = json.loads(line)
        if row["file"] == name and (row["accepted"] or not accepted_only):
            yield f"{name}#{row['chunk']}", path.read_bytes()[row["start"] : row["end"]].decode()


def ask_2024(modules: list[tuple[str, str]]) -> list[list[list[list[int]]] | str]:
    asked = questions(modules)
    lines = [json.dumps({"text": text, "aggressive": mode}) for (_, text), mode in asked]
    made = subprocess.run(
        [PYTHON_2024, str(HERE / "ask_formation.py")], input="\n".join(lines), capture_output=True, text=True, timeout=500
    )
    answers = [json.loads(line) for line in made.stdout.splitlines()]
    assert len(answers) == len(lines), made.stderr[-500:]
    return answers
