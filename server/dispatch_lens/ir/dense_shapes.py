"""The shape of a `dense<…>` literal against that of its type, told by its brackets and commas: in one pass, without Lark."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch_lens.ir import reading, types
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.syntax.tree import STRING, Group, Item, Leaf
from dispatch_lens.text import Range

_MARK = re.compile(rf'{STRING}|\([^()]*\)|[\[\],]|[^\s\[\],()"]+')


def problems(op: Op) -> Iterator[Problem]:
    """Each literal in the head whose lists are of unlike lengths, or are not those of its type."""
    yield from _in_items(op, op.shape.items)


def _in_items(op: Op, items: tuple[Item, ...]) -> Iterator[Problem]:
    for i, item in enumerate(items):
        if isinstance(item, Group):
            yield from _in_items(op, item.items)
        elif item.kind == "ATTRIBUTE" and item.text.startswith("dense<"):
            yield from _of_literal(op, item, items[i + 1 : i + 3])


def _of_literal(op: Op, literal: Leaf, behind: tuple[Item, ...]) -> Iterator[Problem]:
    place = Range(op.head.offset(literal.start), op.head.offset(literal.start) + len("dense"))
    body = literal.text[len("dense<") : -1]
    if '"' in body:
        return
    found = shape_of(body)
    if found is None:
        yield Problem(place, "the lists of this literal are not of one length")
        return
    typed = [item.kind for item in behind] == ["COLON", "TYPE"]
    type_ = reading.parse_type(op.module, op.head.text(behind[1])) if typed else None
    if not isinstance(type_, (types.TensorType, types.VectorType)) or type_.shape is None or None in type_.shape:
        return
    related = ((op.head.range(behind[1]), f"this is a `{type_}`"),)
    if not body.strip() and 0 not in type_.shape:
        yield Problem(place, f"no elements for a `{type_}`", related)
    elif found and found != type_.shape and body.strip():
        yield Problem(place, f"the literal has the shape {list(found)}, its type {list(type_.shape)}", related)


def shape_of(body: str) -> tuple[int, ...] | None:
    """The shape of nested lists, () for one element; None where lists of one depth differ."""
    lengths: list[int | None] = []
    counts: list[int] = []
    depth: int | None = None
    for match in _MARK.finditer(body):
        mark = match.group()
        if mark == "[":
            counts.append(0)
            lengths += [None] * (len(counts) - len(lengths))
        elif mark == "]":
            count = counts.pop() if counts else None
            if count is None or lengths[len(counts)] not in (None, count):
                return None
            lengths[len(counts)] = count
            _count(counts)
        elif mark != ",":
            if depth not in (None, len(counts)):
                return None
            depth = len(counts)
            _count(counts)
    known = tuple(length for length in lengths if length is not None)
    return known if not counts and len(known) == len(lengths) and depth in (None, len(lengths)) else None


def _count(counts: list[int]) -> None:
    if counts:
        counts[-1] += 1
