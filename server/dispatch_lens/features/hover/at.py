"""Which kind of thing stands at a place, and its hover."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch_lens.features import units
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.features.hover import tokens
from dispatch_lens.features.hover.tokens import Token
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.text import Range

_MAPS = re.compile(r"affine_map<[^\n]*?\)>|#[A-Za-z_][\w$\-]*")


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about a range of the snapshot."""

    range: Range
    markdown: str


def hover(snapshot: Snapshot, offset: int) -> Hover | None:
    """The hover at a place; None where there is nothing to say."""
    token = tokens.token_at(snapshot, offset)
    if token is None:
        return None
    markdown = _markdown(snapshot, token)
    return Hover(token.range, markdown) if markdown else None


def _markdown(snapshot: Snapshot, token: Token) -> str | None:
    if token.kind in ("map", "alias"):
        return _map(snapshot, token)
    return None


def _map(snapshot: Snapshot, token: Token) -> str | None:
    text = token.text if token.kind == "map" else units.alias_body(snapshot, token.range.start, token.text)
    found = affine.parse_map(text) if text is not None else None
    if found is None:
        return f"```mlir\n{token.text} = {text}\n```" if text is not None and token.kind == "alias" else None
    unit = units.unit_at(snapshot, token.range.start)
    op = unit.op_at(token.range.start) if unit is not None else None
    structured = linalg.structured(op) if op is not None else None
    if unit is None or op is None or structured is None:
        return map_hover.plain(found)
    index = _map_index(op, token.range.start - unit.start)
    if index is None or index >= len(structured.operands):
        return map_hover.plain(found)
    return map_hover.of_operand(found, structured, structured.operands[index])


def _map_index(op: Op, offset: int) -> int | None:
    """Which of the op's indexing maps holds the place."""
    text = op.module.text
    start = text.find("indexing_maps", op.range.start, op.range.end)
    if start < 0:
        return None
    for i, match in enumerate(_MAPS.finditer(text, start, op.range.end)):
        if match.start() <= offset <= match.end():
            return i
    return None
