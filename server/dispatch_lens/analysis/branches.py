"""Where branches go: blocks that there are, with a value for each of their arguments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

from dispatch_lens.counts import counted
from dispatch_lens.ir import types
from dispatch_lens.ir.module import Block, Module, Op, Problem, Region
from dispatch_lens.ir.value import Operand
from dispatch_lens.syntax.tree import Group, Item, Leaf
from dispatch_lens.text import Range

_BRANCHES = (".br", ".cond_br", ".switch", ".br_table")


def problems(module: Module) -> Iterator[Problem]:
    """One for each op, in text order. Nothing is said where braces do not fit: blocks are not what they were meant to be."""
    if any("'{'" in problem.message or "'}'" in problem.message for problem in module.problems):
        return
    for block in _blocks(module):
        if block.ops and not block.ops[-1].shape.problems:
            problem = next(_of_op(block.ops[-1], block.ops[-1].shape.items, block), None)
            yield from (problem,) if problem is not None else ()


def _blocks(module: Module) -> Iterator[Block]:
    for op in module.read_ops:
        for region in op.regions:
            yield from region.blocks if region.is_read else ()


def _of_op(op: Op, items: Sequence[Item], around: Block) -> Iterator[Problem]:
    for i, item in enumerate(items):
        if isinstance(item, Group):
            yield from _of_op(op, item.items, around)
        elif item.kind == "BLOCK":
            yield from _of_successor(op, items, i, item, around)


def _of_successor(op: Op, items: Sequence[Item], i: int, name: Leaf, around: Block) -> Iterator[Problem]:
    block = _labelled(around.region).get(name.text)
    if block is None:
        yield Problem(op.head.range(name), f"there is no block `{name.text}` in this region")
    elif _passes_values(op, items, i):
        behind = items[i + 1] if i + 1 < len(items) else None
        passed = op.shape.uses_in(behind) if isinstance(behind, Group) and behind.kind == "paren" else ()
        yield from _passed(op, name, [op.operands[at] for at in passed], block)


@lru_cache(maxsize=1)
def _labelled(region: Region) -> dict[str | None, Block]:
    """The blocks by their labels, of two with one label the first."""
    return {block.label: block for block in reversed(region.blocks)}


def _passes_values(op: Op, items: Sequence[Item], i: int) -> bool:
    """Whether all arguments of the block at `i` are passed here: they are no results of the op, as in `-> ^bb1(i32)`."""
    return op.name.endswith(_BRANCHES) and not op.is_in_generic_form and (i == 0 or items[i - 1].kind != "ARROW")


def _passed(op: Op, name: Leaf, passed: Sequence[Operand], block: Block) -> Iterator[Problem]:
    if len(passed) != len(block.arguments):
        values, arguments = counted(len(passed), "value"), counted(len(block.arguments), "argument")
        yield Problem(op.head.range(name), f"{values} for {arguments} of `{name.text}`", _label(block))
        return
    for operand, argument in zip(passed, block.arguments):
        given, wanted = op.operand_type(operand.index), argument.type
        if types.surely_differ(given, wanted):
            message = f"`{operand.value.name}` is passed as `{given}`, `{argument.name}` of `{name.text}` is a `{wanted}`"
            yield Problem(operand.range, message, ((argument.range, f"`{argument.name}` is a `{wanted}`"),))


def _label(block: Block) -> tuple[tuple[Range, str], ...]:
    start = block.range.start
    return ((Range(start, start + len(block.label or "")), f"this block has {counted(len(block.arguments), 'argument')}"),)
