"""Dispatch reports: counts and kinds against an independent count of the same dumps, and the facts of single dispatches."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TypedDict

import pytest

from dispatch_lens.analysis import dispatches
from dispatch_lens.ir.lower import lower
from dispatch_lens.syntax import dump
from shared import SHARED, needs_shared

FIXTURES = Path(__file__).parent / "fixtures"
CORPUS = SHARED / "corpus" / "models"
THREAD = FIXTURES / "thread-cases"


class Counts(TypedDict):
    regions: int
    region_kinds: dict[str, int]
    executables: int
    sites: int
    site_kinds: dict[str, int]


COUNTED: dict[str, Counts] = json.loads((FIXTURES / "models" / "counts.json").read_text(encoding="utf-8"))


def corpus_files() -> list[tuple[str, Counts]]:
    """The dumps that show dispatches; each stage before them shows none."""
    manifest = CORPUS / "manifest.json"
    if not manifest.exists():
        return []
    entries = json.loads(manifest.read_text(encoding="utf-8"))
    stages = ("form-dispatch-regions", "flow", "dispatch-creation", "executable-sources")
    shown = [entry for entry in entries if entry["stage"] in stages]
    return [(entry["file"], entry["counts"]) for entry in shown]


@pytest.mark.parametrize("name", sorted(COUNTED))
def test_counts_of_the_shipped_models(name: str) -> None:
    assert_counts(FIXTURES / "models" / name, COUNTED[name])


@needs_shared
def test_the_corpus_has_dumps_of_every_stage() -> None:
    assert len(corpus_files()) > 50


@needs_shared
@pytest.mark.parametrize(("name", "counts"), corpus_files() or [("no corpus", {})])
def test_counts_of_the_corpus(name: str, counts: Counts) -> None:
    assert_counts(CORPUS / name, counts)


def test_the_threads_lone_dispatch_in_both_spellings() -> None:
    for name in ("s4_transpose_dispatch.2024.mlir", "s4_transpose_dispatch.313.mlir"):
        found = report_of(THREAD / name)
        (only,) = found.dispatches
        assert (found.shape, found.executed, only.kind) == ("function", None, "transpose")
        assert only.name == "tf2onnx$async_dispatch_4_transpose_32x67081_f32"
        assert only.summary == "transpose 67081x32 -> 32x67081 by [1, 0], f32"
        assert (only.bytes_read, only.bytes_written) == (67081 * 32 * 4, 67081 * 32 * 4)


def test_formed_regions_with_what_lies_between_them() -> None:
    found = report_of(THREAD / "s3_reshape_pair.regions.mlir")
    (edge,) = found.edges
    assert found.shape == "regions"
    assert found.unique_executables is None
    assert [op.name for op in edge.via] == ["tensor.collapse_shape", "tensor.expand_shape"]
    assert edge.bytes == 129 * 129 * 144 * 4
    assert found.dispatches[0].consumers == (1,)
    assert found.dispatches[1].producers == (0,)


def test_a_depthwise_convolution_in_one_line() -> None:
    found = report_of(THREAD / "s1_transpose_dwconv.regions.mlir")
    assert [dispatch.summary for dispatch in found.dispatches] == [
        "transpose 259x259x1x32 -> 1x32x259x259 by [2, 3, 0, 1], f32",
        "conv 1x32x257x257, 3x3 depthwise NCHW, f32",
    ]
    assert found.dispatches[1].flops == 2 * 32 * 257 * 257 * 9
    assert [dispatch.ordinal for dispatch in found.standalone_transposes] == [0]


def test_a_program_without_dispatches_claims_no_count() -> None:
    found = report_of(THREAD / "s1_transpose_dwconv.linalg.mlir")
    assert found.shape == "linalg"
    assert found.dispatches == ()
    assert {op.name for op in found.to_dispatch} == {"linalg.generic", "linalg.depthwise_conv_2d_nchw_chw"}


def test_pasted_ops_without_their_function() -> None:
    text = (THREAD / "s1_transpose_dwconv.regions.mlir").read_text(encoding="utf-8")
    lines = [line.strip() for line in text.splitlines()]
    start = next(i for i, line in enumerate(lines) if "flow.dispatch.region" in line)
    end = next(i for i, line in enumerate(lines) if line.startswith(("return", "func.return", "util.return")))
    found = dispatches.report([lower("\n".join(lines[start:end]))])
    assert [dispatch.kind for dispatch in found.dispatches] == ["transpose", "conv"]


def test_sections_of_one_function_each_make_one_program() -> None:
    evaluated = region_in("util.func public @jit_eval_3")
    twice = [lower(text) for text in (evaluated, region_in("util.func public @main"), region_in("util.func public @main"))]
    found = dispatches.report(twice)
    assert (found.executed, found.jit_eval) == (1, ("jit_eval_3",))


def test_a_region_without_results_falls_away() -> None:
    asserting = "  flow.dispatch.region -> () {\n    flow.return\n  }\n"
    text = region_in("util.func public @main")
    found = dispatches.report([lower(text.replace("{\n", "{\n" + asserting, 1))])
    assert found.executed == len(found.dispatches) == 1


def test_initializers_are_apart() -> None:
    found = dispatches.report([lower(region_in("util.func public @main") + region_in("util.initializer", ""))])
    assert (found.executed, len(found.initializers)) == (1, 1)


def test_equal_regions_share_a_signature() -> None:
    path = FIXTURES / "models" / "bert_tiny" / "2024-07" / "seed.form-dispatch-regions.mlir"
    times = Counter(dispatch.signature for dispatch in report_of(path).dispatches)
    assert times.total() == COUNTED["bert_tiny/2024-07/seed.form-dispatch-regions.mlir"]["regions"]
    assert max(times.values()) > 1


def test_equal_sites_are_grouped_as_the_compiler_did() -> None:
    found = report_of(FIXTURES / "models" / "resnet18" / "3.13" / "default.flow.mlir")
    assert len({dispatch.signature for dispatch in found.dispatches}) == found.unique_executables
    assert len(found.copies) == COUNTED["resnet18/3.13/default.flow.mlir"]["site_kinds"]["memcpy"]


def test_a_call_without_its_executable_is_known_by_name() -> None:
    text = """util.func public @f(%a: tensor<4xf32>) -> tensor<4xf32> {
      %0 = flow.dispatch @d_1::@d_1_slow_memcpy(%a) : (tensor<4xf32>) -> tensor<4xf32>
      %1 = flow.dispatch @d_2::@d_2_elementwise_4_f32(%0) : (tensor<4xf32>) -> tensor<4xf32>
      util.return %1 : tensor<4xf32>
    }"""
    found = dispatches.report([lower(text)])
    assert [dispatch.kind for dispatch in found.dispatches] == ["memcpy", "elementwise"]
    assert (found.unique_executables, found.dispatches[1].producers) == (2, (0,))
    assert found.dispatches[0].flops is None


def assert_counts(path: Path, counts: Counts) -> None:
    found = report_of(path)
    everything = (*found.dispatches, *found.initializers)
    kinds = Counter(dispatch.kind for dispatch in everything)
    if found.shape == "regions":
        assert (len(everything), kinds) == (counts["regions"], Counter(counts["region_kinds"])), path
        assert len(everything) + len(found.to_dispatch) == counts["sites"], path
    else:
        assert (len(everything), kinds) == (counts["sites"], Counter(counts["site_kinds"])), path
    if found.shape == "outlined":
        assert found.unique_executables == counts["executables"], path


def report_of(path: Path) -> dispatches.DispatchReport:
    text = path.read_text(encoding="utf-8", errors="surrogateescape")
    sections = dump.sections(text)
    shown = [section for section in sections if section.header_line] or sections
    return dispatches.report([lower(section.body(text)) for section in shown])


def region_in(head: str, signature: str = "(%a: tensor<4x8xf32>) -> tensor<8x4xf32>") -> str:
    source = "%a" if signature else "%s"
    given = "util.return %0 : tensor<8x4xf32>" if signature else "util.return"
    return f"""{head}{signature} {{
      %s = flow.tensor.empty : tensor<4x8xf32>
      %e = tensor.empty() : tensor<8x4xf32>
      %0 = flow.dispatch.region -> (tensor<8x4xf32>) {{
        %1 = linalg.transpose ins({source} : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
        flow.return %1 : tensor<8x4xf32>
      }}
      {given}
    }}
    """
