"""Where values can be read, and who reads them, seen through `flow.dispatch.region`.

A region's result is what its body returns; a rewrite may look at the op that made it, and must then ask whether what that op
reads is visible at the place where it wants to write.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.ir import flow, uses
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value

_DEEPEST = 64
"""Dispatch regions inside each other that are looked through."""


def spelled(value: Value) -> str:
    """The value as a use of it is written."""
    return value.name if value.member is None else f"{value.name}#{value.member}"


def made_by(value: Value) -> Op | None:
    """The op that computes the value, inside a dispatch region where it comes out of one."""
    inner = origin(value)
    return inner.op


def origin(value: Value) -> Value:
    """The value itself, or the one inside the dispatch region that it comes out of."""
    for _ in range(_DEEPEST):
        region = flow.dispatch_region(value.op) if value.op is not None else None
        if region is None or value.index >= len(region.yielded):
            break
        value = region.yielded[value.index]
    return value


def reads(value: Value, depth: int = _DEEPEST) -> Iterator[Operand]:
    """The uses of the value as data, those of the results of dispatch regions that return it in their place.

    Only regions of less than `depth` are left: outwards, so that it ends whatever the text returns where.
    """
    for use in value.uses:
        around = use.op.parent
        if use.op.name == "flow.return" and around is not None and around.depth < depth and use.index < len(around.results):
            yield from reads(around.results[use.index], around.depth)
        else:
            yield use


def definition_around(op: Op) -> Op | None:
    """The innermost function, executable or other definition of a symbol that holds the op."""
    return next((each for each in op.ancestors() if each.symbol is not None), None)


def between(first: Op, second: Op) -> tuple[Op, ...]:
    """The ops of their block that stand behind the first and in front of the second."""
    ops = first.block.ops if first.block is not None else first.module.ops
    return tuple(ops[first.index + 1 : second.index])


def named_between(first: Op, second: Op) -> set[str]:
    """The names that the second could read and the first could not, which regions of the first may have given already."""
    return {value.name for op in between(first, second) for value in op.results}


def is_visible(value: Value, at: Op) -> bool:
    """Whether an op in the place of `at` could read the value."""
    if value.is_free:
        return True
    block = uses.defining_block(value)
    around = uses.ancestor_in(block, at)
    if around is None or (value.op is not None and value.op.index >= around.index):
        return False
    inside = [op for op in at.ancestors() if op is around or around.encloses(op)]
    return not any(op.name in ISOLATED for op in inside)
