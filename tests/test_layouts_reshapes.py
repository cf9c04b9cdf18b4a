"""Words for permutations, strides of transposes, and what pairs of reshapes come to."""

from __future__ import annotations

import pytest

from dispatch_lens.analysis import layouts, reshapes
from dispatch_lens.ir import linalg, tensor
from dispatch_lens.ir.lower import lower


@pytest.mark.parametrize(
    ("vector", "text"),
    [
        ((1, 0), "swaps the two dims"),
        ((0, 2, 1), "swaps the last two dims"),
        ((0, 2, 3, 1), "moves dim 1 last (as NCHW to NHWC)"),
        ((0, 3, 1, 2), "moves dim 3 to place 1 (as NHWC to NCHW)"),
        ((2, 0, 1), "moves dim 2 first"),
        ((2, 3, 0, 1), "moves the first 2 dims last"),
        ((0, 3, 2, 1), "swaps dims 1 and 3"),
    ],
)
def test_a_permutation_in_words(vector: tuple[int, ...], text: str) -> None:
    assert layouts.words(vector) == text


def test_a_transpose_strides_through_its_input() -> None:
    found = transposed("2x3x5", "5x2x3", "[2, 0, 1]")
    assert layouts.innermost_stride(found, found.ins[0]) == 5
    assert layouts.innermost_stride(found, found.inits[0]) == 1
    assert not layouts.only_moves_unit_dims(found)


def test_a_transpose_of_unit_dims_moves_nothing() -> None:
    assert layouts.only_moves_unit_dims(transposed("1x7x5", "7x1x5", "[1, 0, 2]"))


@pytest.mark.parametrize(
    ("source", "middle", "result", "collapse", "expand", "effect", "foldable"),
    [
        ("2x3x5", "6x5", "2x3x5", "[[0, 1], [2]]", "[[0, 1], [2]]", "identity", True),
        ("2x3x5", "30", "2x15", "[[0, 1, 2]]", "[[0, 1]]", "single", True),
        ("129x129x1x144", "129x129x144", "1x129x129x144", "[[0], [1], [2, 3]]", "[[0, 1], [2], [3]]", "unit-dims", False),
        ("4x6", "24", "6x4", "[[0, 1]]", "[[0, 1]]", "regroups", False),
        ("2x3x1x5", "6x5", "6x5x1", "[[0, 1], [2, 3]]", "[[0], [1, 2]]", "regroups", False),
        ("?x3x5", "?x5", "?x3x5", "[[0, 1], [2]]", "[[0, 1], [2]]", "identity", True),
        ("?x3x5", "?x5", "?x6x5", "[[0, 1], [2]]", "[[0, 1], [2]]", "unknown", False),
    ],
)
def test_a_collapse_and_an_expand(
    source: str, middle: str, result: str, collapse: str, expand: str, effect: str, foldable: bool
) -> None:
    module = lower(
        f"""%c = tensor.collapse_shape %a {collapse} : tensor<{source}xf32> into tensor<{middle}xf32>
        %e = tensor.expand_shape %c {expand} output_shape [1] : tensor<{middle}xf32> into tensor<{result}xf32>"""
    )
    second = tensor.reshape(module.ops[1])
    assert second is not None
    found = reshapes.pair_after(second)
    assert found is not None
    assert (found.effect, found.is_foldable) == (effect, foldable)


def test_an_expand_moves_up_past_a_generic_and_not_past_a_named_op() -> None:
    generic = after(
        "linalg.generic {indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> (d1, d0)>],"
        ' iterator_types = ["parallel", "parallel"]}',
        "{ ^bb0(%i: f32, %o: f32): linalg.yield %i : f32 }",
    )
    named = after("linalg.copy", "")
    assert reshapes.move_up(*generic).is_possible
    assert reshapes.move_up(*named).obstacle == "linalg.copy is a named op"


def test_an_expand_sinks_only_where_the_loops_stay_together() -> None:
    assert sunk("(d1, d0)").obstacle == "operand 1 does not hold loops d0, d1 side by side"
    assert sunk("(d0, d1)").is_possible


def transposed(source: str, result: str, permutation: str) -> linalg.StructuredOp:
    text = f"%r = linalg.transpose ins(%a : tensor<{source}xf32>) outs(%b : tensor<{result}xf32>) permutation = {permutation}"
    found = linalg.structured(lower(text).ops[0])
    assert found is not None
    return found


def after(head: str, body: str) -> tuple[tensor.Reshape, linalg.StructuredOp]:
    module = lower(
        f"""%r = {head} ins(%a : tensor<4x4xf32>) outs(%b : tensor<4x4xf32>) {body} -> tensor<4x4xf32>
        %e = tensor.expand_shape %r [[0, 1], [2]] output_shape [2, 2, 4] : tensor<4x4xf32> into tensor<2x2x4xf32>"""
    )
    found, reshape = linalg.structured(module.ops[0]), tensor.reshape(module.ops[1])
    assert found is not None
    assert reshape is not None
    return reshape, found


def sunk(result_map: str) -> reshapes.Move:
    module = lower(
        f"""%e = tensor.expand_shape %a [[0, 1]] output_shape [4, 4] : tensor<16xf32> into tensor<4x4xf32>
        %r = linalg.generic {{indexing_maps = [affine_map<(d0, d1) -> (d0, d1)>, affine_map<(d0, d1) -> {result_map}>],
          iterator_types = ["parallel", "parallel"]}} ins(%e : tensor<4x4xf32>) outs(%b : tensor<4x4xf32>) {{
        ^bb0(%i: f32, %o: f32):
          linalg.yield %i : f32
        }} -> tensor<4x4xf32>"""
    )
    reshape, found = tensor.reshape(module.ops[0]), linalg.structured(module.ops[1])
    assert reshape is not None
    assert found is not None
    return reshapes.move_down(reshape, found)
