"""Returns that do not give what their function says it does: how many values, and of which types.

Only of `func.func`: the compiler does not hold `util.return` against its function either.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.ir import reading, types
from dispatch_lens.ir.list_lengths import elements
from dispatch_lens.ir.module import Module, Op, Problem
from dispatch_lens.syntax.tree import Group, Item, Leaf


def problems(module: Module) -> Iterator[Problem]:
    """One for each return, in the functions at the top and in modules there."""
    for op in module.ops:
        inner = (each for region in op.regions for each in region.ops) if op.name == "builtin.module" else (op,)
        for function in inner:
            if (
                function.name == "func.func"
                and function.regions
                and not function.shape.problems
                and not function.is_in_generic_form
            ):
                yield from _of_function(function)


def _of_function(function: Op) -> Iterator[Problem]:
    wanted = stated(function.shape.items)
    for block in function.regions[0].blocks:
        end = block.ops[-1] if block.ops else None
        if end is not None and end.name == "func.return" and not end.shape.problems:
            problem = next(_of_return(function, end, wanted), None)
            yield from (problem,) if problem is not None else ()


def _of_return(function: Op, end: Op, stated: Sequence[Sequence[Item]]) -> Iterator[Problem]:
    if len(end.operands) != len(stated):
        counted = f"{len(stated)} result{'' if len(stated) == 1 else 's'}"
        related = ((function.name_range, f"this function has {counted}"),)
        place = end.operands[0].range if end.operands else end.name_range
        yield Problem(place, f"`return` gives {len(end.operands)} values, the function has {counted}", related)
        return
    for operand, result in zip(end.operands, stated):
        given, wanted = end.operand_type(operand.index), stated_type(function.module, result)
        if types.surely_differ(given, wanted):
            related = ((function.head.range(result[0]), f"the function's result is a `{wanted}`"),)
            message = f"`{operand.value.name}` is returned as `{given}`, the function's result is a `{wanted}`"
            yield Problem(operand.range, message, related)


def stated(items: Sequence[Item]) -> list[list[Item]]:
    """The results after a function's `->`, each with what belongs to it."""
    arrow = next((i for i, item in enumerate(items) if item.kind == "ARROW"), None)
    if arrow is None or arrow + 1 >= len(items):
        return []
    results = items[arrow + 1]
    return elements(results.items) if isinstance(results, Group) and results.kind == "paren" else [[results]]


def stated_type(module: Module, items: Sequence[Item]) -> types.Type | None:
    """The type that the items begin with; None where they begin with another thing, such as what a result is tied to."""
    first = items[0] if items else None
    return reading.parse_type(module, first.text) if isinstance(first, Leaf) and first.kind == "TYPE" else None
