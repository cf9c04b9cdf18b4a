"""Why two ops were not put into one dispatch: the predicate that refused, a sentence, what disagrees and where.

`blocker` is the code of the known obstacle that the refusal is an instance of, None where it is none by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
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
    """A refusal. `disagreement` has the maps, types or loop ranges that do not fit, empty where none are compared.

    `use` is the one that it concerns, `others` are further ops with their roles.
    """

    predicate: str
    sentence: str
    blocker: str | None = None
    disagreement: tuple[Side, ...] = ()
    use: Operand | None = None
    others: tuple[tuple[str, Op], ...] = ()

    @property
    def places(self) -> Iterator[Place]:
        """The use with its producer and consumer, then the other ops."""
        if self.use is not None:
            producer = self.use.value.op
            if producer is not None:
                yield Place("producer", producer)
            yield from (Place("consumer", self.use.op), Place("operand", self.use))
        yield from (Place(role, op) for role, op in self.others)


def refuse(
    predicate: str,
    sentence: str,
    blocker: str | None,
    use: Operand | None = None,
    disagreement: Sequence[Side] = (),
    others: Sequence[tuple[str, Op]] = (),
) -> Reason:
    """A reason that concerns one use, its producer and its consumer; `others` are further ops with their roles."""
    return Reason(predicate, sentence, blocker, tuple(disagreement), use, tuple(others))
