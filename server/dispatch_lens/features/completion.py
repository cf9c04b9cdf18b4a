"""Completion: ops, values in scope, symbols, aliases, types, maps and options, told from the line up to the place.

Nothing is parsed but what stands before the word that is being written, so that a half-typed op and a broken line below do
not matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import chain, islice, permutations
from typing import NamedTuple

from dispatch_lens import rules
from dispatch_lens.features import attribute_names, names, nesting, units
from dispatch_lens.features.levels import Around, result_names
from dispatch_lens.features.snapshot import Chunk, Snapshot
from dispatch_lens.ir import affine, known_ops
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.text import Range

MOST = 400
MOST_TYPED = 40
"""Ops whose results are told with their types, the nearest: each is read for it."""
NEAR_CHUNKS = 8
_WORD = re.compile(r"(?:affine_map<[^>\n]*(?:->[^>\n]*)?|[%@#!^]?[\w$.\-]*)$")
_TYPES = re.compile(r"\b(?:tensor|memref|vector)<[^<>\n]{1,80}>")
_SYMBOLS = re.compile(r"^[ \t]*[a-z_][\w$]*(?:\.[\w$]+)+[ \t]+(?:[a-z_]+[ \t]+)*(@[\w$.\-]+)", re.MULTILINE)
_AFTER_TYPE = re.compile(r"(?::|->|,|\(|<)\s*$")
_OP_PLACE = re.compile(r'(?:^|=)\s*"?$')
_MAP = re.compile(r"affine_map<\(([^)]*)\)|(#[A-Za-z_][\w$]*)")
_LABEL_ARGUMENT = re.compile(r"(%[\w$.\-]+)\s*:\s*([^,)]+)")
_ELEMENTS = ("f32", "f16", "bf16", "i8", "i32", "i64", "i1", "index", "tensor<", "vector<", "memref<")


class Item(NamedTuple):
    """One proposal: `kind` is value, op, dialect, symbol, alias, type, map, attribute, keyword or flag."""

    text: str
    kind: str
    detail: str = ""


class Completion(NamedTuple):
    """The proposals, and the range of the word that they replace."""

    range: Range
    items: tuple[Item, ...]


def completions(snapshot: Snapshot, offset: int) -> Completion:
    """What may stand at the place, the likeliest first."""
    line = snapshot.line_range(snapshot.line_of(offset))
    before = snapshot.slice(Range(max(line.start, offset - 2000), offset))
    match = _WORD.search(before)
    word = match.group() if match is not None else ""
    lead = before[: len(before) - len(word)]
    fitting = (
        item for item in _items(snapshot, offset, word, lead) if item.text.startswith(word[:1] if word[:1] in "%@#!^" else "")
    )
    return Completion(Range(offset - len(word), offset), tuple(islice(_distinct(fitting, word), MOST)))


def _distinct(items: Iterator[Item], word: str) -> Iterator[Item]:
    seen: set[str] = set()
    for item in items:
        if item.text not in seen and item.text != word:
            seen.add(item.text)
            yield item


def _items(snapshot: Snapshot, offset: int, word: str, lead: str) -> Iterator[Item]:
    if "//" in lead or word.startswith("--"):
        yield from _flags(lead)
    elif word.startswith("%"):
        yield from _values(snapshot, offset - len(word))
    elif word.startswith("@"):
        yield from _symbols(snapshot, offset)
    elif word.startswith(("#", "!")):
        yield from _map_aliases(snapshot, offset, _loops(snapshot, offset, lead))
        yield from _aliases(snapshot, offset, word[0])
    elif word.startswith("^"):
        yield from _labels(snapshot, offset)
    elif word.startswith("affine_map<") or _is_open("indexing_maps", lead):
        yield from _maps(snapshot, offset, lead)
    elif _is_open("iterator_types", lead):
        quote = "" if lead.endswith('"') else '"'
        yield from (Item(f"{quote}{kind}{quote}", "keyword") for kind in ("parallel", "reduction", "window"))
    elif _OP_PLACE.search(lead):
        yield from _ops(snapshot, offset, word)
    elif (op := attribute_names.op_with_attribute_at_end(lead)) is not None:
        yield from _attributes(snapshot, offset, op)
    elif _AFTER_TYPE.search(lead):
        yield from _types(snapshot, offset)


def _flags(lead: str) -> Iterator[Item]:
    if "dispatch-lens: ignore[" in lead:
        yield from (Item(rule.name, "keyword", rule.severity.value) for rule in rules.ALL)
        return
    from dispatch_lens.flags import table

    for option in table.ALL:
        spelled = table.spelled(option, table.NEWEST)
        if not isinstance(spelled, table.Absent):
            yield Item(spelled, "flag", option.summary)


def _values(snapshot: Snapshot, offset: int) -> Iterator[Item]:
    """The values that may be used at the place, the innermost region's first."""
    state = nesting.around(snapshot, offset)
    typed = iter(range(MOST_TYPED))
    for depth in range(state.depth, -1, -1):
        within = range(state.regions[depth - 1][1] if depth else 0, _begin_of_op(snapshot, offset, state, depth))
        yield from _values_of_region(snapshot, offset, depth, within, typed)
        if not depth:
            return
        op, _ = state.regions[depth - 1]
        unit = units.unit_of(snapshot, op, [outer for outer, _ in state.regions[: depth - 1]])
        name = unit.module.ops[0].name if unit.module.ops else ""
        for value in chain.from_iterable(unit.arguments[:1]):
            yield Item(value.name, "value", f"{value.type or ''}, argument of {name}".lstrip(", "))
        if name in ISOLATED:
            return


def _begin_of_op(snapshot: Snapshot, offset: int, state: Around, depth: int) -> int:
    """Where the op of this depth begins that holds the place: it does not read its own results."""
    if depth < state.depth:
        return state.regions[depth][0].start
    line = snapshot.line_range(snapshot.line_of(offset))
    return state.last.start if state.last is not None and state.last.start >= line.start else offset


def _values_of_region(snapshot: Snapshot, offset: int, depth: int, within: range, typed: Iterator[int]) -> Iterator[Item]:
    """The values of this depth that are defined in this part of the text."""
    here = snapshot.chunk_at(offset)
    top = max(nesting.top_chunk(snapshot, here), snapshot.chunk_at(within.start))
    depths = names.depths(snapshot, offset, here)
    for index in range(here, top - 1, -1):
        part = range(within.start - snapshot.starts[index], within.stop - snapshot.starts[index])
        yield from _results_in_chunk(snapshot, index, depth - depths.get(index, 0), part, typed)
        yield from _arguments_in_chunk(snapshot.chunks[index], depth - depths.get(index, 0), part)


def _results_in_chunk(snapshot: Snapshot, index: int, depth: int, within: range, typed: Iterator[int]) -> Iterator[Item]:
    """The results of the ops of this depth, the last op first; with their types for as long as `typed` lasts."""
    chunk, base = snapshot.chunks[index], snapshot.starts[index]
    for op in reversed(chunk.level.ops):
        if op.depth != depth or op.start not in within:
            continue
        found = result_names(chunk.ir, op)
        if next(typed, None) is not None:
            yield from _typed_results(snapshot, base + op.name_start, found)
        else:
            yield from (Item(name, "value", chunk.ir[op.name_start : op.name_end]) for name in found)


def _arguments_in_chunk(chunk: Chunk, depth: int, within: range) -> Iterator[Item]:
    for label in chunk.level.labels:
        if label.depth == depth and label.start in within:
            arguments = _LABEL_ARGUMENT.findall(chunk.ir[label.start : label.end])
            yield from (Item(name, "value", type_) for name, type_ in arguments)


def _typed_results(snapshot: Snapshot, place: int, found: list[str]) -> Iterator[Item]:
    """The results of the op whose name stands at the place, with their types."""
    unit = units.unit_at(snapshot, place)
    op = unit.op_at(place) if unit is not None else None
    types = {value.name: str(value.type) for value in op.results if value.type is not None} if op is not None else {}
    name = op.name if op is not None else ""
    yield from (Item(one, "value", f"{types[one]} of {name}" if one in types else name) for one in found)


def _symbols(snapshot: Snapshot, offset: int) -> Iterator[Item]:
    for index in _nearest(snapshot, offset, len(snapshot.chunks)):
        if "@" in snapshot.chunks[index].ir:
            yield from (Item(name, "symbol") for name in _SYMBOLS.findall(snapshot.chunks[index].ir))


def _aliases(snapshot: Snapshot, offset: int, mark: str) -> Iterator[Item]:
    for index in snapshot.section_chunks(snapshot.chunk_at(offset)):
        for name in snapshot.chunks[index].aliases:
            if name.startswith(mark):
                detail = units.alias_body(snapshot, offset, name) or ""
                yield Item(name, "alias", detail[:120])


def _labels(snapshot: Snapshot, offset: int) -> Iterator[Item]:
    state = nesting.around(snapshot, offset)
    depths = names.depths(snapshot, offset, snapshot.chunk_at(offset))
    for index in _nearest(snapshot, offset, NEAR_CHUNKS):
        chunk = snapshot.chunks[index]
        for label in chunk.level.labels:
            if label.depth + depths.get(index, 0) == state.depth:
                yield Item(re.split(r"[(:\s]", chunk.ir[label.start : label.end])[0], "keyword", "block")


def _is_open(attribute: str, lead: str) -> bool:
    """Whether the place is in the list that is the attribute's value."""
    return f"{attribute} = [" in lead and "]" not in lead.rpartition(f"{attribute} = [")[2]


def _maps(snapshot: Snapshot, offset: int, lead: str) -> Iterator[Item]:
    """Maps that fit the number of loops; two to four where that is not written yet."""
    loops = _loops(snapshot, offset, lead)
    for rank in [2, 3, 4] if loops is None else [loops]:
        vectors = islice(permutations(range(rank)), 24)
        yield from (Item(str(affine.permutation(vector)), "map", f"permutation {list(vector)}") for vector in vectors)
    yield from _map_aliases(snapshot, offset, loops)


def _loops(snapshot: Snapshot, offset: int, lead: str) -> int | None:
    """How many loops the first map of the list before the place has."""
    first = _MAP.search(lead.rpartition("indexing_maps = [")[2]) if _is_open("indexing_maps", lead) else None
    if first is None:
        return None
    body = units.alias_body(snapshot, offset, first.group(2)) if first.group(2) else first.group()
    dims = _MAP.match(body or "")
    return len(dims.group(1).split(",")) if dims is not None and dims.group(1) else None


def _map_aliases(snapshot: Snapshot, offset: int, loops: int | None) -> Iterator[Item]:
    """The aliases of maps, of this number of loops where it is known."""
    for item in _aliases(snapshot, offset, "#"):
        dims = _MAP.match(item.detail)
        if dims is not None and dims.group(1) and loops in (None, len(dims.group(1).split(","))):
            yield item


def _attributes(snapshot: Snapshot, offset: int, op: str) -> Iterator[Item]:
    yield from (Item(name, "attribute", f"of {op}") for name in attribute_names.asked_for(op))
    for index in _nearest(snapshot, offset, NEAR_CHUNKS):
        carried = attribute_names.carried(op, snapshot.chunks[index].ir)
        yield from (Item(name, "attribute", f"of {op}, seen in this text") for name in carried)


def _ops(snapshot: Snapshot, offset: int, word: str) -> Iterator[Item]:
    """Ops seen near the place, then those that the compilers know: of the dialect once it is written, else dialects."""
    for index in _nearest(snapshot, offset, NEAR_CHUNKS):
        chunk = snapshot.chunks[index]
        for op in chunk.level.ops:
            yield Item(chunk.ir[op.name_start : op.name_end].strip('"'), "op", "seen in this text")
    dialect, dot, _ = word.partition(".")
    if not dot:
        yield from (Item(name, "dialect") for name in known_ops.dialects())
        return
    for name in known_ops.names(dialect):
        yield Item(name, "op", f"IREE {', '.join(known_ops.versions(name))}")


def _types(snapshot: Snapshot, offset: int) -> Iterator[Item]:
    for index in _nearest(snapshot, offset, NEAR_CHUNKS):
        yield from (Item(text, "type") for text in _TYPES.findall(snapshot.chunks[index].ir))
    yield from (Item(element, "type") for element in _ELEMENTS)
    yield from _aliases(snapshot, offset, "!")


def _nearest(snapshot: Snapshot, offset: int, most: int) -> list[int]:
    """The section's chunks by their distance to the place."""
    here = snapshot.chunk_at(offset)
    chunks = snapshot.section_chunks(here)
    window = range(max(chunks.start, here - most), min(chunks.stop, here + most + 1))
    return sorted(window, key=lambda index: abs(index - here))
