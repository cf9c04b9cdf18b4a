"""Types against the real bindings: acceptance, spelling, one-character mutations; and the corpus without an opaque."""

from __future__ import annotations

import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dispatch_lens.ir import type_parser, type_sizes, types
from dispatch_lens.syntax import values
from real_values import mutate, real_type
from shared import SHARED, needs_shared

CORPUS = SHARED / "corpus" / "models"
SCALARS = ["f32", "bf16", "f8E4M3FNUZ", "f4E2M1FN", "tf32", "f80", "i1", "i4", "si8", "ui32", "i64", "index"]
PLAIN = st.builds(
    lambda dims, element: types.TensorType(tuple(dims), type_parser.parse_type(element)),
    st.lists(st.none() | st.integers(0, 4096), max_size=4),
    st.sampled_from(SCALARS),
)
MEMREFS = st.sampled_from(
    [
        "memref<4x?xf32, strided<[?, 1], offset: ?>, #hal.descriptor_type<storage_buffer>>",
        "memref<4xf32, affine_map<(d0) -> (d0 * 2)>, 3 : i32>",
        "vector<[4]x8xf32>",
        "vector<f32>",
        "tensor<4xf32, #encoding>",
        "tensor<*xf32>",
        "complex<f64>",
        "!hal.buffer_view",
        "!flow.dispatch.tensor<readonly:4x8xf32>",
        "!t",
        "none",
    ]
).map(type_parser.parse_type)
TYPES = st.recursive(
    PLAIN | MEMREFS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda e: types.TupleType(tuple(e))),
        st.builds(
            lambda i, r: types.FunctionType(tuple(i), tuple(r)),
            st.lists(inner, max_size=2),
            st.lists(inner, max_size=2),
        ),
    ),
    max_leaves=6,
)
SEEDS = [
    "tensor<4x8xf32>",
    "tensor<0x4x?xi8>",
    "tensor<4 x 8 x f32>",
    "tensor<*xf32>",
    "vector<[4]x8xf32>",
    "memref<4x?xf32, strided<[?, 1], offset: 3>, 2 : i32>",
    "memref<4xf32, affine_map<(d0) -> (d0 * 2)>>",
    "tuple<i32, tensor<f32>>",
    "(i32, index) -> (f32, ui8)",
    "() -> ((i32) -> i32)",
    "complex<f64>",
    "tensor<4xcomplex<f32>>",
]
REJECTED = [
    "tensor<4x8xf32",
    "tensor<4xx8xf32>",
    "tensor<-1x4xf32>",
    "tensor<4xnone>",
    "tensor<4xtensor<4xf32>>",
    "tensor<9223372036854775808xf32>",
    "tensor<*xf32, 3>",
    "vector<0xf32>",
    "vector<?xf32>",
    "memref<4xf32, strided<[1, 2]>>",
    "memref<4xf32, affine_map<(d0, d1) -> (d0, d1)>>",
    "memref<4xf32, 3, 3>",
    "complex<index>",
    "i16777216",
    "f33",
    "(i32) -> (i32) -> i32",
    "!hal.buffer_view <x>",
]


@given(TYPES)
@settings(deadline=None)
def test_printing_reads_back(of: types.Type) -> None:
    assert type_parser.parse_type(str(of)) == of


@given(PLAIN)
@settings(deadline=None)
def test_fast_path_agrees_with_lark(of: types.TensorType) -> None:
    text = str(of)
    assert type_parser.plain_type(text) == of == type_parser.from_tree(text, values.parse("type", text))


@pytest.mark.usefixtures("context")
class TestAgainstBindings:
    @given(PLAIN)
    @settings(max_examples=50, deadline=None)
    def test_prints_like_mlir(self, of: types.TensorType) -> None:
        assert real_type(str(of)) == str(of)

    @pytest.mark.parametrize("text", REJECTED)
    def test_rejects_what_mlir_rejects(self, text: str) -> None:
        assert real_type(text) is None
        assert isinstance(type_parser.parse_type(text), types.OpaqueType)

    @pytest.mark.parametrize("text", SEEDS)
    def test_mutations_are_judged_alike(self, text: str) -> None:
        randomness = random.Random(text)
        for _ in range(40):
            mutated = mutate(randomness, text)
            expected = real_type(mutated)
            read = type_parser.parse_type(mutated)
            assert (None if isinstance(read, types.OpaqueType) else str(read)) == expected, mutated


@pytest.mark.parametrize(
    ("text", "offset", "message"),
    [
        ("tensor<4xx8xf32>", 9, "expected a dim or a type in a tensor type"),
        ("tensor<4x8xf32", 14, "expected ',' or '>' in a tensor type"),
        ("vector<4xi4, 3>", 11, "expected '>' in a vector type"),
    ],
)
def test_problem_says_where_and_what(text: str, offset: int, message: str) -> None:
    assert type_parser.errors_in_type(text) == (values.Problem(offset, message),)


def test_dispatch_tensor_spellings_meet() -> None:
    old = type_parser.parse_type("!flow.dispatch.tensor<readonly:4x8xf32>")
    new = type_parser.parse_type("!iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8xf32>>")
    assert types.shaped(old) == types.shaped(new) == type_parser.parse_type("tensor<4x8xf32>")
    assert type_sizes.bytes_of(old) == type_sizes.bytes_of(new) == 4 * 8 * 4


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("i1", 1),
        ("i24", 4),
        ("f80", 16),
        ("complex<f32>", 8),
        ("tensor<3xi4>", 2),
        ("tensor<3xi1>", 3),
        ("tensor<?xf32>", None),
    ],
)
def test_bytes(text: str, size: int | None) -> None:
    assert type_sizes.bytes_of(type_parser.parse_type(text)) == size


def test_body_may_hold_anything_balanced() -> None:
    text = '!a.b<"x>y", (i32) -> tensor<4xf32, #x<y>>, [->]>'
    read = type_parser.parse_type(text)
    assert str(read) == text
    assert isinstance(read, types.DialectType)
    assert [str(p) for p in read.parameters] == ["i32", "tensor<4xf32, #x<y>>"]


def test_table_cache_is_written_and_read(tmp_path: Path) -> None:
    script = f"""
from pathlib import Path
from dispatch_lens.syntax import tables, values
tables.keep_in(lambda: Path({str(tmp_path)!r}))
print(values.parse("type", "tensor<4xf32>").pretty())
"""
    first, second = (subprocess.check_output([sys.executable, "-c", script], timeout=60) for _ in range(2))
    assert (tmp_path / "values.tables").stat().st_size > 0
    assert first == second


@needs_shared
def test_corpus_has_no_opaque_type() -> None:
    found: set[str] = set()
    for path in sorted(CORPUS.rglob("*.mlir"))[::3]:
        found.update(shaped_texts(path.read_text()[:300_000]))
    assert len(found) > 100
    assert [t for t in sorted(found) if str(type_parser.parse_type(t)) != t or type_parser.errors_in_type(t)] == []


def shaped_texts(text: str) -> list[str]:
    """The texts that start like a type and run to their closing bracket."""
    starts = re.finditer(r"(?m)^(?!\s*//).*$", text)
    return [
        t
        for line in starts
        for t in re.findall(r"(?<![\w.])(?:tensor|memref|vector|![\w.]+)<[^<>]*(?:<[^<>]*>)?[^<>]*>", line[0])
    ]
