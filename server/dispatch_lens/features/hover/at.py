"""Which kind of thing stands at a place, and its hover."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from dispatch_lens.features import names, tokens, units
from dispatch_lens.features.hover import around, attribute, dense, dispatch, flag, header, op, symbol, value
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.features.hover import type as type_hover
from dispatch_lens.features.hover.place import Place
from dispatch_lens.features.overview import Earlier
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.flags import releases
from dispatch_lens.ir import affine, type_parser
from dispatch_lens.ir.module import Op
from dispatch_lens.text import Range

_MAPS = re.compile(r"affine_map<[^\n]*?\)>|#[A-Za-z_][\w$\-]*")
_BRACKET = re.compile(r"<|(?<!-)>")
LONGEST_TYPE = 2048
_BRANCHES = ("entered from the op around it", "a branch leads here")


@dataclass(frozen=True, slots=True)
class Hover:
    """Markdown about a range of the snapshot. Where that is the name of a dispatch's op, the first part is the dispatch."""

    range: Range
    parts: tuple[str, ...]

    @property
    def is_of_dispatch(self) -> bool:
        return len(self.parts) > 1

    @property
    def markdown(self) -> str:
        return "\n\n---\n\n".join(self.parts)

    def with_more_of_dispatch(self, more: str) -> Hover:
        """Where there is more, it stands below the dispatch."""
        return replace(self, parts=(f"{self.parts[0]}\n\n{more}", *self.parts[1:])) if more else self


def hover(snapshot: Snapshot, offset: int, known: Earlier | None = None, settings: Settings | None = None) -> Hover | None:
    """The hover at a place; None where there is nothing to say."""
    named = flag.token_at(snapshot, offset)
    if named is not None:
        version = settings.compiler_version if settings is not None and settings.compiler_version else releases.NEWEST
        told = flag.markdown(named.text, version)
        return Hover(named.range, (told,)) if told else None
    token = tokens.token_at(snapshot, offset)
    if token is None:
        return _around(snapshot, offset, known)
    place = Place(snapshot, token, known)
    told = _KINDS.get(token.kind, _nothing)(place)
    return Hover(token.range, (*_dispatch(place), told)) if told else _around(snapshot, offset, known)


def _around(snapshot: Snapshot, offset: int, known: Earlier | None) -> Hover | None:
    """What holds the place, between tokens too."""
    found = around.around(Place(snapshot, tokens.Token("", "", Range(offset, offset)), known))
    return Hover(found[0], (found[1],)) if found is not None else None


def _nothing(place: Place) -> str | None:
    return None


def _comment(place: Place) -> str | None:
    return header.markdown(place.snapshot, place.snapshot.line_range(place.snapshot.line_of(place.offset)))


def _map(place: Place) -> str | None:
    is_alias = place.token.kind == "alias"
    text = units.alias_body(place.snapshot, place.offset, place.token.text) if is_alias else place.token.text
    found = affine.parse_map(text) if text is not None else None
    if found is None:
        return _other_alias(place.token.text, text) if is_alias and text is not None else None
    structured = place.structured
    if place.op is None or place.unit is None or structured is None:
        return map_hover.plain(found)
    index = _map_index(place.op, place.offset - place.unit.start)
    if index is None or index >= len(structured.operands):
        return map_hover.plain(found)
    return map_hover.of_operand(found, structured, structured.operands[index])


def _other_alias(name: str, text: str) -> str:
    told = attribute.target(text)
    if told is not None:
        return f"**`{name}`**\n\n{told}"
    if name.startswith("!"):
        return f"`{name}`\n\n{type_hover.markdown(type_parser.parse_type(text))}"
    shown = text if len(text) <= LONGEST_TYPE else f"{text[:LONGEST_TYPE]} …"
    return f"```mlir\n{name} = {shown}\n```"


def _map_index(of: Op, offset: int) -> int | None:
    """Which of the op's indexing maps holds the place."""
    text = of.module.text
    start = text.find("indexing_maps", of.range.start, of.range.end)
    if start < 0:
        return None
    for i, match in enumerate(_MAPS.finditer(text, start, of.range.end)):
        if match.start() <= offset <= match.end():
            return i
    return None


def _rest_of_line(place: Place) -> str:
    line = place.snapshot.line_range(place.snapshot.line_of(place.offset))
    return place.snapshot.slice(Range(place.offset, min(line.end, place.offset + LONGEST_TYPE)))


def _bracketed(text: str) -> str:
    """The name that the text begins with, and its `<…>`."""
    depth = 0
    for match in _BRACKET.finditer(text):
        depth += 1 if match.group() == "<" else -1
        if depth <= 0:
            return text[: match.end()]
    return text


def _dialect(place: Place) -> str | None:
    text = _rest_of_line(place)
    return attribute.target(_bracketed(text)) if text.startswith("#") else None


def _block(place: Place) -> str | None:
    found = names.definition(place.snapshot, place.offset, place.token.text)
    if found is None:
        return "defined outside this text"
    line = place.snapshot.line_text(place.snapshot.line_of(found.range.start)).strip()
    count = sum(1 for _ in names.references(place.snapshot, found)) - 1
    return f"```mlir\n{line}\n```\n\n{f'a branch leads here {count} times' if count > 1 else _BRANCHES[count]}"


def _word(place: Place) -> str | None:
    of, unit = place.op, place.unit
    if of is None or unit is None:
        return None
    at = place.offset - unit.start
    if of.name_range.start <= at <= of.name_range.end:
        return op.markdown(of)
    return attribute.markdown(of, place.token.text) or type_hover.element(place.token.text)


def _dispatch(place: Place) -> Iterator[str]:
    """What is known of the dispatch whose op's name is hovered."""
    row, known = place.named_dispatch, place.known
    if row is not None and known is not None:
        yield dispatch.markdown(row, known.overview)


_KINDS: Mapping[str, Callable[[Place], str | None]] = {
    "comment": _comment,
    "value": value.markdown,
    "symbol": symbol.markdown,
    "map": _map,
    "alias": _map,
    "dense": dense.markdown,
    "dialect": _dialect,
    "block": _block,
    "word": _word,
    "string": _word,
}
