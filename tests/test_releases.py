"""What is told of the release by what twenty releases print of one program: `fixtures/releases`.

`python tests/oracle/release_dumps.py RELEASE PYTHON` makes the dumps of a release anew, with a Python that has its wheel.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_lens.analysis.version import Spoken, spoken_version
from dispatch_lens.flags.version import parse_version
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


def _dump(program: str, release: str, stage: str) -> str:
    return (FIXTURES / "releases" / f"{program}.{release}.{stage}.mlir").read_text()


def _bounds(spoken: Spoken) -> str:
    return f"{spoken.first or ''}..{spoken.last or ''}"
