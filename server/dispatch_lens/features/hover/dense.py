"""Hover of a literal: the shape, the splat, the size of what `dense<…>` and `dense_resource<…>` hold."""

from __future__ import annotations

from dispatch_lens.features.hover import type as type_hover
from dispatch_lens.features.hover.place import Place
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import types


def markdown(place: Place) -> str | None:
    """The hover of the literal at the place, read from its op's attributes; None where it cannot be told."""
    if place.op is None:
        return None
    found = next((one for one in place.op.attributes.values() if _is_literal(one)), None)
    if isinstance(found, attrs.DenseElementsAttr):
        return _elements(found)
    if isinstance(found, attrs.DenseResourceAttr):
        held = "left out by the printer" if found.key == "__elided__" else f"the resource `{found.key}`"
        return _joined("`dense_resource`", type_hover.words(found.type), held)
    return None


def _is_literal(attribute: attrs.Attribute) -> bool:
    return isinstance(attribute, (attrs.DenseElementsAttr, attrs.DenseResourceAttr))


def _elements(of: attrs.DenseElementsAttr) -> str:
    splat = f"every element is {_number(of.splat)}" if of.splat is not None else ""
    kind = {"elided": "left out by the printer", "hex": "as bytes"}.get(of.kind, "")
    inner = types.shaped(of.type)
    numbers = [str(value) for value in of.values or () if isinstance(value, (int, float))]
    span = f"from {min(numbers, key=float)} to {max(numbers, key=float)}" if len(numbers) > 1 and of.splat is None else ""
    return _joined(f"`dense` {type_hover.words(of.type)}" if inner is not None else f"`{of.type}`", splat, kind, span)


def _number(value: object) -> str:
    return f"`{value}`"


def _joined(*lines: str) -> str:
    return "\n\n".join(line for line in lines if line)
