"""What `check` says of ops that are not in dispatches yet is true: with the options that it names the compiler needs fewer.

Random modules that nobody wrote to be read; `DISPATCH_LENS_ORACLE_SEEDS` widens it.
"""

from __future__ import annotations

import os
import random

import pytest

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags.version import parse_version
from oracle import generator
from oracle.test_remedies import compiled_dispatches

SEEDS = range(int(os.environ.get("DISPATCH_LENS_ORACLE_SEEDS", "240")) // 4)
NEWEST = Settings(compiler_version=parse_version("3.13"), target="vmvx")

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("first", range(0, len(SEEDS), 20))
def test_the_options_of_a_remark_leave_fewer_dispatches(first: int) -> None:
    wrong: list[str] = []
    for seed in SEEDS[first : first + 20]:
        text = generator.runnable_module(random.Random(f"forecast {seed}"), 2 + seed % 5)
        before = compiled_dispatches(text, ())
        for remark in diagnostics(Document("ops", 0, text), NEWEST).remarks:
            after = compiled_dispatches(text, remark.options) if remark.options else None
            if before is not None and after is not None and after >= before:
                wrong.append(f"seed {seed}: {remark.rule} {remark.options}, {before} to {after}")
    assert wrong == []
