"""How deep the ops of one chunk lie, told from the chunk alone: depths are relative to where it begins.

A chunk closes regions that others opened and leaves its own open; `Level` sums that up, so that what is around any place
follows from the sums of the chunks before it.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from dispatch_lens.syntax import scanner


class OpMark(NamedTuple):
    """An op's head. `depth` counts the regions around it."""

    start: int
    name_start: int
    name_end: int
    depth: int

    def shift(self, offset: int, depth: int) -> OpMark:
        return OpMark(self.start + offset, self.name_start + offset, self.name_end + offset, self.depth + depth)


class LabelMark(NamedTuple):
    """A block's label, from `^` to after its `:`."""

    start: int
    end: int
    depth: int


class RegionMark(NamedTuple):
    """A region that is open; `op` is the op it belongs to, or which of the regions closed before it gives that op."""

    op: OpMark | int
    open_at: int


@dataclass(slots=True)
class Level:
    """`closes` regions of earlier chunks end here; `opens` are those still open at the end, the innermost last.

    `last` is the op that the end of the chunk still belongs to, or which of the closed regions gives it.
    """

    closes: int = 0
    opens: list[RegionMark] = field(default_factory=list[RegionMark])
    last: OpMark | int | None = None
    op_numbers: array[int] = field(default_factory=lambda: array("i"), repr=False)
    labels: list[LabelMark] = field(default_factory=list[LabelMark])
    touched: bool = False

    @property
    def ops(self) -> list[OpMark]:
        """The heads of all ops. Only their numbers are kept: a text of 10 MB has a hundred thousand."""
        numbers = iter(self.op_numbers)
        return [OpMark(*four) for four in zip(numbers, numbers, numbers, numbers)]

    @property
    def net(self) -> int:
        """How much deeper the end of the chunk is than its beginning."""
        return len(self.opens) - self.closes

    def take(self, event: scanner.Event) -> None:
        self.touched = True
        if type(event) is scanner.Op:
            self.last = OpMark(*event, self.net)
            self.op_numbers.extend(self.last)
        elif type(event) is scanner.Open:
            self.opens.append(RegionMark(self._owner(event.at), event.at))
            self.last = None
        elif type(event) is scanner.Close:
            self._close()
        elif type(event) is scanner.Label:
            self.labels.append(LabelMark(*event, self.net))
            self.last = None
        elif type(event) is scanner.Alias:
            self.last = None

    def _owner(self, at: int) -> OpMark | int:
        return OpMark(at, at, at, self.net) if self.last is None else self.last

    def _close(self) -> None:
        if self.opens:
            self.last = self.opens.pop().op
            return
        self.last = self.closes
        self.closes += 1


@dataclass(slots=True)
class Around:
    """What is open at a place: the regions around it, the innermost last, and the op that the place may belong to."""

    regions: list[tuple[OpMark, int]]
    last: OpMark | None

    @property
    def depth(self) -> int:
        return len(self.regions)

    def pass_over(self, level_: Level, base: int) -> None:
        """Go to the end of the text that `level_` sums up, which begins at `base`."""
        depth = len(self.regions)
        closed = [self.regions.pop()[0] if self.regions else OpMark(base, base, base, 0) for _ in range(level_.closes)]

        def known(op: OpMark | int) -> OpMark:
            return closed[op] if isinstance(op, int) else op.shift(base, depth)

        for region in level_.opens:
            self.regions.append((known(region.op), region.open_at + base))
        if level_.last is not None:
            self.last = known(level_.last)
        elif level_.touched:
            self.last = None


def level(events: Sequence[scanner.Event]) -> Level:
    """The sum of some events."""
    found = Level()
    for event in events:
        found.take(event)
    return found


def by_result(ops: Sequence[OpMark], text: str) -> Mapping[str, list[OpMark]]:
    """The ops that have results, by the names of these."""
    found: dict[str, list[OpMark]] = {}
    for op in ops:
        for name in result_names(text, op):
            found.setdefault(name, []).append(op)
    return found


def result_names(text: str, op: OpMark) -> list[str]:
    """The names before the `=` of an op."""
    heads = text[op.start : op.name_start].rstrip("= \t\n").split(",")
    return [name for head in heads if (name := head.strip().partition(":")[0])]
