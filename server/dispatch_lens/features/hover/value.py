"""Hover of an SSA value: its type with the shape in words, what defines it, who uses it, the dispatch that it belongs to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from dispatch_lens.features import names, units
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.features.hover import type as type_hover
from dispatch_lens.features.hover.place import Place, value_of
from dispatch_lens.features.names import Definition
from dispatch_lens.ir import linalg, type_parser, types
from dispatch_lens.ir.lower import type_prefix
from dispatch_lens.ir.value import Value
from dispatch_lens.text import Range

MOST_NAMED = 120
"""Places of a name beyond which they are only counted: telling which of them are this value costs a look at each."""


def markdown(place: Place) -> str:
    """The hover of the value at the place."""
    name, _, member = place.token.text.partition("#")
    found = names.definition(place.snapshot, place.offset, name)
    value = _member(value_of(place.snapshot, found), int(member or 0)) if found is not None else None
    type_ = value.type if value is not None else _type_without_op(place, found)
    head = f"```mlir\n{place.token.text}{f' : {type_}' if type_ is not None else ''}\n```"
    lines = [head, type_hover.words(type_) if type_ is not None else "", *_facts(place, found, value)]
    return "\n\n".join(line for line in lines if line)


def _member(value: Value | None, member: int) -> Value | None:
    if value is None or value.op is None or not member:
        return value
    group = [one for one in value.op.results if one.name == value.name]
    return group[member] if member < len(group) else None


def _type_without_op(place: Place, found: Definition | None) -> types.Type | None:
    """The type of a block's argument where the block's op is too large to lower, or that the use states."""
    if found is None:
        return _type_at_use(place)
    line = place.snapshot.line_range(place.snapshot.line_of(found.range.start))
    after = place.snapshot.slice(Range(found.range.end, line.end))
    if not after.lstrip().startswith(":"):
        return None
    text = type_prefix(after, after.index(":") + 2)
    aliases = units.aliases_in(place.snapshot, found.range.start, text)
    return type_parser.parse_type(aliases.get(text, text))


def _type_at_use(place: Place) -> types.Type | None:
    if place.op is None or place.unit is None:
        return None
    at = place.offset - place.unit.start
    operand = next((one for one in place.op.operands if one.range.start <= at < one.range.end), None)
    return place.op.operand_type(operand.index) if operand is not None else None


def _facts(place: Place, found: Definition | None, value: Value | None) -> Iterator[str]:
    if found is None:
        yield "defined outside this text"
        elsewhere = names.value_elsewhere(place.snapshot, place.offset, place.token.text.partition("#")[0])
        if elsewhere is not None:
            yield f"another section defines a value of this name, {place.link(elsewhere.start)}"
        return
    yield _definer(place, found, value)
    yield _element(value)
    yield _uses(place, found)
    dispatch = place.dispatch
    if dispatch is not None:
        yield f"in dispatch #{dispatch.ordinal}: {dispatch.summary}"


def _definer(place: Place, found: Definition, value: Value | None) -> str:
    line = place.line(found.range.start)
    if value is not None and value.op is not None:
        which = f"result {value.index} of " if len(value.op.results) > 1 else ""
        return f"{which}`{value.op.name}` (line {line})"
    if found.is_argument:
        owner = value.block.region.op.name if value is not None and value.block is not None else None
        nth = f" {value.index}" if value is not None else ""
        return f"argument{nth} of {f'`{owner}`' if owner else 'a block'} (line {line})"
    return f"defined in line {line}"


def _element(value: Value | None) -> str:
    """The operand whose elements an argument of a linalg op's body stands for, and how it is walked."""
    if value is None or value.block is None:
        return ""
    op = linalg.structured(value.block.region.op)
    if op is None or value not in op.body_arguments or value.index >= len(op.operands):
        return ""
    operand = op.operands[value.index]
    of = op.map_of(operand)
    role = f"in {value.index}" if value.index < len(op.ins) else f"init {value.index - len(op.ins)}"
    walked = f", walked by `{map_hover.walked_dims(of)}`: {map_hover.in_short(of, op, operand)}" if of is not None else ""
    return f"an element of {role} `{operand.value.name}` : `{linalg.type_of(operand) or '?'}`{walked}"


def _uses(place: Place, found: Definition) -> str:
    named = sum(1 for _ in islice(names.occurrences(place.snapshot, found.name, found.scope), MOST_NAMED + 1))
    if named > MOST_NAMED:
        return f"named more than {MOST_NAMED} times in its region"
    uses = [one for one in names.references(place.snapshot, found) if one != found.range]
    if not uses:
        return "not used"
    times = "once" if len(uses) == 1 else f"{len(uses)} times"
    lines = [place.line(use.start) for use in uses]
    counted = Counter(lines)
    shown = ", ".join(f"{line}" for line in list(counted)[:8])
    more = ", …" if len(counted) > 8 else ""
    return f"used {times}, in line{'s' if len(counted) > 1 else ''} {shown}{more}{_users(place, uses[:4])}"


def _users(place: Place, uses: list[Range]) -> str:
    ops = [unit.op_at(use.start) for use in uses if (unit := units.unit_at(place.snapshot, use.start)) is not None]
    found = dict.fromkeys(op.name for op in ops if op is not None)
    return f" (by {', '.join(f'`{name}`' for name in found)})" if found else ""
