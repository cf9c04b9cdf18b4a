"""Dynamic dims get sizes that the ops agree with, different ones where they may differ; a swapped dim is seen by them."""

from __future__ import annotations

import pytest

from dispatch_lens.analysis import dynamic_sizes
from dispatch_lens.analysis.monomials import Monomial, Unknowns
from dispatch_lens.ir.lower import lower


def drawn(arguments: str, *lines: str) -> tuple[str, ...] | None:
    body = "\n".join(lines)
    text = f"func.func @main({arguments}) {{\n  %c0 = arith.constant 0 : index\n{body}\n  return\n}}\n"
    return dynamic_sizes.arguments(lower(text)).get("main")


ADDED = """%r = linalg.generic {
  indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1)>, affine_map<(d0, d1) -> (d0, d1)>],
  iterator_types = ["parallel", "parallel"]
} ins(%x, %b : tensor<?x?xf32>, tensor<?xf32>) outs(%x : tensor<?x?xf32>) {
^bb0(%i: f32, %j: f32, %o: f32):
  %s = arith.addf %i, %j : f32
  linalg.yield %s : f32
} -> tensor<?x?xf32>"""


def test_dims_that_loops_share_are_equal_and_others_differ() -> None:
    assert drawn("%x: tensor<?x?xf32>, %b: tensor<?xf32>", ADDED) == ("tensor<6x4xf32>", "tensor<4xf32>")


def test_a_size_that_a_type_states_is_not_drawn() -> None:
    assert drawn("%x: tensor<?x6xf32>") == ("tensor<4x6xf32>",)


@pytest.mark.parametrize(
    ("arguments", "lines", "expected"),
    [
        (
            "%x: tensor<?xf32>, %n: index",
            ["%e = tensor.expand_shape %x [[0, 1]] output_shape [%n, 3] : tensor<?xf32> into tensor<?x3xf32>"],
            ("tensor<18xf32>", "index=6"),
        ),
        (
            "%x: tensor<?xf32>, %n: index",
            [
                "%d = tensor.dim %x, %c0 : tensor<?xf32>",
                "%m = arith.divui %d, %n : index",
                "%e = tensor.expand_shape %x [[0, 1]] output_shape [%n, %m] : tensor<?xf32> into tensor<?x?xf32>",
            ],
            ("tensor<24xf32>", "index=6"),
        ),
        (
            "%x: tensor<?x?xf32>, %y: tensor<?xf32>",
            [
                "%c = tensor.collapse_shape %x [[0, 1]] : tensor<?x?xf32> into tensor<?xf32>",
                "%s = linalg.add ins(%c, %y : tensor<?xf32>, tensor<?xf32>) outs(%y : tensor<?xf32>) -> tensor<?xf32>",
            ],
            ("tensor<6x4xf32>", "tensor<24xf32>"),
        ),
        ("%x: tensor<?xf32>", ["%t = tensor.cast %x : tensor<?xf32> to tensor<9xf32>"], ("tensor<9xf32>",)),
        (
            "%x: tensor<?x2xf32>, %y: tensor<?x2xf32>",
            ["%t = tensor.concat dim(0) %x, %y : (tensor<?x2xf32>, tensor<?x2xf32>) -> tensor<?x2xf32>"],
            ("tensor<6x2xf32>", "tensor<4x2xf32>"),
        ),
    ],
)
def test_sizes_fit_the_ops(arguments: str, lines: list[str], expected: tuple[str, ...]) -> None:
    assert drawn(arguments, *lines) == expected


@pytest.mark.parametrize(
    "line",
    [
        "%s = tensor.extract_slice %x[1] [3] [1] : tensor<?xf32> to tensor<3xf32>",
        '%s = "some.op"(%x) : (tensor<?xf32>) -> tensor<?xf32>',
    ],
)
def test_what_is_not_followed_gets_no_sizes(line: str) -> None:
    assert drawn("%x: tensor<?xf32>", line) is None


def test_a_function_without_dynamic_dims_is_left_out() -> None:
    assert drawn("%x: tensor<4xf32>") is None


def test_equations_bind_one_unknown_and_a_sum_binds_to_nothing() -> None:
    unknowns = Unknowns()
    a, b, c = unknowns.fresh(), unknowns.fresh(), unknowns.fresh()
    assert unknowns.equate(a.times(Monomial(4)), b.times(Monomial(8)))
    assert unknowns.resolved(a) == Monomial(2, b.unknowns)
    assert not unknowns.equate(Monomial(3), Monomial(5)) and not unknowns.equate(Monomial(7), c.times(Monomial(2)))
    assert not unknowns.equate(unknowns.sum(b, c), Monomial(9))
    assert unknowns.sum(b, c) == unknowns.sum(c, b) and unknowns.sum(b, Monomial(0)) == b
