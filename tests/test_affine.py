"""Affine maps against the real bindings: what is accepted, how it prints, what the algebra gives."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from iree.compiler import ir

from dispatch_lens.ir import affine, affine_expr
from dispatch_lens.syntax import values
from real_values import real_attribute

LEAVES = ["d0", "d1", "s0", "0", "1", "2", "3", "4", "-1", "-2", "8"]
CONSTANT_LEAVES = ["s0", "1", "2", "3", "4", "-1", "-2", "0"]
EXPRESSIONS = st.recursive(
    st.sampled_from(LEAVES),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-"]), inner),
        st.tuples(inner, st.sampled_from(["*", "floordiv", "ceildiv", "mod"]), st.sampled_from(CONSTANT_LEAVES)),
    ).map(lambda parts: f"({parts[0]}) {parts[1]} ({parts[2]})"),
    max_leaves=8,
)
MAPS = st.lists(EXPRESSIONS, max_size=3).map(lambda e: f"affine_map<(d0, d1)[s0] -> ({', '.join(e)})>")
REJECTED = [
    "affine_map<(d0, d1) -> (d0, d2)>",
    "affine_map<(d0, d0) -> (d0)>",
    "affine_map<(d0, d1) -> (d0 * d1)>",
    "affine_map<(d0, d1) -> (d0 floordiv d1)>",
    "affine_map<(d0) -> (d0 d0)>",
    "affine_map<(d0) -> d0>",
    "affine_map<(d0) -> (d0,)>",
    "affine_map<(d0) -> (d0)",
    "affine_map<(d0) -> (99999999999999999999)>",
    "affine_map<(symbol) -> (symbol)>",
]
ACCEPTED = [
    "affine_map<() -> ()>",
    "affine_map<(d0)[] -> (d0)>",
    "affine_map<(i, j) -> (j, i)>",
    "affine_map<(d0) -> (-d0 * 2, 0x10, 7 mod 0)>",
    "affine_map<(mod) -> (mod)>",
    "affine_map<(d1, d0) -> (d0, d1)>",
]


@pytest.mark.usefixtures("context")
class TestAgainstBindings:
    @settings(max_examples=150, deadline=None)
    @given(MAPS)
    def test_simplifies_and_prints_like_mlir(self, text: str) -> None:
        parsed = affine.parse_map(text)
        assert parsed is not None
        assert str(parsed) == real_attribute(text)
        assert str(affine.parse_map(parsed.body)) == real_attribute(str(parsed))

    @settings(max_examples=60, deadline=None)
    @given(MAPS, MAPS)
    def test_compose(self, outer: str, inner: str) -> None:
        """Both read the texts as they are drawn: MLIR may read a printed sum in another order, and simplify it further."""
        inner = inner.replace("[s0]", "").replace("s0", "2")
        first, second = affine.parse_map(outer), affine.parse_map(inner)
        assert first is not None and second is not None
        if first.num_dims != len(second.results):
            with pytest.raises(ValueError, match="dims cannot take"):
                affine.compose(first, second)
            return
        outer_map = ir.AffineMapAttr(ir.Attribute.parse(outer)).value
        inner_map = ir.AffineMapAttr(ir.Attribute.parse(inner)).value
        results = [expr.compose(inner_map) for expr in outer_map.results]
        expected = ir.AffineMap.get(second.num_dims, first.num_symbols, results)
        assert affine.compose(first, second).body == str(expected)

    @pytest.mark.parametrize("text", REJECTED)
    def test_rejects_what_mlir_rejects(self, text: str) -> None:
        assert real_attribute(text) is None
        (problem,) = affine.errors_in_map(text)
        assert affine.parse_map(text) is None
        assert 0 < problem.offset <= len(text)

    @pytest.mark.parametrize("text", ACCEPTED)
    def test_accepts_what_mlir_accepts(self, text: str) -> None:
        assert str(affine.parse_map(text)) == real_attribute(text)
        assert affine.errors_in_map(text) == ()

    @given(st.permutations(range(4)))
    @settings(max_examples=24, deadline=None)
    def test_permutation(self, vector: list[int]) -> None:
        ours = affine.permutation(vector)
        assert ours.body == str(ir.AffineMap.get_permutation(vector))
        assert affine.permutation_vector(ours) == tuple(vector)

    @pytest.mark.parametrize(
        "text", ["(d0, d1) -> (d1, d0)", "(d0, d1) -> (d1)", "(d0) -> (d0, d0)", "(d0) -> (0)", "(d0)[s0] -> (d0)"]
    )
    def test_predicates(self, text: str) -> None:
        ours, theirs = affine.parse_map(text), ir.AffineMapAttr(ir.Attribute.parse(f"affine_map<{text}>")).value
        assert ours is not None
        assert ours.is_permutation == theirs.is_permutation
        assert ours.is_projected_permutation == theirs.is_projected_permutation


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_inverse_permutation_undoes(vector: list[int]) -> None:
    forward = affine.permutation(vector)
    back = affine.inverse_permutation(forward)
    assert back is not None
    assert affine.compose(back, forward).is_identity
    assert affine.compose(forward, back).is_identity


@settings(deadline=None)
@given(st.permutations(range(3)), st.lists(st.integers(0, 9), min_size=3, max_size=3))
def test_interchange_evaluates_alike(vector: list[int], point: list[int]) -> None:
    original = affine.parse_map("(d0, d1, d2) -> (d2 * 3 + d0, d1, 0)")
    assert original is not None
    moved = affine.interchange(original, vector)
    assert affine.evaluate(moved, [point[old] for old in vector]) == affine.evaluate(original, point)


def test_inverse_needs_every_dim() -> None:
    projected = affine.parse_map("(d0, d1) -> (d1)")
    assert projected is not None
    assert affine.inverse_permutation(projected) is None
    assert affine.permutation_vector(projected) is None
    assert affine.broadcast_dims(projected) == (0,)


def test_broken_bracket_is_named() -> None:
    text = "affine_map<(d0) -> (d0 d0)>"
    (problem,) = affine.errors_in_map(text)
    assert problem.offset == text.index(" d0)>") + 1
    assert problem.message.endswith("or ')' in an affine map")


TERM = st.builds("{}{}".format, st.sampled_from(["d0", "d1", "d2", "d5"]), st.sampled_from(["", " * 2", " * 0", " * 07"]))
SUM = st.lists(TERM, min_size=1, max_size=3).map(" + ".join)


@settings(deadline=None)
@given(st.integers(0, 4), st.lists(SUM, max_size=4))
def test_fast_path_agrees_with_lark(num_dims: int, results: list[str]) -> None:
    dims = ", ".join(f"d{i}" for i in range(num_dims))
    text = f"affine_map<({dims}) -> ({', '.join(results)})>"
    plain = affine.plain_map(text)
    if plain is None:
        assert affine.errors_in_map(text)
        return
    assert plain == affine.map_from_tree(values.parse("map", text))


def test_division_by_zero_has_no_value() -> None:
    broken = affine.parse_map("(d0) -> (d0 floordiv 0)")
    assert broken is not None
    assert broken.results[0] == affine_expr.Binary("floordiv", affine_expr.Dim(0), affine_expr.Constant(0))
    with pytest.raises(ZeroDivisionError):
        affine.evaluate(broken, [3])
