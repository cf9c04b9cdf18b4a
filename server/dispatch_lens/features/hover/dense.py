"""Hover of a literal: the shape, the splat, the size of what `dense<…>` and `dense_resource<…>` hold."""

from __future__ import annotations

from dispatch_lens.features.hover import type as type_hover
from dispatch_lens.features.hover.place import Place
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import types
from dispatch_lens.ir.lower import type_prefix
from dispatch_lens.text import Range

LONGEST = 20_000
"""Code points of a literal that is read where it is no attribute by name."""


def markdown(place: Place) -> str | None:
    """The hover of the literal at the place, read from its op's attributes; None where it cannot be told."""
    held = [one for one in place.op.attributes.values() if _is_literal(one)] if place.op is not None else []
    found = held[0] if len(held) == 1 else _written(place)
    if isinstance(found, attrs.DenseElementsAttr):
        return _elements(found)
    if isinstance(found, attrs.DenseResourceAttr):
        key = "left out by the printer" if found.key == "__elided__" else f"the resource `{found.key}`"
        return _joined("`dense_resource`", type_hover.words(found.type), key)
    return None


def _written(place: Place) -> attrs.Attribute | None:
    """The literal as it stands in the line, up to its type."""
    line = place.snapshot.line_range(place.snapshot.line_of(place.offset))
    text = place.snapshot.slice(Range(place.offset, min(line.end, place.offset + LONGEST)))
    literal = type_prefix(text, 0)
    rest = text[len(literal) :]
    if not rest.startswith(" : "):
        return None
    return attrs.parse_attribute(f"{literal} : {type_prefix(rest, 3)}")


def _is_literal(attribute: attrs.Attribute) -> bool:
    return isinstance(attribute, (attrs.DenseElementsAttr, attrs.DenseResourceAttr))


def _elements(of: attrs.DenseElementsAttr) -> str:
    splat = f"every element is {_number(of.splat)}" if of.splat is not None else ""
    kind = {"elided": "left out by the printer", "hex": "as bytes"}.get(of.kind, "")
    inner = types.shaped(of.type)
    numbers = [str(value) for value in of.values or ()]
    span = f"from {min(numbers, key=float)} to {max(numbers, key=float)}" if len(numbers) > 1 and of.splat is None else ""
    return _joined(f"`dense` {type_hover.words(of.type)}" if inner is not None else f"`{of.type}`", splat, kind, span)


def _number(value: object) -> str:
    return f"`{value}`"


def _joined(*lines: str) -> str:
    return "\n\n".join(line for line in lines if line)
