"""How much of what the compiler rejects is flagged, and how much of that on its line; nothing that it accepts is flagged."""

from __future__ import annotations

import pytest

from dispatch_lens.features.document import Document
from dispatch_lens.features.ops import error_rows, op_rows
from oracle import mutations
from shared import accepted_chunks, needs_shared

COUNT = 1_000
FLAGGED, ON_THE_LINE = 0.90, 0.80


@pytest.mark.oracle
@pytest.mark.slow
@pytest.mark.timeout(1500)
@needs_shared
def test_one_token_mutations() -> None:
    rejected = flagged = on_the_line = 0
    false_alarms: list[str] = []
    for mutant in mutations.mutants(accepted_chunks(), COUNT, seed=2026):
        document = Document("-", 0, mutant.text)
        lines = {row.line for row in error_rows(document)}
        assert op_rows(document), mutant
        if mutant.line is None:
            false_alarms += [f"{mutant.name}: {mutant.change}"] if lines else []
            continue
        rejected += 1
        flagged += bool(lines)
        on_the_line += mutant.line in lines
    print(f"{flagged}/{rejected} flagged, {on_the_line} on the compiler's line")
    assert false_alarms == []
    assert flagged / rejected >= FLAGGED
    assert on_the_line / rejected >= ON_THE_LINE
