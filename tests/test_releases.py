"""What is told of the release by what twenty releases print of one program: `fixtures/releases`.

`python tests/oracle/release_dumps.py RELEASE PYTHON` makes the dumps of a release anew, with a Python that has its wheel.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_lens.analysis.version import Spoken, spoken_version
from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags.version import parse_version
from dispatch_lens.rules.rule import Certainty, Remark
from shared import FIXTURES

DUMPS = sorted((FIXTURES / "releases").glob("*.*.*.mlir"))

OF_REGIONS = {
    "2024-04": "..2024-07",
    "2024-06": "..2024-07",
    "2024-07": "..2024-07",
    **dict.fromkeys(("2024-08", "2024-11", "2.9", "3.0", "3.1", "3.2", "3.3", "3.4", "3.5", "3.6"), "2024-08..3.6"),
    **dict.fromkeys(("3.7", "3.8"), "2024-08..3.8"),
    **dict.fromkeys(("3.9", "3.10", "3.11"), "3.9..3.11"),
    **dict.fromkeys(("3.12", "3.13"), "3.12.."),
}
"""By release the bounds that the dump of a formed convolution gives."""

OF_FLOW = {
    **dict.fromkeys(("2024-04", "2024-06", "2024-07"), "..2024-07"),
    **dict.fromkeys(("2024-08", "2024-11", "2.9", "3.0", "3.1", "3.2"), "2024-08..3.4"),
    "3.3": "3.3..3.4",
    **dict.fromkeys(("3.4", "3.5"), "3.4..3.5"),
    "3.6": "3.6..3.6",
    **dict.fromkeys(("3.7", "3.8", "3.9", "3.10", "3.11", "3.12", "3.13"), "3.7.."),
}

HEADERS = {
    "FormDispatchRegions (iree-flow-form-dispatch-regions)": "..2024-07",
    "FoldGlobals (iree-util-fold-globals)": "..3.0",
    "FoldGlobalsPass (iree-util-fold-globals)": "3.1..3.11",
    "mlir::iree_compiler::IREE::VM::ConversionPass (iree-vm-conversion)": "..3.4",
    "CanonicalizerPass (iree-flow-canonicalize)": "..3.4",
    "CanonicalizePass (iree-flow-canonicalize)": "3.5..3.11",
    "mlir::iree_compiler::IREE::ABI::WrapEntryPointsPass (iree-abi-wrap-entry-points)": "..3.7",
    "Canonicalizer (canonicalize)": "..3.10",
    "CanonicalizerPass (canonicalize)": "3.11..3.11",
    "ConvertToStreamPass (iree-stream-conversion)": "..3.11",
    "CSEPass: cse": "3.12..",
    "InlinerPass: inline{max-iterations=4 }": "3.12..",
    "CanonicalizePass: iree-flow-canonicalize{cse-constants=true}": "3.12..",
}


@pytest.mark.parametrize("dump", DUMPS, ids=lambda dump: dump.name)
def test_each_dump_can_be_from_its_own_release(dump: Path) -> None:

    release = parse_version(dump.name.split(".", 1)[1].rsplit(".", 2)[0])
    spoken = spoken_version(dump.read_text())
    assert release is not None
    assert spoken.first is None or spoken.first <= release
    assert spoken.last is None or spoken.last >= release


@pytest.mark.parametrize(("release", "bounds"), OF_REGIONS.items())
def test_the_dump_of_a_formed_convolution_bounds_the_release(release: str, bounds: str) -> None:
    assert _bounds(spoken_version(_dump("padded", release, "regions"))) == bounds


@pytest.mark.parametrize(("release", "bounds"), OF_FLOW.items())
def test_outlined_dispatches_bound_the_release(release: str, bounds: str) -> None:
    assert _bounds(spoken_version(_dump("padded", release, "flow"))) == bounds


@pytest.mark.parametrize(("words", "bounds"), HEADERS.items())
def test_headers_bound_the_release(words: str, bounds: str) -> None:
    assert _bounds(spoken_version(f"// -----// IR Dump After {words} //----- //\nmodule {{\n}}\n")) == bounds


def test_an_option_is_named_with_the_release_that_brought_it_where_older_ones_are_possible() -> None:
    image, made = "tensor<1x16x16x4xf32>", "tensor<1x16x16x8xf32>"
    text = f"""func.func @f(%image: {image}, %filter: tensor<3x3x4x8xf32>, %fill: {made}) -> {made} {{
  %zero = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<1x18x18x4xf32>
  %f = linalg.fill ins(%zero : f32) outs(%e : tensor<1x18x18x4xf32>) -> tensor<1x18x18x4xf32>
  %p = tensor.insert_slice %image into %f[0, 1, 1, 0] [1, 16, 16, 4] [1, 1, 1, 1] : {image} into tensor<1x18x18x4xf32>
  %conv = flow.dispatch.region -> (tensor<1x16x16x8xf32>) {{
    %c = linalg.conv_2d_nhwc_hwcf {{dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}}
      ins(%p, %filter : tensor<1x18x18x4xf32>, tensor<3x3x4x8xf32>) outs(%fill : tensor<1x16x16x8xf32>) -> tensor<1x16x16x8xf32>
    flow.return %c : tensor<1x16x16x8xf32>
  }}
  return %conv : tensor<1x16x16x8xf32>
}}
"""
    assert "` (from 3.7 on) (known risk: " in _only(text, Settings()).suggestion
    assert " on)" not in _only(text, Settings(compiler_version=parse_version("3.13"))).suggestion


def test_so_it_is_of_a_dump_before_dispatches_form_but_not_of_a_program() -> None:
    program = """
func.func @f(%image: tensor<1x8x8x4xf32>, %filter: tensor<3x3x4x8xf32>, %fill: tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %p = tensor.pad %image low[0, 1, 1, 0] high[0, 1, 1, 0] {
  ^bb0(%i: index, %j: index, %k: index, %l: index):
    tensor.yield %zero : f32
  } : tensor<1x8x8x4xf32> to tensor<1x10x10x4xf32>
  %c = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
      ins(%p, %filter : tensor<1x10x10x4xf32>, tensor<3x3x4x8xf32>) outs(%fill : tensor<1x8x8x8xf32>) -> tensor<1x8x8x8xf32>
  return %c : tensor<1x8x8x8xf32>
}
"""
    dump = "// -----// IR Dump After ConvertElementwiseToLinalgPass (convert-elementwise-to-linalg) //----- //\n" + program
    assert "` (from 3.7 on) (known risk: " in _only(dump, Settings()).suggestion
    assert " on)" not in _only(program, Settings()).suggestion


def test_what_the_older_rules_deny_is_only_possible_where_the_text_may_be_as_old() -> None:
    """3.6 puts what is computed for a scatter into its dispatch, where fusion is aggressive; 3.1 leaves two."""
    text = _dump("ew_scatter", "3.1", "regions")
    assert _only(text, Settings()).certainty is Certainty.POSSIBLE
    assert _only(text, Settings(compiler_version=parse_version("3.6"))).certainty is Certainty.PREDICTED
    assert not diagnostics(Document("t", 0, text), Settings(compiler_version=parse_version("3.1"))).remarks


def _only(text: str, settings: Settings) -> Remark:
    (remark,) = diagnostics(Document("t", 0, text), settings).remarks
    return remark


def _dump(program: str, release: str, stage: str) -> str:
    return (FIXTURES / "releases" / f"{program}.{release}.{stage}.mlir").read_text()


def _bounds(spoken: Spoken) -> str:
    return f"{spoken.first or ''}..{spoken.last or ''}"
