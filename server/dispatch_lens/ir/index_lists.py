"""Lists that mix numbers and values: offsets, sizes, strides, padding amounts, tile sizes.

The custom form writes them in brackets, `[0, %n]`; the generic form keeps the numbers in a `static_…` attribute, with a
marker for each value, and the values in a segment of the operands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.syntax.tree import Group, Item, Leaf

Size: TypeAlias = int | Value | None
"""A number, the value that gives it, or None where the text does not tell."""

DYNAMIC = -(1 << 63)
"""The number that stands for a value in a `static_…` attribute. ShapedType::kDynamic."""


def brackets(op: Op) -> tuple[tuple[Size, ...], ...]:
    """The bracketed lists of the op's custom form, in text order, those inside other groups left out."""
    return tuple(listed(op, item) for item in op.shape.items if isinstance(item, Group) and item.kind == "square")


def clause(op: Op, word: str) -> tuple[Size, ...] | None:
    """The list in `word = […]` or `word[…]`; None where there is none."""
    group = _after(op.shape.items, word, "square")
    return listed(op, group) if group is not None else None


def number_in_parens(op: Op, word: str) -> int | None:
    """The number in `word(1)`."""
    group = _after(op.shape.items, word, "paren")
    first = group.items[0] if group is not None and group.items else None
    return _number(first.text) if isinstance(first, Leaf) else None


def segments(op: Op) -> tuple[tuple[Operand, ...], ...] | None:
    """The operands by the segments that `operandSegmentSizes` counts; None where there is none or it does not fit."""
    attribute = op.attributes.get("operandSegmentSizes")
    sizes = attrs.ints(attribute) if attribute is not None else None
    if sizes is None or sum(sizes) != len(op.operands):
        return None
    ends = [sum(sizes[: i + 1]) for i in range(len(sizes))]
    return tuple(op.operands[end - size : end] for end, size in zip(ends, sizes))


def mixed(op: Op, attribute: str, dynamic: Sequence[Operand]) -> tuple[Size, ...] | None:
    """The list of a `static_…` attribute, its markers replaced by the operands of a segment."""
    found = op.attributes.get(attribute)
    static = attrs.ints(found) if found is not None else None
    if static is None:
        return None
    values = iter(dynamic)
    return tuple(_next_value(values) if number == DYNAMIC else number for number in static)


def static(sizes: Sequence[Size] | None) -> tuple[int, ...] | None:
    """The list where it is all numbers, else None."""
    numbers = [size for size in sizes or () if isinstance(size, int)]
    return tuple(numbers) if sizes is not None and len(numbers) == len(sizes) else None


def listed(op: Op, group: Group) -> tuple[Size, ...]:
    """The elements of one bracketed list."""
    return tuple(_size(op, item) for item in group.items if item.kind != "COMMA")


def _size(op: Op, item: Item) -> Size:
    if isinstance(item, Group):
        return None
    if item.kind == "USE":
        operand = _operand_at(op, item.start)
        return operand.value if operand is not None else None
    return _number(item.text) if item.kind == "NUMBER" else None


def _number(text: str) -> int | None:
    try:
        return int(text, 0)
    except ValueError:
        return None


def _operand_at(op: Op, place: int) -> Operand | None:
    """The operand that stands at a place of the op's shape."""
    return next((operand for operand, at in zip(op.operands, op.shape.use_places) if at == place), None)


def _next_value(operands: Iterator[Operand]) -> Value | None:
    operand = next(operands, None)
    return operand.value if operand is not None else None


def _after(items: Sequence[Item], word: str, kind: str) -> Group | None:
    """The group of a kind that follows `word`, an equal sign between them or not."""
    for i, item in enumerate(items):
        if not isinstance(item, Leaf) or item.text != word:
            continue
        at = i + 2 if i + 1 < len(items) and items[i + 1].kind == "EQUAL" else i + 1
        group = items[at] if at < len(items) else None
        if isinstance(group, Group) and group.kind == kind:
            return group
    return None
