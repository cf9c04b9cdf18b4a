"""What is told of pairs of ops, as plain data. Offsets are the document's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dispatch_lens.analysis.blockers.remedies import Remedy
from dispatch_lens.text import Range

Verdict = Literal["fused", "refused", "never-considered", "by-design", "no-blocker", "unknown"]
Certainty = Literal["predicted", "possible"]


@dataclass(frozen=True, slots=True)
class Place:
    """A range of the document and what it has to do with the pair: `producer`, `consumer`, `between`, `operand` …."""

    role: str
    range: Range


@dataclass(frozen=True, slots=True)
class Pair:
    """What is said of two ops, or of one alone (`consumer` is None).

    `blocker` is a code of the catalogue where something keeps the two apart; what only looks like it is in `looks_like`.
    `disagreement` has the maps, types or loop ranges that do not fit, each with what it is. `release` is the one whose
    rules were applied; `older` is the same pair by older rules, where the text may be that old and they say otherwise.
    `titles` tell producer and consumer in one line each: the dispatch's number, the op, what it computes.
    """

    producer: str
    consumer: str | None
    verdict: Verdict
    blocker: str | None
    looks_like: str | None
    predicate: str | None
    reason: str
    places: tuple[Place, ...]
    disagreement: tuple[tuple[str, str], ...]
    remedy: Remedy
    certainty: Certainty
    release: str
    older: Pair | None = None
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The pairs at one place, or between two. `note` says what the text cannot tell, or why there is no pair."""

    heading: str
    pairs: tuple[Pair, ...]
    note: str = ""

    @property
    def blockers(self) -> tuple[str, ...]:
        """The codes of all obstacles, each once."""
        return tuple(dict.fromkeys(pair.blocker for pair in self.pairs if pair.blocker is not None))
