"""What holds a place whose own token says nothing: a reassociation, a type, the value of an attribute."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch_lens.features import units
from dispatch_lens.features.hover import attribute, reassociation
from dispatch_lens.features.hover import type as type_hover
from dispatch_lens.features.hover.place import Place
from dispatch_lens.ir import type_parser, types
from dispatch_lens.ir.lower import type_prefix
from dispatch_lens.text import Range

FARTHEST = 2048
"""Code points to either side of the place that are looked at."""
_TYPE = re.compile(r"(?=\b(?:tensor|vector|memref)<|![A-Za-z_][\w$.\-]*<)")
_NAMED = re.compile(r"([A-Za-z_][\w$.]*)(?: = |(?=\[))")


def around(place: Place) -> tuple[Range, str] | None:
    """The innermost of them that has something to say, with its range."""
    found = (one for tell in (_reassociation, _types, _attributes) for one in tell(place))
    return next(found, None)


def _reassociation(place: Place) -> Iterator[tuple[Range, str]]:
    of, unit = place.op, place.unit
    if of is None or unit is None or not of.name.endswith(("expand_shape", "collapse_shape")):
        return
    start = of.module.text.find("[", of.name_range.end)
    end = of.module.text.find("]]", start) + 2
    told = reassociation.of_op(of)
    if told and start <= place.offset - unit.start <= end:
        yield Range(start, end).shift(unit.start), told


def _types(place: Place) -> Iterator[tuple[Range, str]]:
    for range_, text in _holding(place, _TYPE):
        aliases = units.aliases_in(place.snapshot, place.offset, text)
        found = type_parser.parse_type(aliases.get(text, text))
        if types.shaped(found) is not None:
            yield range_, type_hover.markdown(found)


def _attributes(place: Place) -> Iterator[tuple[Range, str]]:
    if place.op is None:
        return
    for range_, text in _holding(place, _NAMED):
        told = attribute.markdown(place.op, text.partition(" = ")[0].partition("[")[0])
        if told is not None:
            yield range_, told


def _holding(place: Place, pattern: re.Pattern[str]) -> Iterator[tuple[Range, str]]:
    """What begins as the pattern says and holds the place, the nearest begin first; to the end of its brackets."""
    line = place.snapshot.line_range(place.snapshot.line_of(place.offset))
    start, end = max(line.start, place.offset - FARTHEST), min(line.end, place.offset + FARTHEST)
    text = place.snapshot.slice(Range(start, end))
    at = place.offset - start
    for match in reversed([one for one in pattern.finditer(text) if one.start() <= at]):
        found = match[0] + type_prefix(text, match.end())
        if at <= match.start() + len(found):
            yield Range(start + match.start(), start + match.start() + len(found)), found
