"""What one compile with one set of flags gave, and the whole of a search. Plain data: it crosses processes and becomes JSON."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["base", "against", "alone", "together", "pairs", "search", "shrink"]
Flags: TypeAlias = "tuple[str, ...]"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The counts of the flow phase under `flags`, those of the base apart. `seconds` of wall clock for that compile.

    `dispatches` are executed ones: sites in the program's functions, without initializers and `jit_eval` functions.
    `digest` tells the compiled text from others. With `failure`, one sentence, every number is None.
    """

    flags: Flags
    dispatches: int | None = None
    executables: int | None = None
    transposes: int | None = None
    copies: int | None = None
    seconds: float | None = None
    failure: str | None = None
    digest: str = ""

    def is_same_text(self, other: Outcome) -> bool:
        """Whether both compiled to one text. A failure is like nothing."""
        return bool(self.digest) and self.digest == other.digest

    def beats(self, other: Outcome) -> bool:
        """Whether this one has fewer dispatches, or as many with fewer standalone transposes."""
        return self.rank < other.rank

    @property
    def rank(self) -> tuple[float, float]:
        """The order of outcomes: dispatches, then standalone transposes. A failure comes last."""
        if self.dispatches is None:
            return float("inf"), float("inf")
        return self.dispatches, self.transposes or 0


@dataclass(frozen=True, slots=True)
class Run:
    """One row of the search: what it was tried for, and what came out."""

    stage: Stage
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Found:
    """The end of a search. `stopped` says why it ended early, or is empty. From `best.flags` nothing can be dropped.

    `against` is what the caller's own set gave, where one was to be measured too.
    """

    base: Outcome
    best: Outcome
    runs: tuple[Run, ...]
    stopped: str = ""
    against: Outcome | None = None

    def as_json(self) -> dict[str, object]:
        return {
            "base": row(self.base),
            "best": row(self.best),
            "against": None if self.against is None else row(self.against),
            "runs": [{"stage": run.stage, **row(run.outcome)} for run in self.runs],
            "stopped": self.stopped,
        }


Measure: TypeAlias = Callable[[Flags], Outcome]


def row(outcome: Outcome) -> dict[str, object]:
    """The outcome as JSON."""
    found = asdict(outcome)
    del found["digest"]
    return {**found, "flags": list(outcome.flags)}
