"""Why two ops were not put into one dispatch: the predicate that refused, a sentence, what disagrees and where.

`blocker` is the code of the known obstacle that the refusal is an instance of, None where it is none by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_lens.ir.module import Op, Operand
from dispatch_lens.text import Range


@dataclass(frozen=True, slots=True)
class Place:
    """What an op, or a use, has to do with the reason: `producer`, `consumer`, `operand`, `other user` …."""

    role: str
    of: Op | Operand

    @property
    def range(self) -> Range:
        return self.of.name_range if isinstance(self.of, Op) else self.of.range


@dataclass(frozen=True, slots=True)
class Side:
    """One of the things that disagree: `producer's result map`, with its spelling."""

    what: str
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A refusal. `disagreement` has the maps, types or loop ranges that do not fit, empty where none are compared."""

    predicate: str
    sentence: str
    blocker: str | None = None
    places: tuple[Place, ...] = ()
    disagreement: tuple[Side, ...] = ()


def refuse(
    predicate: str,
    sentence: str,
    blocker: str | None,
    use: Operand | None = None,
    disagreement: Sequence[Side] = (),
    others: Sequence[tuple[str, Op]] = (),
) -> Reason:
    """A reason that concerns one use, its producer and its consumer; `others` are further ops with their roles."""
    places: list[Place] = []
    if use is not None:
        producer = use.value.op
        if producer is not None:
            places.append(Place("producer", producer))
        places += [Place("consumer", use.op), Place("operand", use)]
    places += [Place(role, op) for role, op in others]
    return Reason(predicate, sentence, blocker, tuple(places), tuple(disagreement))
