"""Remarks held against a compiler: borne out, denied, or left as they were."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import pytest
from click.testing import CliRunner

from dispatch_lens.cli.main import main
from dispatch_lens.compiler import protocol
from dispatch_lens.features import proof
from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.rules.rule import Certainty, Remark
from shared import FIXTURES

THREAD = FIXTURES / "thread-cases"
TRANSPOSE = THREAD / "s1_transpose_dwconv.regions.mlir"
SECOND_USE = FIXTURES / "rules" / "second-use-keeps-apart.mlir"


@dataclass
class Counting:
    """A compiler that counts `before` in the text that it is first asked for, and `after` in every other or with options."""

    before: int
    after: int | None
    first: str | None = None

    def compile_to_flow(self, text: str, flags: tuple[str, ...], _target: str) -> protocol.FlowResult | protocol.CompilerFailure:
        self.first = self.first or text
        count = self.before if text == self.first and not flags else self.after
        return protocol.FlowResult(count, count, 0, 0.0, "") if count is not None else failure()

    def inline_count(
        self, text: str, _regions: None, options: protocol.PipelineOptions
    ) -> protocol.Regrouping | protocol.CompilerFailure:
        count = self.before if text == self.first and not options.form else self.after
        if count is None:
            return failure()
        counted = protocol.Count(regions=count, sites=count, initializer_sites=0, executables=count)
        return protocol.Regrouping(count, cast("protocol.Partition", None), counted)


def failure() -> protocol.CompilerFailure:
    return protocol.CompilerFailure("refused", "no")


def held(path: Path, compiler: Counting) -> tuple[Remark, ...]:
    document = Document(path.name, 0, path.read_text().split("// -----")[0])
    return proof.proved(document, diagnostics(document, Settings()), cast("protocol.Compiler", compiler)).remarks


def test_fewer_dispatches_prove_a_remark_and_are_told() -> None:
    remarks = held(TRANSPOSE, Counting(before=2, after=1))
    assert remarks
    assert all(remark.certainty is Certainty.PROVED and "2 → 1 dispatches" in remark.suggestion for remark in remarks)


def test_as_many_dispatches_withdraw_it() -> None:
    assert held(TRANSPOSE, Counting(before=2, after=2)) == ()


def test_what_the_compiler_does_not_take_stays() -> None:
    before = held(TRANSPOSE, Counting(before=2, after=None))
    assert before
    assert all(remark.certainty is Certainty.PREDICTED for remark in before)


def test_aggressive_fusion_is_asked_by_forming_the_dispatches_anew() -> None:
    remarks = held(SECOND_USE, Counting(before=2, after=1))
    assert [remark.certainty for remark in remarks if remark.rule == SECOND_USE.stem] == [Certainty.PROVED]
    assert "2 → 1 dispatches when they are formed anew" in remarks[0].suggestion
    assert held(SECOND_USE, Counting(before=2, after=2)) == ()


def test_another_option_of_formed_dispatches_is_said_not_to_be_asked() -> None:
    program = FIXTURES / "programs" / "mm_split_heads.regions.mlir"
    (remark,) = held_in(program.read_text(), Counting(before=2, after=2))
    assert remark.certainty is Certainty.PREDICTED and "not asked of the compiler" in remark.suggestion


@pytest.mark.oracle
@pytest.mark.timeout(300)
def test_the_command_asks_the_real_compiler() -> None:
    done = CliRunner().invoke(main, ["check", "--proved", "--format", "json", "--exit-zero", str(TRANSPOSE)])
    assert done.exit_code == 0, done.output
    remarks = [remark for file in json.loads(done.stdout)["files"] for remark in file["remarks"]]
    assert [remark["certainty"] for remark in remarks] == ["proved"] * 2
    assert all("2 → 1 dispatches" in remark["suggestion"] for remark in remarks)


def held_in(text: str, compiler: Counting) -> tuple[Remark, ...]:
    document = Document("ops", 0, text)
    return proof.proved(document, diagnostics(document, Settings()), cast("protocol.Compiler", compiler)).remarks


def test_options_are_compiled_where_no_dispatch_is_formed_yet() -> None:
    text = (FIXTURES / "blockers" / "reduction-then-reduction.mlir").read_text()
    (remark,) = held_in(text, Counting(before=2, after=1))
    assert remark.certainty is Certainty.PROVED and "2 → 1 dispatches" in remark.suggestion
    assert held_in(text, Counting(before=2, after=2)) == ()
    (remark,) = held_in(text, Counting(before=2, after=None))
    assert remark.certainty is not Certainty.PROVED
