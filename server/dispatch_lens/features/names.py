"""Where a name is defined and used: values and blocks in their regions, symbols and aliases in their section.

Everything is found from the text around the place: the function for values and blocks, a string search of the section for the
others. A name that the section does not define may be defined by another one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from dispatch_lens.features import nesting, units
from dispatch_lens.features.levels import Around, OpMark
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.syntax import scanner
from dispatch_lens.syntax.tree import STRING
from dispatch_lens.text import Range

_WORD_END = r"(?![\w$.\-])"
_SKIPPED = rf"{STRING}|//[^\n]*"
_SYMBOL_OP = r"^[ \t]*(?P<op>[a-z_][\w$]*(?:\.[\w$]+)+|func|module)[ \t]+(?:[a-z_]+[ \t]+)*"
_GENERIC_OP = r'^[ \t]*"(?P<generic_op>[\w$.]+)"\([^\n]*\bsym_name = '
_CALLS = (".call", ".dispatch", ".load", ".store", ".address", ".use")


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined. `op` is the op whose result, argument or symbol it is; `scope` is where it can be used."""

    name: str
    range: Range
    op: OpMark | None
    scope: Range
    is_argument: bool = False


def definition(snapshot: Snapshot, offset: int, name: str) -> Definition | None:
    """The definition of the name as it is used at the place, in the section of the place."""
    if name.startswith("%"):
        return value_definition(snapshot, offset, name.partition("#")[0])
    if name.startswith("^"):
        return _block_definition(snapshot, offset, name)
    if name.startswith("@"):
        return symbol_definition(snapshot, offset, name)
    place = units.alias_place(snapshot, offset, name)
    return None if place is None else Definition(name, Range(place, place + len(name)), None, section(snapshot, offset))


def references(snapshot: Snapshot, of: Definition) -> Iterator[Range]:
    """Every place that names it, the definition too, in text order."""
    places = list(occurrences(snapshot, of.name, of.scope))
    others = _other_definitions(snapshot, of, places) if of.name[0] in "%^" else []
    if any(other.scope == of.scope for other in others):
        yield from (place for place in places if _means(snapshot, place, of))
        return
    for place in places:
        if not any(other.scope.start <= place.start < other.scope.end for other in others):
            yield place


def _means(snapshot: Snapshot, place: Range, of: Definition) -> bool:
    found = definition(snapshot, place.start, of.name)
    return found is not None and found.range == of.range


def occurrences(snapshot: Snapshot, name: str, scope: Range) -> Iterator[Range]:
    """Where the name stands in a range, strings and comments aside."""
    pattern = re.compile(rf"{_SKIPPED}|(?P<hit>{re.escape(name)}{_WORD_END})")
    for index in range(snapshot.chunk_at(scope.start), snapshot.chunk_at(scope.end) + 1):
        text, base = snapshot.chunks[index].ir, snapshot.starts[index]
        if name not in text:
            continue
        for match in pattern.finditer(text):
            place = Range(base + match.start(), base + match.end())
            if match.group("hit") is not None and scope.start <= place.start and place.end <= scope.end:
                yield place


def section(snapshot: Snapshot, offset: int) -> Range:
    """The section that holds the place."""
    chunks = snapshot.section_chunks(snapshot.chunk_at(offset))
    return Range(snapshot.starts[chunks.start], snapshot.starts[chunks.stop])


def _other_definitions(snapshot: Snapshot, of: Definition, places: Iterable[Range]) -> list[Definition]:
    """What defines the same name anew inside the scope, as an isolated region or a pasted text may."""
    found = (definition(snapshot, place.start, of.name) for place in places if place != of.range and _may_define(snapshot, place))
    return list({one.range: one for one in found if one is not None and one.range != of.range}.values())


def _may_define(snapshot: Snapshot, place: Range) -> bool:
    """Whether the place is where names are defined: before an op's name, in a label, in the head of an op with a region."""
    chunk, at = snapshot.chunk_at(place.start), place.start
    events, at = snapshot.chunks[chunk].events, at - snapshot.starts[chunk]
    index = bisect_right(events, (at + 1,))
    before, after = events[index - 1 : index], events[index : index + 1]
    if not before or isinstance(before[0], scanner.Label):
        return True
    if not isinstance(before[0], scanner.Op):
        return False
    if at < before[0].name_start:
        return True
    is_in_head = not after or isinstance(after[0], scanner.Open)
    text = snapshot.chunks[chunk].ir[before[0].name_end : at]
    return is_in_head and not text.rpartition("(")[0].endswith(("ins", "outs"))


# ---------------------------------------------------------------- values and blocks


def value_definition(snapshot: Snapshot, offset: int, name: str) -> Definition | None:
    """The definition of a value: of its region or of one around it, up to an isolated op."""
    state = nesting.around(snapshot, offset)
    own = _own_argument(snapshot, offset, name, state)
    if own is not None:
        return own
    for depth in range(state.depth, -1, -1):
        place = _region(snapshot, offset, state, depth)
        found = _in_region(snapshot, name, place, offset, depth) or _in_head(snapshot, name, state, depth)
        if found is not None:
            return found
        if depth and _op_name(snapshot, state.regions[depth - 1][0]) in ISOLATED:
            return None
    return None


def _op_name(snapshot: Snapshot, op: OpMark) -> str:
    name = snapshot.slice(Range(op.name_start, op.name_end)).strip('"')
    return {"module": "builtin.module", "func": "func.func"}.get(name, name)


def _region(snapshot: Snapshot, offset: int, state: Around, depth: int) -> Range:
    """The region around the place that has this depth; the top of the text for 0."""
    if depth == 0:
        index = snapshot.chunk_at(offset)
        return Range(snapshot.starts[nesting.top_chunk(snapshot, index)], section(snapshot, offset).end)
    open_at = state.regions[depth - 1][1]
    return Range(open_at, nesting.region_end(snapshot, open_at))


def _in_region(snapshot: Snapshot, name: str, scope: Range, offset: int, depth: int) -> Definition | None:
    """The result or block argument of this name that belongs to the region itself; the nearest before the place first."""
    first, here, last = (snapshot.chunk_at(at) for at in (scope.start, offset, scope.end))
    begins = depths(snapshot, offset, last)
    later: Definition | None = None
    for index in [*range(here, first - 1, -1), *range(here + 1, last + 1)]:
        if name not in snapshot.chunks[index].ir or index not in begins:
            continue
        for found in _defined_in_chunk(snapshot, index, name, scope, depth - begins[index]):
            if found.range.start <= offset or (found.op is not None and found.op.start <= offset):
                return found
            later = later or found
        if index > here and later is not None:
            return later
    return later


def depths(snapshot: Snapshot, offset: int, last: int) -> dict[int, int]:
    """How deep each chunk begins, from the top of the text around the place to chunk `last`."""
    found: dict[int, int] = {}
    depth = 0
    for index in range(nesting.top_chunk(snapshot, snapshot.chunk_at(offset)), last + 1):
        found[index] = depth
        level = snapshot.chunks[index].level
        depth = max(0, depth - level.closes) + len(level.opens)
    return found


def _defined_in_chunk(snapshot: Snapshot, index: int, name: str, scope: Range, depth: int) -> Iterator[Definition]:
    chunk, base = snapshot.chunks[index], snapshot.starts[index]
    for op in reversed(chunk.results.get(name, [])):
        if op.depth == depth and scope.start <= base + op.start < scope.end:
            place = _name_in(chunk.ir, name, op.start, op.name_start)
            yield Definition(name, place.shift(base), op.shift(base, 0), scope)
    for label in chunk.level.labels:
        if label.depth != depth or not scope.start <= base + label.start < scope.end:
            continue
        place = _name_in(chunk.ir, name, label.start, label.end)
        if place.end > place.start:
            yield Definition(name, place.shift(base), None, scope, is_argument=True)


def _name_in(text: str, name: str, start: int, end: int) -> Range:
    match = re.compile(re.escape(name) + _WORD_END).search(text, start, end)
    return Range(match.start(), match.end()) if match is not None else Range(start, start)


def _in_head(snapshot: Snapshot, name: str, state: Around, depth: int) -> Definition | None:
    """The argument of this name that the head of the region's op gives to its region."""
    if depth == 0:
        return None
    op, open_at = state.regions[depth - 1]
    if open_at - op.name_end > units.SMALL * 8 or name not in snapshot.slice(Range(op.name_end, max(op.name_end, open_at))):
        return None
    place = next(_head_arguments(snapshot, name, op, state, depth - 1), None)
    if place is None:
        return None
    return Definition(name, place, op, Range(op.start, nesting.region_end(snapshot, open_at)), is_argument=True)


def _own_argument(snapshot: Snapshot, offset: int, name: str, state: Around) -> Definition | None:
    """The argument that the head which holds the place defines right there."""
    op = state.last
    if op is None or offset < op.name_end:
        return None
    place = next((one for one in _head_arguments(snapshot, name, op, state, state.depth) if one.start == offset), None)
    if place is None:
        return None
    open_at = next(
        (at for at, _ in nesting.events_after(snapshot, op.name_end) if snapshot.slice(Range(at, at + 1)) == "{"), offset
    )
    return Definition(name, place, op, Range(op.start, nesting.region_end(snapshot, open_at)), is_argument=True)


def _head_arguments(snapshot: Snapshot, name: str, op: OpMark, state: Around, depth: int) -> Iterator[Range]:
    """Where the op's head defines arguments of this name."""
    unit = units.unit_of(snapshot, op, [outer for outer, _ in state.regions[:depth]])
    return (unit.place(value.range) for value in chain.from_iterable(unit.arguments) if value.name == name)


def _block_definition(snapshot: Snapshot, offset: int, name: str) -> Definition | None:
    state = nesting.around(snapshot, offset)
    scope = _region(snapshot, offset, state, state.depth)
    pattern = re.compile(rf"(?:\n[ \t]*|\{{\s*)({re.escape(name)}){_WORD_END}\s*[:(]")
    text = snapshot.slice(Range(max(0, scope.start - 1), scope.end))
    match = pattern.search(text)
    if match is None:
        return None
    place = Range(match.start(1), match.end(1)).shift(max(0, scope.start - 1))
    return Definition(name, place, None, scope)


# ---------------------------------------------------------------- symbols


def symbol_definition(snapshot: Snapshot, offset: int, name: str) -> Definition | None:
    """The first op of the section that defines the symbol; for `@outer::@name`, the first one inside or after `@outer`."""
    scope = section(snapshot, offset)
    outer = _outer_symbol(snapshot, offset)
    around = _first_symbol_op(snapshot, outer, scope) if outer is not None else None
    inside = Range(around.range.start, scope.end) if around is not None else scope
    return _first_symbol_op(snapshot, name, inside)


def symbol_elsewhere(snapshot: Snapshot, offset: int, name: str) -> Definition | None:
    """The definition of the symbol in another section: the nearest one before the place, else the first after it."""
    own = section(snapshot, offset)
    before = _last_symbol_op(snapshot, name, Range(0, own.start))
    return before or _first_symbol_op(snapshot, name, Range(own.end, snapshot.length))


def value_elsewhere(snapshot: Snapshot, offset: int, name: str) -> Range | None:
    """A result of this name in another section: in the nearest one before the place, else in the first after it."""
    own = snapshot.section_chunks(snapshot.chunk_at(offset))
    pattern = re.compile(rf"^[ \t]*(?:%[\w$.\-]+(?::\d+)?,\s*)*(?P<value>{re.escape(name)})(?::\d+)?\s*=(?!=)", re.MULTILINE)
    for index in [*range(own.start - 1, -1, -1), *range(own.stop, len(snapshot.chunks))]:
        match = pattern.search(snapshot.chunks[index].ir) if name in snapshot.chunks[index].ir else None
        if match is not None:
            return Range(*match.span("value")).shift(snapshot.starts[index])
    return None


def _outer_symbol(snapshot: Snapshot, offset: int) -> str | None:
    line = snapshot.line_range(snapshot.line_of(offset))
    before = snapshot.slice(Range(max(line.start, offset - 512), min(line.end, offset + 1)))
    match = re.search(r"(@[\w$.\-]+)::@?[\w$.\-]*$", before)
    return match.group(1) if match is not None else None


def _first_symbol_op(snapshot: Snapshot, name: str, scope: Range) -> Definition | None:
    return next(_symbol_ops(snapshot, name, scope), None)


def _last_symbol_op(snapshot: Snapshot, name: str, scope: Range) -> Definition | None:
    return next(reversed(tuple(_symbol_ops(snapshot, name, scope))), None)


def _symbol_ops(snapshot: Snapshot, name: str, scope: Range) -> Iterator[Definition]:
    if scope.end <= scope.start:
        return
    bare = re.escape(name[1:].strip('"'))
    pattern = re.compile(
        rf"{_SYMBOL_OP}(?P<symbol>{re.escape(name)}){_WORD_END}(?!::)|{_GENERIC_OP}\"(?P<generic_symbol>{bare})\"", re.MULTILINE
    )
    for index in range(snapshot.chunk_at(scope.start), snapshot.chunk_at(scope.end - 1) + 1):
        text, base = snapshot.chunks[index].ir, snapshot.starts[index]
        if name[1:].strip('"') not in text:
            continue
        for match in pattern.finditer(text):
            form = "" if match.group("op") is not None else "generic_"
            place, op = (Range(*match.span(f"{form}{part}")).shift(base) for part in ("symbol", "op"))
            if scope.start <= place.start < scope.end and not match.group(f"{form}op").endswith(_CALLS):
                yield Definition(name, place, OpMark(op.start, op.start, op.end, 0), section(snapshot, place.start))
