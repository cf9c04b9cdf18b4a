"""What is found about one pair of ops: whether they share a dispatch, the obstacle, and what disagrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dispatch_lens.analysis.fusion.reasons import Reason, Side
from dispatch_lens.ir.module import Op

Outcome = Literal["fused", "cloned", "refused", "never-tried", "no-edge"]


@dataclass(frozen=True, eq=False)
class Finding:
    """One pair, or with no `consumer` one op alone. `blocker` is a code of the catalogue, None where none is known.

    `lifted_by_aggressive` says that formation joins the two once fusion is aggressive, `joined_before` that elementwise
    fusion, which runs before formation, makes them one. `between` are the ops on the way.
    """

    producer: Op
    consumer: Op | None
    outcome: Outcome
    blocker: str | None
    reason: Reason | None = None
    sentence: str = ""
    disagreement: tuple[Side, ...] = ()
    between: tuple[Op, ...] = ()
    lifted_by_aggressive: bool = False
    joined_before: bool = False

    @property
    def is_apart(self) -> bool:
        return self.outcome not in ("fused", "cloned")
