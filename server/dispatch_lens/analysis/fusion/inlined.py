"""A function as it was before its dispatch regions were formed: each region's ops stand in its place.

`flow.dispatch.region` is opaque to formation. To ask about two formed regions, their ops are copied out of them; a copy
keeps the text and the ranges of its original, so what is said of it can be shown there. The original is left as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from dispatch_lens.ir import flow
from dispatch_lens.ir.likeness import Likeness
from dispatch_lens.ir.module import Block, Op, Region
from dispatch_lens.ir.value import Operand, Value


@dataclass(frozen=True, eq=False)
class Inlined:
    """`copy_of` gives the copy of each original op but the regions themselves and their terminators.

    What stands in a region that is like others is copied when somebody asks for it.
    """

    function: Op
    copy_of: Mapping[Op, Op]


def inline_dispatch_regions(function: Op) -> Inlined:
    """The function copied, with each dispatch region dissolved into its block."""
    copier = _Copier()
    copied = copier.op(function, None, function.index)
    copier.link(copier.copy_of)
    copier.capture()
    return Inlined(copied, copier.copy_of)


class _Copier:
    """The state of one copy: originals to copies, and results of regions to what the regions yield."""

    def __init__(self) -> None:
        self.copy_of: dict[Op, Op] = {}
        self.uncopied: list[tuple[Region, Region, Likeness]] = []
        self.values: dict[Value, Value] = {}
        self.yielded: dict[Value, Value] = {}

    def op(self, original: Op, block: Block | None, index: int) -> Op:
        made = Op(original.name, original.dialect, original.module, original.frame, original.shape, original.end, block, index)
        made.results = tuple([Value(r.name, made, r.index, r.member) for r in original.results])
        self.values.update(zip(original.results, made.results))
        self.copy_of[original] = made
        made.regions = tuple([self.region(region, made) for region in original.regions])
        return made

    def region(self, original: Region, holder: Op) -> Region:
        made = Region(holder, original.index, original.range)
        if original.like is not None:
            self.uncopied.append((original, made, original.like))
            return made
        made.built = tuple(self.block(block, made) for block in original.blocks)
        return made

    def block(self, original: Block, region: Region) -> Block:
        made = Block(region, original.index, original.label, original.range)
        made.argument_ranges, made.argument_texts = original.argument_ranges, original.argument_texts
        made.arguments = tuple(Value(a.name, None, a.index, a.member, made) for a in original.arguments)
        self.values.update(zip(original.arguments, made.arguments))
        made.ops = tuple(self.op(op, made, index) for index, op in enumerate(self.dissolved(original.ops)))
        return made

    def dissolved(self, ops: tuple[Op, ...]) -> Iterator[Op]:
        for op in ops:
            region = flow.dispatch_region(op)
            if region is None:
                yield op
                continue
            self.yielded.update(zip(op.results, region.yielded))
            yield from self.dissolved(tuple(inner for inner in region.body.ops if inner.name != "flow.return"))

    def read(self, original: Region, made: Region) -> tuple[Block, ...]:
        """The copy of a region that holds no other regions."""
        blocks = tuple(self.block(block, made) for block in original.blocks)
        self.link([op for block in original.blocks for op in block.ops])
        return blocks

    def link(self, originals: Iterable[Op]) -> None:
        """Gives each copy its operands, in text order, so that use lists are as after parsing."""
        copies = [(original, self.copy_of[original]) for original in originals]
        for original, made in copies:
            made.operands = tuple([Operand(self.value(o.value), made, o.index) for o in original.operands])
        for made in sorted((made for _, made in copies), key=lambda op: op.frame.start):
            for operand in made.operands:
                operand.value.read_uses.append(operand)

    def capture(self) -> None:
        """Says to the values that regions use, which were not copied, that these use them."""
        for original, made, like in self.uncopied:
            captured = tuple([self.value(value) for value in like.captured])
            made.like = Likeness(like.pattern, captured, partial(self.read, original))
            for value in captured:
                value.unread = [*value.unread, made]

    def value(self, original: Value) -> Value:
        passed: set[Value] = set()
        while original in self.yielded and original not in passed:
            passed.add(original)
            original = self.yielded[original]
        if original not in self.values:
            self.values[original] = Value(original.name, None, original.index, original.member)
        return self.values[original]
