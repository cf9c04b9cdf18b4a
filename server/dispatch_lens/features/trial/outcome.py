"""What one compile with one set of flags gave, and the whole of a search. Plain data: it crosses processes and becomes JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

Stage: TypeAlias = Literal["base", "alone", "together", "search", "shrink", "compile"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The counts of the flow phase under `flags`, those of the base apart. `seconds` of wall clock for that compile.

    `dispatches` are executed ones: sites in the program's functions, without initializers and `jit_eval` functions.
    `names` counts the sites of each executable, without ordinals, to tell what merged. With `failure`, one
    sentence, every number is None.
    """

    flags: tuple[str, ...]
    dispatches: int | None = None
    executables: int | None = None
    transposes: int | None = None
    copies: int | None = None
    seconds: float | None = None
    failure: str | None = None
    names: Mapping[str, int] = field(default_factory=dict[str, int])

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
    """The end of a search. `stopped` says why it ended early, or is empty. From `best.flags` nothing can be dropped."""

    base: Outcome
    best: Outcome
    runs: tuple[Run, ...]
    stopped: str = ""

    def as_json(self) -> dict[str, object]:
        return {
            "base": _row(self.base),
            "best": _row(self.best),
            "runs": [{"stage": run.stage, **_row(run.outcome)} for run in self.runs],
            "stopped": self.stopped,
        }


Measure: TypeAlias = Callable[[tuple[str, ...]], Outcome]


def changed(before: Outcome, after: Outcome) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names of executables with fewer sites than before, and of those with more, each as often as the difference."""
    gone = [name for name, count in before.names.items() for _ in range(count - after.names.get(name, 0))]
    new = [name for name, count in after.names.items() for _ in range(count - before.names.get(name, 0))]
    return tuple(gone), tuple(new)


def _row(outcome: Outcome) -> dict[str, object]:
    row = asdict(outcome)
    del row["names"]
    return {**row, "flags": list(outcome.flags)}
