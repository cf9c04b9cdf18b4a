"""What a hover is asked about: the token, the op around it, and what is known of the whole document."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from dispatch_lens.features import units
from dispatch_lens.features.names import Definition
from dispatch_lens.features.overview import DispatchRow, Earlier
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.features.tokens import Token
from dispatch_lens.features.units import Unit
from dispatch_lens.ir.linalg import StructuredOp, structured
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value


@dataclass(frozen=True, eq=False)
class Place:
    """A token of a snapshot. `known` is what the last reading of the whole document gave, if one was made."""

    snapshot: Snapshot
    token: Token
    known: Earlier | None

    @property
    def offset(self) -> int:
        return self.token.range.start

    @cached_property
    def unit(self) -> Unit | None:
        return units.unit_at(self.snapshot, self.offset)

    @cached_property
    def op(self) -> Op | None:
        """The innermost op that holds the token."""
        return self.unit.op_at(self.offset) if self.unit is not None else None

    @cached_property
    def structured(self) -> StructuredOp | None:
        return structured(self.op) if self.op is not None else None

    @property
    def dispatch(self) -> DispatchRow | None:
        """The dispatch that holds the token, with the offsets of the last reading."""
        return self.known.dispatch_at(self.offset) if self.known is not None else None

    @property
    def named_dispatch(self) -> DispatchRow | None:
        """The dispatch whose op's name the token is."""
        row, known, of, unit = self.dispatch, self.known, self.op, self.unit
        if row is None or known is None or of is None or unit is None:
            return None
        name = of.name_range.shift(unit.start)
        is_named = name.start <= self.offset <= name.end and row.name_range.start == known.before(name.start)
        return row if is_named else None

    def line(self, offset: int) -> int:
        """The line as people count them."""
        return self.snapshot.line_of(offset) + 1

    def link(self, offset: int) -> str:
        """`line 12`, in Markdown a link where the text is a file."""
        return line_link(self.snapshot, offset)


def line_link(snapshot: Snapshot, offset: int) -> str:
    """`line 12`, in Markdown a link where the text is a file."""
    line = snapshot.line_of(offset) + 1
    return f"[line {line}]({snapshot.uri}#L{line})" if snapshot.uri.startswith("file:") else f"line {line}"


def value_of(snapshot: Snapshot, found: Definition) -> Value | None:
    """The lowered value of a definition."""
    unit = units.unit_at(snapshot, found.range.start)
    if unit is None:
        return None
    wanted = found.range.start - unit.start
    for op in unit.module.walk():
        arguments = [value for region in op.regions for block in region.blocks for value in block.arguments]
        for value in (*op.results, *arguments):
            if value.range.start == wanted:
                return value
    return None
