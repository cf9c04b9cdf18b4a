"""The IR of one section: ops, regions and blocks, with values and their uses (`value.py`), over the section's text.

Everything here is built once by `lower.py` and never changed afterwards. An op of an unknown dialect is an ordinary op. What
costs a parse (attributes, types) is read when somebody asks, and so is a region that equals another up to names (`likeness.py`).
Offsets are the section's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from dispatch_lens.ir import attributes, reading, types, walk
from dispatch_lens.ir.value import UNREAD, Operand, Value
from dispatch_lens.syntax import parse
from dispatch_lens.syntax.outline import Frame
from dispatch_lens.syntax.tree import Head, Shape
from dispatch_lens.text import Range

if TYPE_CHECKING:
    from dispatch_lens.ir.likeness import Likeness

Answer = TypeVar("Answer")
_NAME = re.compile(r"%[\w$.\-]+")


class _Referable:
    """What a weak reference may lead to."""

    __slots__ = ("__weakref__",)


@dataclass(eq=False, slots=True)
class Block:
    """A block with its arguments and ops. `label` is None for an entry block printed without one."""

    region: Region
    index: int
    label: str | None
    range: Range
    arguments: tuple[Value, ...] = ()
    ops: tuple[Op, ...] = ()
    argument_ranges: tuple[Range, ...] = ()
    argument_texts: tuple[str | None, ...] = ()

    def type_of(self, index: int) -> types.Type | None:
        """The type of an argument."""
        text = self.argument_texts[index] if index < len(self.argument_texts) else None
        return reading.parse_type(self.region.op.module, text) if text else None

    def __repr__(self) -> str:
        return f"<Block {self.label or 'entry'} of {self.region.op.name}>"


@dataclass(eq=False, slots=True)
class Region:
    """A region of an op, `range` from its `{` to after its `}`. One that is like others is read when somebody asks."""

    op: Op
    index: int
    range: Range
    like: Likeness | None = None
    built: tuple[Block, ...] | None = field(default=None, repr=False)

    @property
    def blocks(self) -> tuple[Block, ...]:
        if self.built is None:
            self.built = () if self.like is None else self.like.read(self)
        return self.built

    @property
    def ops(self) -> tuple[Op, ...]:
        """The ops of the region's only (or first) block."""
        return self.blocks[0].ops if self.blocks else ()

    @property
    def is_read(self) -> bool:
        return self.built is not None

    def read(self) -> None:
        """Makes the IR of the region, if nobody has asked for it yet."""
        _ = self.blocks

    def may_have(self, holds: Callable[[Op], bool]) -> bool:
        """False where it is known that something, which asks for no names and places, holds of no op inside."""
        return self.like is None or self.like.pattern.has(holds)

    @property
    def pattern(self) -> Region:
        """A region that has the same ops, whose names and places are not told; itself where no other is known."""
        return self if self.like is None else self.like.pattern.region


@dataclass(eq=False, slots=True)
class Op(_Referable):
    """An op. `name` carries its dialect (`func.return` for a bare `return`); `range` goes over its regions too."""

    name: str
    dialect: str
    module: Module
    frame: Frame = field(repr=False)
    shape: Shape = field(repr=False)
    end: int
    block: Block | None
    index: int
    results: tuple[Value, ...] = ()
    operands: tuple[Operand, ...] = ()
    regions: tuple[Region, ...] = ()
    known: dict[Callable[[Op], Any], Any] | None = field(default=None, repr=False)
    _head: Head | None = field(default=None, init=False, repr=False)
    _attributes: Mapping[str, attributes.Attribute] | None = field(default=None, init=False, repr=False)
    _symbol: str | None = field(default=UNREAD, init=False, repr=False)

    def once(self, read: Callable[[Op], Answer]) -> Answer:
        """What `read` says of the op, kept with it."""
        known = self.known
        if known is None:
            known = self.known = {}
        elif read in known:
            return known[read]
        answer = known[read] = read(self)
        return answer

    def once_for_shape(self, read: Callable[[Op], Answer]) -> Answer:
        """What `read` says of the op by its shape and types, kept for all ops of the shape where that states the types."""
        key = (read, self.shape, len(self.results))
        known = self.module.readings
        if key in known:
            return known[key]
        answer = read(self)
        if not self.shape.has_ties and None not in self.operand_types:
            known[key] = answer
        return answer

    @property
    def range(self) -> Range:
        return Range(self.frame.start, self.end)

    @property
    def name_range(self) -> Range:
        return Range(self.frame.name_start, self.frame.name_end)

    @property
    def depth(self) -> int:
        """How many regions are around the op."""
        return self.frame.depth

    @property
    def is_in_generic_form(self) -> bool:
        """Whether the text spells the op as MLIR prints any op: its name in quotes."""
        return self.module.text[self.frame.name_start] == '"'

    @property
    def parent(self) -> Op | None:
        """The op whose region holds this one."""
        return self.block.region.op if self.block else None

    @property
    def head(self) -> Head:
        """The op's own text as a tree of tokens, with their places in the section."""
        if self._head is None:
            self._head = Head(self.shape, self.module.text, parse.stretches(self.module.text, self.frame, self.end))
        return self._head

    @property
    def attributes(self) -> Mapping[str, attributes.Attribute]:
        """Inherent and discardable attributes, however the form spells them, aliases expanded."""
        if self._attributes is None:
            self._attributes = reading.attributes(self)
        return self._attributes

    @property
    def operand_types(self) -> tuple[types.Type | None, ...]:
        """One type for each operand, None where the text does not tell."""
        return reading.operand_types(self)

    @property
    def result_types(self) -> tuple[types.Type | None, ...]:
        """One type for each result, None where the text does not tell."""
        return reading.result_types(self)

    def operand_type(self, index: int) -> types.Type | None:
        stated = self.operand_types
        return stated[index] if index < len(stated) else None

    def result_type(self, index: int) -> types.Type | None:
        stated = self.result_types
        return stated[index] if index < len(stated) else None

    type_of = result_type

    def result_range(self, name: str) -> Range:
        """Where the result, or the group of results, of this name stands."""
        start, end = self.frame.start, self.frame.name_start
        found = re.compile(re.escape(name) + r"(?![\w$.\-])").search(self.module.text, start, end)
        return Range(*found.span()) if found is not None else Range(start, start + len(name))

    @property
    def symbol(self) -> str | None:
        """The symbol that the op defines (`main` for `util.func public @main`)."""
        if self._symbol is UNREAD:
            self._symbol = reading.symbol(self) if self.shape.may_define_symbol else None
        return self._symbol

    @property
    def is_terminator(self) -> bool:
        """Whether the op is the last of its block and gives values to its parent or to another block."""
        return self.name.endswith(("return", ".yield", "_yield", ".br", ".cond_br", ".unreachable", ".terminator"))

    @property
    def text(self) -> str:
        return self.module.text[self.range.start : self.range.end]

    def walk(self) -> Iterator[Op]:
        """This op and every op inside it, in text order."""
        yield self
        for region in self.regions:
            for block in region.blocks:
                for op in block.ops:
                    yield from op.walk()

    def walk_where(self, holds: Callable[[Op], bool]) -> Iterator[Op]:
        """This op and those inside it of which something holds that asks for no names and places."""
        return walk.where((self,), holds)

    def ancestors(self) -> Iterator[Op]:
        """The ops around this one, innermost first."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent

    def encloses(self, other: Op) -> bool:
        """Whether the other op is in a region of this one, at any depth."""
        return other.module is self.module and self.frame.start < other.frame.start < self.end

    def __repr__(self) -> str:
        return f"<Op {self.name} at {self.range.start}>"


@dataclass(frozen=True)
class Problem:
    """Something wrong with the text: its range, one sentence in plain words, and the other place that disagrees."""

    range: Range
    message: str
    related: tuple[tuple[Range, str], ...] = ()


@dataclass(eq=False)
class Module:
    """One section of a dump, lowered: its top-level ops, the alias definitions, and the names nothing defines.

    `aliases` are those of the text around it too, `own_aliases` those that it defines; `early_uses` are those of a name that
    stands before its definition.
    """

    text: str
    ops: tuple[Op, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    own_aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    free_values: tuple[Value, ...] = ()
    early_uses: tuple[Operand, ...] = ()
    problems: tuple[Problem, ...] = ()
    readings: dict[tuple[object, ...], Any] = field(default_factory=dict[tuple[object, ...], Any], repr=False)
    """What is known of a shape: ops of one shape under the same aliases are read once."""

    def walk(self) -> Iterator[Op]:
        """Every op of the section, an op before the ops inside it."""
        return (inner for op in self.ops for inner in op.walk())

    @property
    def read_ops(self) -> list[Op]:
        """Every op of the section but those in regions that nobody has read, an op before the ops inside it."""
        return walk.read_ops(self.ops)

    def ops_after_reading(self, wanted: Callable[[Region], bool]) -> list[Op]:
        """The same, after the regions of which this holds have been read too."""
        return walk.after_reading(self.ops, wanted)

    def walk_where(self, holds: Callable[[Op], bool]) -> Iterator[Op]:
        """The ops of the section of which something holds that asks for no names and places."""
        return walk.where(self.ops, holds)

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of values that stand anywhere in the text."""
        return frozenset(_NAME.findall(self.text))

    @cached_property
    def symbols(self) -> Mapping[str, Op]:
        """Symbol definitions by name; of two with one name (in two symbol tables) the first."""
        found: dict[str, Op] = {}
        for op in self.walk_where(_defines_symbol):
            found.setdefault(op.symbol or "", op)
        return found

    def op_at(self, offset: int) -> Op | None:
        """The innermost op whose range holds the offset."""
        found: Op | None = None
        ops = self.ops
        while True:
            inner = next((op for op in ops if op.range.start <= offset <= op.range.end), None)
            if inner is None:
                return found
            found = inner
            ops = tuple(o for r in inner.regions if r.range.contains(offset) for b in r.blocks for o in b.ops)


def _defines_symbol(op: Op) -> bool:
    return op.shape.may_define_symbol and op.symbol is not None
