"""Values of the IR, and their uses by ops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dispatch_lens.ir import types
from dispatch_lens.text import Range

if TYPE_CHECKING:
    from dispatch_lens.ir.module import Block, Op, Region

UNREAD: Any = object()
"""In the place of what nobody has asked for yet."""


@dataclass(eq=False, slots=True)
class Value:
    """An SSA value: an op's result, a block's argument, or a name that this text uses and does not define (`is_free`).

    `op` is the op that a result is of, `block` the block that an argument is of. `index` counts within the results or the
    arguments; `member` is the `#n` of a result group, None outside groups.
    `read_uses` are the uses in regions that were read, `unread` the others that use the value.
    """

    name: str
    op: Op | None
    index: int
    member: int | None = None
    block: Block | None = None
    read_uses: list[Operand] = field(default_factory=list["Operand"], repr=False)
    unread: Sequence[Region] = field(default=(), repr=False)
    _type: types.Type | None = field(default=UNREAD, init=False, repr=False)

    @property
    def uses(self) -> list[Operand]:
        """Every use of the value, in text order."""
        if self.unread:
            for region in self.unread:
                region.read()
            self.unread = ()
            self.read_uses.sort(key=Operand.place)
        return self.read_uses

    @property
    def range(self) -> Range:
        """The name where it is defined; for a free value where it is first used."""
        if self.op is not None:
            return self.op.result_range(self.name)
        if self.block is not None:
            return self.block.argument_ranges[self.index]
        return self.uses[0].range

    @property
    def is_free(self) -> bool:
        """Whether this text uses the value and does not define it."""
        return self.op is None and self.block is None

    @property
    def users(self) -> tuple[Op, ...]:
        """The distinct ops that use the value, in text order."""
        return tuple(dict.fromkeys(use.op for use in self.uses))

    @property
    def type(self) -> types.Type | None:
        """The type as the text states it, at the definition or, for a free value, at a use; None where it does not."""
        if self._type is UNREAD:
            self._type = None  # A type that is said to be its own is not known.
            self._type = self._stated_type()
        return self._type

    def _stated_type(self) -> types.Type | None:
        definer = self.op or self.block
        if definer is not None:
            return definer.type_of(self.index)
        return next((type_ for use in self.uses if (type_ := use.op.operand_type(use.index)) is not None), None)

    def __repr__(self) -> str:
        return f"<Value {self.name}>"


@dataclass(eq=False, slots=True)
class Operand:
    """One use of a value by an op; `index` is its place among the op's operands in text order."""

    value: Value
    op: Op
    index: int

    @property
    def range(self) -> Range:
        head = self.op.head
        at = head.shape.use_places[self.index]
        return Range(head.offset(at), head.offset(at + 1))

    def place(self) -> tuple[int, int]:
        """Where the use stands among others in the text."""
        return self.op.frame.start, self.index

    def __repr__(self) -> str:
        return f"<Operand {self.value.name} of {self.op.name}>"
