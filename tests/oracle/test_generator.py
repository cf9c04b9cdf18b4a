"""The generator of random modules: what it writes is valid, the same for the same seed, and of every kind."""

from __future__ import annotations

import random

import pytest

from oracle import generator


def _size(seed: int) -> int:
    return 3 + seed % 23


@pytest.mark.oracle
@pytest.mark.parametrize("write", [generator.module, generator.runnable_module])
def test_the_compiler_accepts_what_is_generated(write):
    from iree.compiler import ir

    with ir.Context():
        for seed in range(100):
            assert ir.Module.parse(write(random.Random(seed), _size(seed))).operation.verify(), seed


def test_one_seed_is_one_text():
    for seed in range(20):
        assert generator.module(random.Random(seed), 9) == generator.module(random.Random(seed), 9)
        assert generator.module(random.Random(seed), 9) != generator.module(random.Random(seed + 1), 9)


@pytest.fixture(scope="module")
def modules() -> list[generator.Generated]:
    """Those of the first 300 seeds."""
    return [generator.generate(random.Random(seed), _size(seed)) for seed in range(300)]


def test_every_kind_occurs_within_300_seeds(modules: list[generator.Generated]):
    assert {name for made in modules for name in made.kinds} == {kind.name for kind in generator.KINDS}


@pytest.mark.parametrize(
    "rare", ["func.func @other", "tensor<?x", ": index)", "tensor<f32>", "#map1 =", "dense<[", "bf16", "tensor.dim"]
)
def test_a_rare_spelling_occurs_within_300_seeds(modules: list[generator.Generated], rare: str):
    assert any(rare in made.text for made in modules)


def test_the_spelling_of_2024_has_no_later_op():
    later = ("linalg.pack", "linalg.unpack", "iree_linalg_ext", "linalg.matmul indexing_maps")
    for seed in range(100):
        text = generator.module(random.Random(seed), _size(seed), generator.IREE_2024)
        assert not any(op in text for op in later)
