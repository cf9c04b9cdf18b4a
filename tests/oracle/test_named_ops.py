"""The table of named linalg ops against the installed compiler: names, maps, iterator types and interfaces."""

from __future__ import annotations

import re
from typing import Any

import pytest
from iree.compiler import ir, passmanager
from iree.compiler.dialects import linalg

from dispatch_lens.ir import named_ops
from oracle import make_named_ops

INSTALLED = sorted(f"linalg.{name}" for name in make_named_ops.installed_classes())
FACTORS = [((), ()), ((1, 1, 1), (1, 1, 1)), ((2, 3, 1), (1, 5, 2)), ((1, 4, 2), (3, 1, 6))]
FIXED = [name for name in INSTALLED if (op := named_ops.lookup(name)) and op.rule == "fixed"]
DERIVED = [
    ("linalg.fill", "", (0,), (4,), ()),
    ("linalg.fill", "", (0,), (0,), ()),
    ("linalg.copy", "", (3,), (3,), ()),
    ("linalg.elementwise", "<add>", (2, 2), (2,), ()),
    ("linalg.elementwise", "<exp>", (3,), (3,), ()),
    ("linalg.transpose", "permutation = [2, 0, 3, 1]", (4,), (4,), (2, 0, 3, 1)),
    ("linalg.transpose", "permutation = [1, 2, 0]", (3,), (3,), (1, 2, 0)),
    ("linalg.broadcast", "dimensions = [0, 2]", (2,), (4,), (0, 2)),
    ("linalg.reduce", "dimensions = [1, 3]", (4,), (2,), (1, 3)),
    ("linalg.reduce", "dimensions = [0]", (2, 2), (1, 1), (0,)),
    ("linalg.map", "", (3, 3), (3,), ()),
]


@pytest.mark.oracle
def test_every_installed_op_is_in_the_table() -> None:
    assert len(INSTALLED) > 50
    assert set(INSTALLED) <= set(named_ops.names())
    stated = {name for name in named_ops.names() if make_named_ops.version_label() in versions_of(name)}
    assert stated == set(INSTALLED)


@pytest.mark.oracle
@pytest.mark.parametrize("name", FIXED)
def test_fixed_maps_are_the_compilers(name: str) -> None:
    op = known(name)
    spatial = len(set(re.findall(r"stride\d", " ".join(op.indexing_maps))))
    for strides, dilations in FACTORS[: None if spatial else 1]:
        with ir.Context():
            module, use = parse(fixed_use(op, strides[:spatial], dilations[:spatial]))
            assert compiler_maps(use) == named_ops.maps_for(op, strides, dilations)
            assert iterator_types(module) == op.iterator_types


@pytest.mark.oracle
@pytest.mark.parametrize("name", FIXED)
def test_interfaces_are_the_compilers(name: str) -> None:
    op = known(name)
    with ir.Context():
        _module, use = parse(fixed_use(op, (), ()))
        assert linalg.isa_convolution_op(use) == op.is_convolution
        assert linalg.isa_contraction_op(use) == op.is_contraction


@pytest.mark.oracle
@pytest.mark.parametrize(("name", "attribute", "ins", "outs", "dims"), DERIVED)
def test_derived_maps_are_the_compilers(
    name: str, attribute: str, ins: tuple[int, ...], outs: tuple[int, ...], dims: tuple[int, ...]
) -> None:
    iteration = named_ops.derive(known(name), (*ins, *outs), dims)
    assert iteration is not None
    with ir.Context():
        module, use = parse(derived_use(name, attribute, ins, outs))
        assert compiler_maps(use) == iteration.indexing_maps
        assert iterator_types(module) == iteration.iterator_types


def test_attributes_that_do_not_fit_derive_nothing() -> None:
    assert named_ops.derive(known("linalg.transpose"), (2, 2), (0, 2)) is None
    assert named_ops.derive(known("linalg.broadcast"), (2, 4), (0,)) is None
    assert named_ops.derive(known("linalg.softmax"), (2, 2), (5,)) is None
    assert named_ops.derive(known("linalg.generic"), (2, 2)) is None


def test_softmax_reduces_its_dimension() -> None:
    iteration = named_ops.derive(known("linalg.softmax"), (3, 3), (2,))
    assert iteration is not None
    assert iteration.iterator_types == ("parallel", "parallel", "reduction")
    assert set(iteration.indexing_maps) == {"(d0, d1, d2) -> (d0, d1, d2)"}


def test_a_version_may_order_its_loops_otherwise() -> None:
    newest, older = known("linalg.conv_3d_ncdhw_fcdhw"), named_ops.lookup_in("linalg.conv_3d_ncdhw_fcdhw", "2024")
    assert older is not None
    assert sorted(older.iterator_types) == sorted(newest.iterator_types)
    assert older.indexing_maps != newest.indexing_maps
    assert named_ops.lookup_in("linalg.matmul", "9.9") == known("linalg.matmul")
    assert named_ops.lookup("linalg.yield") is None


def known(name: str) -> named_ops.NamedOp:
    op = named_ops.lookup(name)
    assert op is not None, name
    return op


def versions_of(name: str) -> set[str]:
    return {version for version in make_named_ops.VERSIONS if version in known(name).versions}


def fixed_use(op: named_ops.NamedOp, strides: tuple[int, ...], dilations: tuple[int, ...]) -> str:
    factors = {"strides": strides, "dilations": dilations}
    attributes = ", ".join(
        f"{key} = dense<{list(values)}> : tensor<{len(values)}xi64>" for key, values in factors.items() if values
    )
    element = "i32" if op.body.endswith("unsigned") else "f32"
    scalars = {2: "i32"} if op.category == "random" else {}
    types = [
        make_named_ops.tensor(results.count(",") + 1, element)
        if results
        else scalars.get(position, "f64" if op.category == "random" else "i32")
        for position, results in enumerate(op.indexing_maps)
    ]
    out = types[-1] if op.indexing_maps[-1] else f"tensor<{element}>"
    return make_named_ops.use(op.name.removeprefix("linalg."), attributes, types[:-1], out)


def derived_use(name: str, attribute: str, ins: tuple[int, ...], outs: tuple[int, ...]) -> str:
    types = [make_named_ops.tensor(rank, "f32") for rank in (*ins, *outs)]
    types[0] = "f32" if name == "linalg.fill" else types[0]
    arguments = ", ".join(f"%a{position}: {each}" for position, each in enumerate(types))
    in_values, out_values = (
        ", ".join(f"%a{position}" for position in positions) for positions in (range(len(ins)), range(len(ins), len(types)))
    )
    joined_ins = f"ins({in_values} : {', '.join(types[: len(ins)])})"
    joined_outs = f"outs({out_values} : {', '.join(types[len(ins) :])})"
    region = region_text(name, len(ins), len(outs))
    result = f" -> {types[-1]}" if name in {"linalg.fill", "linalg.copy", "linalg.elementwise"} else ""
    kind, tail = (attribute, "") if name == "linalg.elementwise" else ("", attribute)
    results, returned = ("%r:2", "%r#0, %r#1") if len(outs) == 2 else ("%r", "%r")
    out_types = ", ".join(types[len(ins) :])
    op = f"{results} = {name} {kind} {joined_ins} {joined_outs} {tail}{result}{region}"
    return f"func.func @f({arguments}) -> ({out_types}) {{ {op} return {returned} : {out_types} }}"


def region_text(name: str, ins: int, outs: int) -> str:
    if name not in {"linalg.reduce", "linalg.map"}:
        return ""
    count = ins + outs
    arguments = ", ".join(f"%b{position}: f32" for position in range(count))
    values = ", ".join(f"%b{position}" for position in range(outs))
    return f" ({arguments}) {{ linalg.yield {values} : {', '.join(['f32'] * outs)} }}"


def parse(text: str) -> tuple[Any, Any]:
    module = ir.Module.parse(text)
    operations = module.body.operations[0].regions[0].blocks[0].operations
    return module, operations[0].operation


def compiler_maps(use: Any) -> tuple[str, ...]:
    return tuple(str(each.value) for each in map(ir.AffineMapAttr, linalg.get_indexing_maps(use)))


def iterator_types(module: Any) -> tuple[str, ...]:
    pipeline = "builtin.module(func.func(linalg-generalize-named-ops))"
    passmanager.PassManager.parse(pipeline).run(module.operation)
    operations = module.body.operations[0].regions[0].blocks[0].operations
    generic = next(each for each in operations if each.operation.name == "linalg.generic")
    return tuple(re.findall("parallel|reduction", str(generic.operation.attributes["iterator_types"])))
