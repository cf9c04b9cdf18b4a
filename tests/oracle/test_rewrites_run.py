"""Before and after a rewrite the program computes the same: both compiled, both run on equal random inputs.

Data movement is equal to the bit, arithmetic within 1e-5 relative. `DISPATCH_LENS_ORACLE_SEEDS` says how many random
modules are tried. A rewrite that fires on nothing here is not proved, and fails.
"""

from __future__ import annotations

import os
import random
import sys
from collections import Counter
from collections.abc import Iterator

import pytest

from dispatch_lens import rewrites
from dispatch_lens.features import fixes
from dispatch_lens.features.document import Document
from dispatch_lens.flags import table
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites.rewrite import Aim, Applied, Rewrite
from dispatch_lens.text import apply_edits
from oracle import generator, generator_chains
from oracle.asker import Asker, asking
from shared import FIXTURES, PYTHON_2024, needs_2024

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(3600)]

SEEDS = int(os.environ.get("DISPATCH_LENS_ORACLE_SEEDS", "12"))
OLDER = table.NAMED["2024-07"]
BLOCK = 12
"""Random modules of one test."""
MARK = "\n// -----\n\n"
Pair = tuple[str, str, str]
"""The rewrite's name, the text before, the text after."""


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with asking(sys.executable) as started:
        yield started


def applications(text: str) -> Iterator[Pair]:
    """Every rewrite at every op of the text where it applies."""
    for op in lower(text).walk():
        for rewrite in rewrites.ALL:
            outcome = rewrite.apply(op)
            if isinstance(outcome, Applied):
                yield rewrite.name, text, apply_edits(text, outcome.edits)


def fixpoint(text: str) -> Iterator[Pair]:
    """All that `fix` makes for the release for which it makes the most."""
    done = fixes.fixed(Document("text", 0, text), rewrites.ALL, OLDER)
    if done.steps:
        assert not fixes.fixed(Document("again", 0, done.text), rewrites.ALL, OLDER).steps
        yield "fix", text, done.text


def differences(asker: Asker, pair: Pair, seed: int) -> list[str]:
    """What is wrong with the pair; nothing where the text before does not compile, or crashes the compiler, by itself."""
    name, before, after = pair
    verdict, answer = asker.judged(before, after, seed)
    return [f"{name}: {verdict} {answer}\n{before}\n// after:\n{after}"] if verdict == "different" else []


def cases_of(name: str) -> list[str]:
    return (FIXTURES / "rewrites" / f"{name}.mlir").read_text().split(MARK)


@pytest.fixture(scope="module", params=[pytest.param("2024", marks=needs_2024), "today"])
def of_a_year(request: pytest.FixtureRequest) -> Iterator[Asker]:
    with asking(PYTHON_2024 if request.param == "2024" else sys.executable) as started:
        yield started


@pytest.mark.parametrize("rewrite", rewrites.ALL, ids=lambda rewrite: rewrite.name)
def test_rewrites_keep_what_fixtures_compute(of_a_year: Asker, rewrite: Rewrite) -> None:
    """Each rewrite on the fixtures of each."""
    wrong: list[str] = []
    fired: Counter[str] = Counter()
    for seed, case in enumerate(cases_of(rewrite.name)):
        for pair in [*applications(case), *fixpoint(case)]:
            fired[pair[0]] += 1
            wrong += differences(of_a_year, pair, seed)
    assert wrong == [], "\n\n".join(wrong)
    assert fired[rewrite.name], "nothing that this rewrite applies to was tried"


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_rewrites_keep_what_random_modules_compute(asker: Asker, first: int) -> None:
    fired: Counter[str] = Counter()
    wrong: list[str] = []
    for seed in range(first, min(first + BLOCK, SEEDS)):
        text = generator.runnable_module(random.Random(seed), 2 + seed % 7)
        for pair in [*_one_of_each(text, seed), *fixpoint(text)]:
            fired[pair[0]] += 1
            wrong += [f"seed {seed}: {each}" for each in differences(asker, pair, seed)]
    print(f"{fired.total()} pairs: {dict(fired)}")
    assert wrong == [], "\n\n".join(wrong)
    assert fired


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_fixing_formed_regions_keeps_what_random_modules_compute(asker: Asker, first: int) -> None:
    wrong: list[str] = []
    fired = 0
    for seed in range(2000 + first, 2000 + min(first + BLOCK, SEEDS)):
        text = asker.form(generator.runnable_module(random.Random(seed), 3 + seed % 8))
        for pair in fixpoint(text) if text is not None else ():
            fired += 1
            wrong += [f"seed {seed}: {each}" for each in differences(asker, pair, seed)]
    assert wrong == [], "\n\n".join(wrong)
    assert fired


@pytest.mark.parametrize("first", range(0, SEEDS, BLOCK))
def test_rewrites_keep_what_chains_of_ops_compute(asker: Asker, first: int) -> None:
    """As they are, and as dispatches that the compiler formed. Left out is what no CPU back end compiles before, and what the
    compiler itself computes otherwise once it is formed: 3.13 does so where a formed dispatch pads what a loose cast makes."""
    wrong: list[str] = []
    fired = 0
    for seed in range(30000 + first, 30000 + min(first + BLOCK, SEEDS)):
        text = generator_chains.chain_module(random.Random(seed), 2 + seed % 5)
        formed = asker.form(text)
        texts = [text] if formed is None else [text, generator_chains.head(text) + formed]
        texts = texts if asker.judged(text, texts[-1], seed)[0] in ("equal bits", "within 1e-5") else [text]
        for each in filter(asker.compiles_for_a_cpu, texts):
            for pair in [*_one_of_each(each, seed), *fixpoint(each)]:
                fired += 1
                wrong += [f"seed {seed}: {found}" for found in differences(asker, pair, seed)]
    assert wrong == [], "\n\n".join(wrong)
    assert fired


def _one_of_each(text: str, seed: int) -> list[Pair]:
    """One place for each rewrite that applies to the module."""
    by_name: dict[str, list[Pair]] = {}
    for pair in applications(text):
        by_name.setdefault(pair[0], []).append(pair)
    return [random.Random(seed).choice(pairs) for pairs in by_name.values()]


@pytest.mark.parametrize("folder", ["blockers", "thread-cases"])
def test_fixing_the_worked_cases_keeps_what_they_compute(asker: Asker, folder: str) -> None:
    wrong: list[str] = []
    for path in sorted((FIXTURES / folder).glob("*.mlir")):
        for pair in fixpoint(path.read_text()):
            wrong += [f"{path.name}: {each}" for each in differences(asker, pair, seed=1)]
    assert wrong == [], "\n\n".join(wrong)


def test_a_rewrite_for_fewer_dispatches_never_makes_more() -> None:
    from dispatch_lens.compiler import bridge, find, protocol

    compiler = bridge.Bridge(find.find_installs(find.Configured(), search_path=""))
    rose: list[str] = []
    for rewrite in (each for each in rewrites.ALL if each.aim is Aim.FEWER_DISPATCHES):
        for case in cases_of(rewrite.name):
            before = compiler.compile_to_flow(case, (), "llvm-cpu")
            for _, _, text in (pair for pair in applications(case) if pair[0] == rewrite.name):
                after = compiler.compile_to_flow(text, (), "llvm-cpu")
                assert not isinstance(before, protocol.CompilerFailure) and not isinstance(after, protocol.CompilerFailure)
                if after.sites > before.sites:
                    rose.append(f"{rewrite.name}: {before.sites} to {after.sites}\n{text}")
    compiler.close()
    assert rose == [], "\n\n".join(rose)
