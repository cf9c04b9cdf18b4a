"""Hover of an attribute by its name: its value, with aliases expanded, and in words where it has some."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch_lens.analysis import layouts
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import linalg
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op

LONGEST = 600
_STRING = re.compile(r'"([^"\n]*)"')
_SETTING = re.compile(r'([\w.]+) = ("[^"\n]*"|[^,{}]+)')


def markdown(op: Op, name: str) -> str | None:
    """The hover of the op's attribute of this name; None where it has none."""
    found = op.attributes.get(name)
    if found is None:
        return None
    lines = [f"attribute `{name}` of `{op.name}`", _permutation(name, found) or _shown(found)]
    structured = linalg.structured(op) if name == "indexing_maps" else None
    if structured is not None:
        lines.append("\n".join(_maps(structured)))
    return "\n\n".join(lines)


def _permutation(name: str, found: attrs.Attribute) -> str | None:
    numbers = attrs.ints(found) if name == "permutation" else None
    if numbers is None or sorted(numbers) != list(range(len(numbers))):
        return None
    return f"`{list(numbers)}`: {layouts.words(numbers)}"


def _shown(found: attrs.Attribute) -> str:
    text = str(found)
    return f"```mlir\n{text if len(text) <= LONGEST else f'{text[:LONGEST]} …'}\n```"


def _maps(op: StructuredOp) -> Iterator[str]:
    for operand, of in zip(op.operands, op.indexing_maps):
        yield f"- `{operand.value.name}` walked by `{map_hover.walked_dims(of)}`: {map_hover.in_short(of, op, operand)}"


def target(text: str) -> str | None:
    """The hover of a device or an executable target: its backend and format, and a row a setting; None for another attribute."""
    found = attrs.parse_attribute(text)
    if not isinstance(found, attrs.DialectAttr) or not text.startswith(("#hal.executable.target<", "#hal.device.target<")):
        return None
    head = ", ".join(f"`{word}`" for word in _STRING.findall(text.partition("{")[0].partition("[")[0]))
    rows = [f"| `{name}` | `{value.strip()}` |" for name, value in _SETTING.findall(text)]
    table = "\n".join(["| setting | value |", "|---|---|", *rows]) if rows else ""
    return "\n\n".join(line for line in (f"target {head}", table) if line)
