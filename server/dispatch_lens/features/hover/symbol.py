"""Hover of a symbol: the line that defines it, here or in another section, and how often it is named."""

from __future__ import annotations

from dispatch_lens.features import names
from dispatch_lens.features.hover.place import Place
from dispatch_lens.features.names import Definition
from dispatch_lens.text import Range

LONGEST_LINE = 400


def markdown(place: Place) -> str:
    """The hover of the symbol at the place."""
    found = names.definition(place.snapshot, place.offset, place.token.text)
    if found is not None:
        count = sum(1 for _ in names.references(place.snapshot, found)) - 1
        return f"{_line(place, found)}\n\n{_named(count)}"
    elsewhere = names.symbol_elsewhere(place.snapshot, place.offset, place.token.text)
    if elsewhere is None:
        return f"`{place.token.text}`: defined outside this text"
    return f"{_line(place, elsewhere)}\n\ndefined in another section, {place.link(elsewhere.range.start)}"


def _line(place: Place, found: Definition) -> str:
    line = place.snapshot.line_range(place.snapshot.line_of(found.range.start))
    text = place.snapshot.slice(Range(line.start, min(line.end, line.start + LONGEST_LINE))).strip()
    more = " …" if line.end - line.start > LONGEST_LINE else ""
    return f"```mlir\n{text.removesuffix('{').rstrip()}{more}\n```"


def _named(count: int) -> str:
    return (
        "not named elsewhere in its section"
        if count < 1
        else f"named {'once' if count == 1 else f'{count} times'} in its section"
    )
