"""Hover of an attribute by its name: its value, with aliases expanded, and in words where it has some."""

from __future__ import annotations

from dispatch_lens.analysis import layouts
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir.module import Op

LONGEST = 600


def markdown(op: Op, name: str) -> str | None:
    """The hover of the op's attribute of this name; None where it has none."""
    found = op.attributes.get(name)
    if found is None:
        return None
    text = str(found)
    shown = text if len(text) <= LONGEST else f"{text[:LONGEST]} …"
    lines = [f"attribute `{name}` of `{op.name}`", f"```mlir\n{shown}\n```"]
    numbers = attrs.ints(found)
    if name == "permutation" and numbers is not None and sorted(numbers) == list(range(len(numbers))):
        lines.append(f"`{list(numbers)}`: {layouts.words(numbers)}")
    if isinstance(found, attrs.ArrayAttr):
        maps = [one.map for one in found.elements if isinstance(one, attrs.AffineMapAttr)]
        lines += [f"- {i}: {words}" for i, of in enumerate(maps) if (words := map_hover.permutation_words(of)) is not None]
    return "\n\n".join(lines)
