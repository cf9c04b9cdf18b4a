"""Structured ops against the real bindings: maps, contractions and convolutions of every module of ours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from iree.compiler import ir
from iree.compiler.dialects import linalg as bindings

from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Module, Op

FIXTURES = Path(__file__).parent / "fixtures"
NO_MAPS = ("linalg.yield", "linalg.index", "linalg.pack", "linalg.unpack", "linalg.softmax")
MODULES = sorted(
    path
    for folder in ("blockers", "cases", "thread-cases")
    for path in (FIXTURES / folder).glob("*.mlir")
    if ".2024" not in path.name and "binding.subspan set(" not in path.read_text(encoding="utf-8")
)


def test_the_fixtures_are_here() -> None:
    assert {path.parent.name for path in MODULES} == {"blockers", "cases", "thread-cases"}


@pytest.mark.oracle
@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_maps_and_interfaces_are_the_compilers(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ours(text) == compilers(text)


def test_generic_form_reads_as_the_custom_form() -> None:
    path = FIXTURES / "cases" / "aie515c_dwconv_relu6_transpose.mlir"
    text = path.read_text(encoding="utf-8")
    with ir.Context():
        generic = str(ir.Module.parse(text).operation.get_asm(print_generic_op_form=True))
    assert ours(generic) == ours(text)
    assert loops(generic) == loops(text)


@pytest.mark.parametrize(
    "op",
    [
        "linalg.transpose ins(%x : tensor<4x8xf32>) outs(%t : tensor<8x4xf32>) permutation = [1, 0]",
        "linalg.broadcast ins(%v : tensor<4xf32>) outs(%t : tensor<8x4xf32>) dimensions = [0]",
        "linalg.reduce { arith.addf } ins(%x : tensor<4x8xf32>) outs(%v : tensor<4xf32>) dimensions = [1]",
    ],
)
def test_generic_form_without_segments_reads_as_the_custom_form(op: str) -> None:
    text = f"func.func @f(%x: tensor<4x8xf32>, %v: tensor<4xf32>, %t: tensor<8x4xf32>) {{\n  %r = {op}\n  return\n}}\n"
    with ir.Context():
        generic = str(ir.Module.parse(text).operation.get_asm(print_generic_op_form=True))
    assert ours(generic) == ours(text) != []
    assert loops(generic) == loops(text)


def test_strides_and_dilations_in_either_spelling() -> None:
    first = convolution("{strides = dense<2> : vector<2xi64>, dilations = dense<[1, 3]> : tensor<2xi64>}")
    assert str(first.indexing_maps[0].results[1]) == "d1 * 2 + d4"
    assert str(first.indexing_maps[0].results[2]) == "d2 * 2 + d5 * 3"
    assert first.is_convolution
    assert first.static_loop_ranges == (1, 8, 8, 16, 3, 3, 4)
    assert first.iterator_types == ("parallel",) * 4 + ("reduction",) * 3


@pytest.mark.parametrize(
    ("attributes", "maps"),
    [
        ("", ["(d0, d1, d2) -> (d0, d2)", "(d0, d1, d2) -> (d2, d1)", "(d0, d1, d2) -> (d0, d1)"]),
        (
            " indexing_maps = [affine_map<(m, n, k) -> (k, m)>, affine_map<(m, n, k) -> (k, n)>,"
            " affine_map<(m, n, k) -> (m, n)>]",
            ["(d0, d1, d2) -> (d2, d0)", "(d0, d1, d2) -> (d2, d1)", "(d0, d1, d2) -> (d0, d1)"],
        ),
    ],
)
def test_matmul_takes_its_own_maps_where_it_has_them(attributes: str, maps: list[str]) -> None:
    found = only(
        f"%r = linalg.matmul{attributes} ins(%a, %b : tensor<8x8xf32>, tensor<8x8xf32>)"
        " outs(%c : tensor<8x8xf32>) -> tensor<8x8xf32>"
    )
    assert [of.body for of in found.indexing_maps] == maps
    assert found.iterator_types == ("parallel", "parallel", "reduction")


def test_a_transpose_says_which_way() -> None:
    found = only("%r = linalg.transpose ins(%a : tensor<2x3x5xf32>) outs(%b : tensor<5x2x3xf32>) permutation = [2, 0, 1]")
    assert found.is_pure_transpose
    assert found.permutation == (2, 0, 1)
    assert found.static_loop_ranges == (5, 2, 3)


def test_roles_and_maps_by_operand() -> None:
    found = only("%r = linalg.broadcast ins(%a : tensor<3xf32>) outs(%b : tensor<4x3xf32>) dimensions = [0]")
    assert [operand.value.name for operand in found.ins] == ["%a"]
    assert [operand.value.name for operand in found.inits] == ["%b"]
    assert found.map_of(found.ins[0]) == affine.parse_map("(d0, d1) -> (d1)")
    assert found.result_map().is_identity
    assert not found.is_pure_transpose


@pytest.mark.parametrize(
    "text",
    [
        "%r = linalg.pack %a inner_dims_pos = [0] inner_tiles = [8] into %b : tensor<8xf32> -> tensor<1x8xf32>",
        "%r = linalg.generic {indexing_maps = [#nowhere], iterator_types = []} ins(%a : tensor<8xf32>)",
        '%r = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]} outs(%a, %b',
        "%r = linalg.transpose ins(%a : tensor<2x3xf32>) outs(%b : tensor<3x2xf32>) permutation = [1, 1]",
        "%r = linalg.no_such_op ins(%a : tensor<2xf32>) outs(%b : tensor<2xf32>) -> tensor<2xf32>",
        "%r = tensor.empty() : tensor<2xf32>",
    ],
)
def test_what_the_text_does_not_tell_is_none(text: str) -> None:
    assert all(linalg.structured(op) is None for op in lower(text).walk())


def convolution(attributes: str) -> linalg.StructuredOp:
    return only(
        f"%r = linalg.conv_2d_nhwc_hwcf {attributes} ins(%a, %f : tensor<1x17x21x4xf32>, tensor<3x3x4x16xf32>)"
        " outs(%o : tensor<1x8x8x16xf32>) -> tensor<1x8x8x16xf32>"
    )


def only(text: str) -> linalg.StructuredOp:
    found = linalg.structured(lower(text).ops[0])
    assert found is not None
    return found


def mapped(module: Module) -> list[Op]:
    return [op for op in module.walk() if op.dialect == "linalg" and op.name not in NO_MAPS]


def ours(text: str) -> list[tuple[str, list[str], bool, bool]]:
    found = [(op.name, linalg.structured(op)) for op in mapped(lower(text))]
    return [
        (name, [str(of) for of in op.indexing_maps], op.is_contraction, op.is_convolution) for name, op in found if op is not None
    ]


def loops(text: str) -> list[tuple[tuple[str, ...], tuple[int | None, ...]]]:
    found = [linalg.structured(op) for op in mapped(lower(text))]
    return [(op.iterator_types, op.static_loop_ranges) for op in found if op is not None]


def compilers(text: str) -> list[tuple[str, list[str], bool, bool]]:
    found: list[tuple[str, list[str], bool, bool]] = []

    def visit(op: Any) -> Any:
        if op.name.startswith("linalg.") and op.name not in NO_MAPS:
            maps = [str(attribute) for attribute in bindings.get_indexing_maps(op)]
            found.append((op.name, maps, bindings.isa_contraction_op(op), bindings.isa_convolution_op(op)))
        return ir.WalkResult.ADVANCE

    with ir.Context():
        ir.Module.parse(text).operation.walk(visit, ir.WalkOrder.PRE_ORDER)
    return found
