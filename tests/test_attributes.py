"""Attributes against the real bindings, the lists that ops keep in them, and the corpus without an opaque."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_lens.ir import attribute_values, attributes, types
from real_values import mutate, real_attribute
from shared import SHARED, needs_shared

CORPUS = SHARED / "corpus" / "models"
INTEGERS = st.builds(
    attribute_values.IntegerAttr,
    st.integers(-(2**7), 2**7 - 1),
    st.sampled_from([types.IntegerType(w) for w in (8, 32, 64)] + [types.IndexType()]),
)
LEAVES = st.one_of(
    INTEGERS,
    st.booleans().map(attribute_values.BoolAttr),
    st.text(max_size=8).map(attribute_values.StringAttr),
    st.text(st.characters(codec="ascii"), min_size=1, max_size=5).map(attribute_values.SymbolRefAttr),
    st.sampled_from(
        [
            "unit",
            "affine_map<(d0, d1) -> (d1, d0 * 2)>",
            "affine_set<(d0)[s0] : (d0 - s0 >= 0, d0 == 0)>",
            "dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>",
            "dense<true> : tensor<4xi1>",
            "dense_resource<__elided__> : tensor<4xf32>",
            "array<i64: 1, -2>",
            "strided<[?, 1], offset: ?>",
            "tensor<4xf32>",
            "#map3",
            '#a.b<"x>", {c = [1]}>',
            'loc("f":1:2)',
            'opaque<"elided_large_const", "0xDEADBEEF"> : tensor<4xf32>',
            "distinct[0]<42 : i32>",
        ]
    ).map(attributes.parse_attribute),
)
ATTRIBUTES = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda e: attribute_values.ArrayAttr(tuple(e))),
        st.dictionaries(st.text(st.characters(codec="ascii"), max_size=4), inner, max_size=3).map(
            lambda d: attribute_values.DictAttr(tuple(sorted(d.items())))
        ),
    ),
    max_leaves=8,
)
KNOWN = st.recursive(INTEGERS, lambda inner: st.lists(inner, max_size=3).map(lambda e: attribute_values.ArrayAttr(tuple(e))))
SEEDS = [
    "3 : i32",
    "-128 : i8",
    "[1, 2 : i32, true]",
    "{a = 1 : i64, b, c = [3]}",
    "dense<[1, 2]> : tensor<2xi64>",
    "dense<[[1, 2], [3, 4]]> : tensor<2x2xi32>",
    "array<i64: 1, 2>",
    "array<i1: true, false>",
    "affine_map<(d0, d1)[s0] -> (d1, d0 + s0)>",
    "affine_set<(d0)[s0] : (d0 - s0 >= 0, d0 == 4)>",
    "strided<[1, 2], offset: 3>",
]
REJECTED = [
    "dense<[1, 2>",
    "dense<[1, 2]> : tensor<3xi64>",
    "dense<[[1], [2, 3]]> : tensor<2xi64>",
    "dense<300> : tensor<2xi8>",
    "dense<true> : tensor<2xi8>",
    "dense<1> : tensor<2xf32>",
    "dense<1> : i32",
    'dense<"0x010203"> : tensor<2xi16>',
    "array<i64: 1,>",
    "array<i64:>",
    "array<i1: 1>",
    "array<i4: 1>",
    "3 : f32",
    "1.0 : i32",
    "256 : i8",
    "-3 : ui8",
    "{a, a}",
    "dense_resource<foo>",
    "strided<[1],>",
]


@given(ATTRIBUTES)
@settings(deadline=None)
def test_printing_reads_back(of: attribute_values.Attribute) -> None:
    again = attributes.parse_attribute(str(of))
    assert again == of
    assert str(again) == str(of)


@pytest.mark.usefixtures("context")
class TestAgainstBindings:
    @given(KNOWN)
    @settings(max_examples=50, deadline=None)
    def test_prints_like_mlir(self, of: attribute_values.Attribute) -> None:
        assert real_attribute(str(of)) == str(of)

    @pytest.mark.parametrize("text", REJECTED)
    def test_rejects_what_mlir_rejects(self, text: str) -> None:
        assert real_attribute(text) is None
        assert attributes.errors_in_attribute(text)
        assert attributes.parse_attribute(text) == attribute_values.OpaqueAttr(text)

    @pytest.mark.parametrize("text", SEEDS)
    def test_mutations_are_judged_alike(self, text: str) -> None:
        randomness = random.Random(text)
        for _ in range(40):
            mutated = mutate(randomness, text)
            read = attributes.parse_attribute(mutated)
            assert (None if isinstance(read, attribute_values.OpaqueAttr) else str(read)) == real_attribute(mutated), mutated


@pytest.mark.parametrize(
    "text",
    ["[0, 1]", "array<i64: 0, 1>", "dense<[0, 1]> : tensor<2xi64>", "dense<[0, 1]> : vector<2xi64>",
     'dense<"0x0000000001000000"> : tensor<2xi32>'],
)  # fmt: skip
def test_integers_in_any_spelling(text: str) -> None:
    assert attributes.ints(attributes.parse_attribute(text)) == (0, 1)


def test_splat_is_written_out() -> None:
    for text in ("dense<1> : vector<2xi64>", "dense<[1, 1]> : tensor<2xi64>"):
        assert attributes.ints(attributes.parse_attribute(text)) == (1, 1)
    assert attributes.ints(attributes.parse_attribute("dense<1.0> : tensor<2xf32>")) is None


def test_lists() -> None:
    assert str(attributes.parse_attribute('["a", "\\22"]')) == '["a", "\\22"]'
    assert attributes.reassociation(attributes.parse_attribute("[[0], [1, 2]]")) == ((0,), (1, 2))
    assert attributes.reassociation(attributes.parse_attribute("[[0], 1]")) is None


def test_elided_constants_are_known() -> None:
    old = attributes.parse_attribute('opaque<"elided_large_const", "0xDEADBEEF"> : tensor<4xf32>')
    new = attributes.parse_attribute("dense_resource<__elided__> : tensor<4xf32>")
    assert isinstance(old, attribute_values.DenseElementsAttr) and old.kind == "elided"
    assert isinstance(new, attribute_values.DenseResourceAttr) and new.key == "__elided__"


@needs_shared
def test_corpus_has_no_opaque_attribute() -> None:
    pattern = re.compile(
        r"affine_(?:map|set)<.*?\)>|(?<!\w)array<[^<>]*>"
        r"|(?:dense|dense_resource)<[^<>]*> : tensor<[^<>]*>|= (\{[^{}%\n]*\})"
    )
    found: set[str] = set()
    for path in sorted(CORPUS.rglob("*.mlir"))[::3]:
        lines = re.findall(r"(?m)^(?!\s*//).*$", path.read_text()[:300_000])
        found.update(m[1] or m[0] for line in lines for m in pattern.finditer(line))
    assert len(found) > 50
    assert [t for t in sorted(found) if attributes.errors_in_attribute(t)] == []
