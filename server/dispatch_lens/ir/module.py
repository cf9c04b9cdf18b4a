"""The IR of one section: ops, regions, blocks and values with their uses, over the section's text.

Everything here is built once by `lower.py` and never changed afterwards. An op of an unknown dialect is an ordinary op. What
costs a parse (attributes, types) is read when somebody asks. Offsets are the section's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from dispatch_lens.ir import attributes, reading, types
from dispatch_lens.syntax import parse
from dispatch_lens.syntax.outline import Frame
from dispatch_lens.syntax.tree import Head
from dispatch_lens.text import Range


@dataclass(eq=False)
class Value:
    """An SSA value: an op's result, a block's argument, or a name that this text uses and does not define (`is_free`).

    `index` counts within the results or the arguments; `member` is the `#n` of a result group, None outside groups.
    """

    name: str
    range: Range
    definer: Op | Block | None
    index: int
    member: int | None = None
    uses: list[Operand] = field(default_factory=list["Operand"], repr=False)

    @property
    def op(self) -> Op | None:
        """The defining op, for a result."""
        return self.definer if isinstance(self.definer, Op) else None

    @property
    def block(self) -> Block | None:
        """The block, for a block argument."""
        return self.definer if isinstance(self.definer, Block) else None

    @property
    def is_free(self) -> bool:
        """Whether this text uses the value and does not define it."""
        return self.definer is None

    @property
    def users(self) -> tuple[Op, ...]:
        """The distinct ops that use the value, in text order."""
        return tuple(dict.fromkeys(use.op for use in self.uses))

    @cached_property
    def type(self) -> types.Type | None:
        """The type as the text states it, at the definition or, for a free value, at a use; None where it does not."""
        if isinstance(self.definer, Op):
            return self.definer.result_type(self.index)
        if isinstance(self.definer, Block):
            return self.definer.argument_type(self.index)
        return next((type_ for use in self.uses if (type_ := use.op.operand_type(use.index)) is not None), None)

    def __repr__(self) -> str:
        return f"<Value {self.name}>"


@dataclass(eq=False)
class Operand:
    """One use of a value by an op; `index` is its place among the op's operands in text order."""

    value: Value
    op: Op
    index: int
    range: Range

    def __repr__(self) -> str:
        return f"<Operand {self.value.name} of {self.op.name}>"


@dataclass(eq=False)
class Block:
    """A block with its arguments and ops. `label` is None for an entry block printed without one."""

    region: Region
    index: int
    label: str | None
    range: Range
    arguments: tuple[Value, ...] = ()
    ops: tuple[Op, ...] = ()
    argument_texts: tuple[str | None, ...] = ()

    def argument_type(self, index: int) -> types.Type | None:
        text = self.argument_texts[index] if index < len(self.argument_texts) else None
        return reading.parse_type(self.region.op.module, text) if text else None

    def __repr__(self) -> str:
        return f"<Block {self.label or 'entry'} of {self.region.op.name}>"


@dataclass(eq=False)
class Region:
    """A region of an op, `range` from its `{` to after its `}`."""

    op: Op
    index: int
    range: Range
    blocks: tuple[Block, ...] = ()

    @property
    def ops(self) -> tuple[Op, ...]:
        """The ops of the region's only (or first) block."""
        return self.blocks[0].ops if self.blocks else ()


@dataclass(eq=False)
class Op:
    """An op. `name` carries its dialect (`func.return` for a bare `return`); `range` goes over its regions too."""

    name: str
    module: Module
    frame: Frame = field(repr=False)
    range: Range
    name_range: Range
    block: Block | None
    index: int
    depth: int
    results: tuple[Value, ...] = ()
    operands: tuple[Operand, ...] = ()
    regions: tuple[Region, ...] = ()

    @property
    def dialect(self) -> str:
        return self.name.partition(".")[0]

    @property
    def parent(self) -> Op | None:
        """The op whose region holds this one."""
        return self.block.region.op if self.block else None

    @cached_property
    def head(self) -> Head:
        """The op's own text as a tree of tokens."""
        return parse.parse_head(self.module.text, self.frame, self.range.end)

    @cached_property
    def attributes(self) -> Mapping[str, attributes.Attribute]:
        """Inherent and discardable attributes, however the form spells them, aliases expanded."""
        return reading.attributes(self)

    @cached_property
    def operand_types(self) -> tuple[types.Type | None, ...]:
        """One type for each operand, None where the text does not tell."""
        return reading.operand_types(self)

    @cached_property
    def result_types(self) -> tuple[types.Type | None, ...]:
        """One type for each result, None where the text does not tell."""
        return reading.result_types(self)

    def operand_type(self, index: int) -> types.Type | None:
        return self.operand_types[index] if index < len(self.operand_types) else None

    def result_type(self, index: int) -> types.Type | None:
        return self.result_types[index] if index < len(self.result_types) else None

    @cached_property
    def symbol(self) -> str | None:
        """The symbol that the op defines (`main` for `util.func public @main`)."""
        return reading.symbol(self)

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

    def ancestors(self) -> Iterator[Op]:
        """The ops around this one, innermost first."""
        around = self.parent
        while around is not None:
            yield around
            around = around.parent

    def encloses(self, other: Op) -> bool:
        """Whether the other op is in a region of this one, at any depth."""
        return other.module is self.module and self.range.start < other.range.start < self.range.end

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
    """One section of a dump, lowered: its top-level ops, the alias definitions, and the names nothing defines."""

    text: str
    ops: tuple[Op, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=dict[str, str])
    free_values: tuple[Value, ...] = ()
    problems: tuple[Problem, ...] = ()
    readings: dict[tuple[object, ...], object] = field(default_factory=dict[tuple[object, ...], object], repr=False)
    """What `reading` read of a shape: ops of one shape in one section are read once."""

    def walk(self) -> Iterator[Op]:
        """Every op of the section, an op before the ops inside it."""
        return iter(self._all_ops)

    @cached_property
    def _all_ops(self) -> tuple[Op, ...]:
        return tuple(inside for op in self.ops for inside in op.walk())

    @cached_property
    def symbols(self) -> Mapping[str, Op]:
        """Symbol definitions by name; of two with one name (in two symbol tables) the first."""
        found: dict[str, Op] = {}
        for op in self.walk():
            if op.symbol is not None:
                found.setdefault(op.symbol, op)
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
