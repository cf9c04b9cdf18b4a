"""`fix --proved`: what the compiler confirms is made, what it denies is not, a place at a time if need be."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from dispatch_lens import rewrites
from dispatch_lens.cli.main import main
from dispatch_lens.compiler import protocol
from dispatch_lens.features import filled, fixes, proved_fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.fixes import Fixed
from shared import FIXTURES

THREAD = FIXTURES / "thread-cases"
BLOCK = """  %t{0} = linalg.transpose ins(%x : tensor<4x6xf32>) outs(%e : tensor<6x4xf32>) permutation = [1, 0]
  %r{0} = linalg.exp ins(%t{0} : tensor<6x4xf32>) outs(%e : tensor<6x4xf32>) -> tensor<6x4xf32>
"""
THREE = (
    "func.func @main(%x: tensor<4x6xf32>) -> (tensor<6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>) {\n"
    "  %e = tensor.empty() : tensor<6x4xf32>\n"
    + "".join(BLOCK.format(i) for i in range(3))
    + "  return %r0, %r1, %r2 : tensor<6x4xf32>, tensor<6x4xf32>, tensor<6x4xf32>\n}\n"
)


@dataclass
class Believing:
    """A compiler that counts transposes, finds all programs equal but those without `%t1`, and remembers what it was asked."""

    asked: list[str] = field(default_factory=list[str])
    breaks: str = ""
    """Where it is not empty, nothing can be run, and only texts that hold it compile to the end."""

    def installs(self) -> tuple[protocol.Install, ...]:
        return ()

    def compile_to_flow(self, text: str, _flags: tuple[str, ...], _target: str) -> protocol.FlowResult:
        self.asked.append(text)
        return protocol.FlowResult(len(re.findall("linalg.transpose", text)), 0, 0, 0.0, "")

    def compile_fully(self, text: str, _flags: tuple[str, ...], _target: str) -> float | protocol.CompilerFailure:
        return protocol.CompilerFailure("refused", "no code") if self.breaks and self.breaks not in text else 1.0

    def run_pipeline(self, _text: str, _pipeline: str) -> protocol.CompilerFailure:
        return protocol.CompilerFailure("absent", "asked for counts alone")

    def compare(
        self, _before: protocol.Program, after: protocol.Program, *_: object
    ) -> protocol.Comparison | protocol.CompilerFailure:
        if self.breaks:
            return protocol.CompilerFailure("refused", "takes a fence")
        same = "%t1 = " in after.text
        return protocol.Comparison(same, 0.0 if same else 1.0, 0.0 if same else 1.0, "llvm-cpu")


def fixed(text: str, compiler: Believing) -> Fixed:
    folds = [each for each in rewrites.ALL if each.name == "fold-transpose-into-consumer"]
    return proved_fixes.proved(Document("a", 0, text), folds, cast("protocol.Compiler", compiler))


def test_one_place_that_is_denied_does_not_keep_the_others() -> None:
    done = fixed(THREE, Believing())
    assert [step.line for step in done.steps] == [3, 10]
    assert [step.counted for step in done.steps] == [(3, 2), (2, 1)]
    assert "%t1 = linalg.transpose" in done.text and "%t0 = " not in done.text and "%t2 = " not in done.text
    assert fixed(done.text, Believing()).steps == ()


def test_what_cannot_be_run_must_still_compile_to_the_end() -> None:
    done = fixed(THREE, Believing(breaks="%t1 = "))
    assert [step.equal for step in done.steps] == [None, None]
    assert "%t1 = linalg.transpose" in done.text and "%t0 = " not in done.text and "%t2 = " not in done.text


def test_a_text_that_does_not_compile_is_told_with_the_compilers_words(monkeypatch: pytest.MonkeyPatch) -> None:
    refusal = protocol.CompilerFailure("refused", "line 3:5: error: no such thing")
    monkeypatch.setattr(Believing, "compile_to_flow", lambda *_: refusal)
    done = fixed(THREE, Believing())
    assert fixes.summary(done) == "left alone, as it does not compile: line 3:5: error: no such thing"


def test_a_rewrite_that_lowers_no_count_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = protocol.FlowResult(3, 3, 0, 0.0, "")
    monkeypatch.setattr(Believing, "compile_to_flow", lambda *_: counted)
    assert fixed(THREE, Believing()).steps == ()


def test_all_places_are_asked_at_once() -> None:
    compiler = Believing()
    fixed(THREE.replace("%t1", "%u1"), compiler)
    assert len(compiler.asked) <= 8


def test_left_out_constants_are_filled_alike_by_name() -> None:
    text = "%a = arith.constant dense_resource<__elided__> : tensor<2x3xf32>\n"
    other = "%b = arith.constant dense_resource<__elided__> : tensor<1xi1>\n" + text
    first, second = filled.filled(text), filled.filled(other)
    blob = re.compile('"0x[0-9a-f]+"')
    assert blob.findall(first) == blob.findall(second) != []
    assert len(blob.findall(first)[0]) == len('"0x10000000"') + 2 * 4 * 6
    assert "__elided__> : tensor<1xi1>" in second
    assert filled.filled("func.func @f() { return }\n") == "func.func @f() { return }\n"


@pytest.mark.oracle
@pytest.mark.timeout(300)
def test_the_real_compiler_confirms_and_counts(tmp_path: Path) -> None:
    path = tmp_path / "s3.mlir"
    path.write_text((THREAD / "s3_reshape_pair.regions.mlir").read_text().replace("129", "9"))
    done = CliRunner().invoke(main, ["fix", "--proved", str(path)])
    assert done.output == f"{path}: dispatches 2 → 1, results equal; join-dispatches 1×\n"
    assert CliRunner().invoke(main, ["fix", "--proved", str(path)]).output == f"{path}: nothing to fix\n"
