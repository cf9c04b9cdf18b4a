"""Whole models: `fix` ends, a second run changes nothing, and the compiler counts fewer dispatches than the best flags leave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from dispatch_lens import rewrites
from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.features import fixes, proved_fixes, prover
from dispatch_lens.features.document import Document
from dispatch_lens.features.filled import filled
from dispatch_lens.features.problems import problems_in
from dispatch_lens.flags import table
from shared import FIXTURES, PYTHON_2024, SHARED, needs_2024, needs_shared

MODELS = SHARED / "corpus" / "models"
FORMED = sorted((FIXTURES / "models").glob("*/*/*form-dispatch-regions.mlir"))
LIMITS = protocol.Limits(request_seconds=300.0)

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def compiler_2024() -> Iterator[bridge.Bridge]:
    asked = bridge.Bridge(tuple(find.from_python(PYTHON_2024, "configured-python")), LIMITS)
    yield asked
    asked.close()


@pytest.fixture(scope="module")
def compiler() -> Iterator[bridge.Bridge]:
    asked = bridge.Bridge(find.find_installs(find.Configured(), search_path=""), LIMITS)
    yield asked
    asked.close()


def fixed(path: Path) -> tuple[str, str]:
    """The text before and after `fix`, for the release that its folder names."""
    text, release = path.read_text(), table.NAMED[path.parent.name]
    done = fixes.fixed(Document(path.as_uri(), 0, text), rewrites.ALL, release)
    assert not fixes.fixed(Document(path.as_uri(), 0, done.text), rewrites.ALL, release).steps
    return text, done.text


def sites(compiler: bridge.Bridge, path: Path, text: str, *flags: str) -> int:
    start = prover.start_flags(path.as_uri(), text)
    answer = compiler.compile_to_flow(filled(text), (*start, *flags), "llvm-cpu")
    assert not isinstance(answer, protocol.CompilerFailure), answer.message
    return answer.sites


@needs_shared
@needs_2024
@pytest.mark.parametrize("name", ["deeplab", "deeplab_conv4d_tiny"])
def test_an_older_compiler_leaves_fewer_than_with_its_best_flags(compiler_2024: bridge.Bridge, name: str) -> None:
    path = MODELS / name / "2024-07" / "preprocessing.mlir"
    before, after = fixed(path)
    aggressive = "--iree-flow-enable-aggressive-fusion"
    sets = ((), ("--iree-opt-data-tiling=false",), (aggressive,), ("--iree-opt-data-tiling=false", aggressive))
    assert sites(compiler_2024, path, after) < min(sites(compiler_2024, path, before, *flags) for flags in sets)


@needs_shared
def test_todays_compiler_never_leaves_more(compiler: bridge.Bridge) -> None:
    path = MODELS / "deeplab" / "3.13" / "input.mlir"
    before, after = fixed(path)
    assert sites(compiler, path, after) <= sites(compiler, path, before)


@needs_shared
def test_a_model_computes_the_same_to_the_bit(compiler: bridge.Bridge) -> None:
    """All that DeepLabV3 sums is exact with the made-up constants, so that no order of sums excuses a difference."""
    path = MODELS / "deeplab" / "3.13" / "default.form-dispatch-regions.mlir"
    before, after = fixed(path)
    assert before != after
    asked = prover.Prover(compiler, prover.start_flags(path.as_uri(), before))
    assert equal_bits(asked, asked.program(before), after)


@needs_shared
@needs_2024
def test_an_older_model_computes_to_the_bit_what_its_general_form_does(compiler_2024: bridge.Bridge) -> None:
    """That release loses the bias of each named depthwise convolution; written as generics, the model is compiled rightly."""
    path = MODELS / "deeplab" / "2024-07" / "preprocessing.mlir"
    before, after = fixed(path)
    asked = prover.Prover(compiler_2024, prover.start_flags(path.as_uri(), before))
    assert not equal_bits(asked, asked.program(before), after)
    general = asked.general_form(before)
    assert not isinstance(general, protocol.CompilerFailure)
    assert equal_bits(asked, general, after)


def equal_bits(asked: prover.Prover, before: protocol.Program, after: str) -> bool:
    answer = asked.compiler.compare(before, asked.program(after), protocol.Inputs(), prover.TARGET)
    assert not isinstance(answer, protocol.CompilerFailure), answer.message
    return answer.equal_bits


@needs_shared
@needs_2024
def test_a_whole_model_is_proved_in_minutes(compiler_2024: bridge.Bridge) -> None:
    path = MODELS / "deeplab_conv4d_tiny" / "2024-07" / "preprocessing.mlir"
    done = proved_fixes.proved(Document(path.as_uri(), 0, path.read_text()), rewrites.ALL, compiler_2024)
    assert sites(compiler_2024, path, done.text) <= sites(compiler_2024, path, fixed(path)[1])
    assert all(step.equal for step in done.steps)


@pytest.mark.parametrize("path", FORMED, ids=lambda path: "-".join(path.parts[-3:-1]))
def test_formed_dispatches_are_joined_and_no_problem_is_made(path: Path) -> None:
    before, after = fixed(path)
    assert messages(after) <= messages(before)
    assert after.count("flow.dispatch.region") <= before.count("flow.dispatch.region")


def messages(text: str) -> set[str]:
    document = Document("text", 0, text)
    return {problem.message for problem in problems_in(document, document.sections)}
