"""Lists of a head that must be of one length: operands and their types, names of results and their types.

MLIR writes operands and types side by side in three ways: `(%a, %b : T, U)`, `(%a, %b) : (T, U) -> V`, and `%a, %b : T, U` in a
terminator. What an op writes in another way is not known here, and neither is what an op should have.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.counts import counted
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.syntax.tree import Group, Item, Leaf
from dispatch_lens.text import Range


def problems(op: Op) -> Iterator[Problem]:
    """Each pair of lists whose lengths differ, at the operands or results, with the place of the types."""
    items = op.shape.items
    yield from _typed_lists(op, items)
    yield from _function_type(op, items)
    if op.name.endswith((".return", ".yield")):
        yield from _typed_list(op, items)


def elements(items: Sequence[Item]) -> list[list[Item]]:
    """The list's elements, each without its comma; braces with sizes belong to the type before them."""
    found: list[list[Item]] = [[]] if items else []
    for item in items:
        if isinstance(item, Leaf) and item.kind == "COMMA":
            found.append([])
        else:
            found[-1].append(item)
    return found


def _typed_lists(op: Op, items: Sequence[Item]) -> Iterator[Problem]:
    for item in items:
        if isinstance(item, Group) and item.kind == "paren":
            yield from _typed_list(op, item.items)


def _typed_list(op: Op, items: Sequence[Item]) -> Iterator[Problem]:
    """In `%a, %b : T, U`."""
    colons = [i for i, item in enumerate(items) if item.kind == "COLON"]
    if len(colons) != 1:
        return
    operands, types = items[: colons[0]], items[colons[0] + 1 :]
    types = types[:-1] if types and types[-1].kind == "COMMA" else types
    if operands and types and _are_names(operands) and len(elements(operands)) != len(elements(types)):
        yield _operands_and_types(op, operands, types)


def _function_type(op: Op, items: Sequence[Item]) -> Iterator[Problem]:
    """In `(%a, %b) : (T, U) -> V`, the types of the results too."""
    at = next((i for i in range(1, len(items)) if _kinds(items, i, 3) == ["COLON", "paren", "ARROW"]), None)
    if at is None:
        return
    before = items[: 1 if op.is_in_generic_form else at]
    operands, types, results = before[-1], items[at + 1], items[at + 3 : at + 4]
    if not isinstance(operands, Group) or not isinstance(types, Group) or not _are_all_operands(operands, before[:-1]):
        return
    if len(elements(operands.items)) != len(elements(types.items)):
        yield _operands_and_types(op, [operands], [types])
    elif results and not any(isinstance(item, Leaf) and item.text == "=>" for item in items[at + 3 :]):
        yield from _results(op, results[0])


def _are_all_operands(operands: Group, before: Sequence[Item]) -> bool:
    """Whether the list is of all operands but those in square brackets, which have no types."""
    others = any(item.kind == "USE" or (isinstance(item, Group) and item.kind == "paren") for item in before)
    return operands.kind == "paren" and _are_names(operands.items) and not others


def _results(op: Op, types: Item) -> Iterator[Problem]:
    stated = len(elements(types.items)) if isinstance(types, Group) and types.kind == "paren" else 1
    if op.results and len(op.results) != stated:
        place = Range(op.frame.start, op.frame.start + len(op.results[0].name))
        told = counted(len(op.results), "name"), counted(stated, "type of a result", "types of results")
        yield Problem(place, f"{told[0]} for results, and {told[1]}", ((op.head.range(types), f"{told[1]} here"),))


def _operands_and_types(op: Op, operands: Sequence[Item], types: Sequence[Item]) -> Problem:
    names, stated = (len(elements(_inner(items))) for items in (operands, types))
    words = counted(names, "operand"), counted(stated, "type")
    related = ((_place(op, types), f"{words[1]} here"),)
    return Problem(_place(op, operands), f"{words[0]} and {words[1]}", related)


def _inner(items: Sequence[Item]) -> Sequence[Item]:
    return items[0].items if len(items) == 1 and isinstance(items[0], Group) else items


def _place(op: Op, items: Sequence[Item]) -> Range:
    return Range(op.head.offset(items[0].start), op.head.offset(items[-1].end))


def _are_names(items: Sequence[Item]) -> bool:
    """Whether the list is of names and nothing else: `%a, %b`, or empty."""
    return all(item.kind == ("COMMA" if i % 2 else "USE") for i, item in enumerate(items)) and len(items) % 2 == (len(items) > 0)


def _kinds(items: Sequence[Item], start: int, count: int) -> list[str]:
    return [item.kind for item in items[start : start + count]]
