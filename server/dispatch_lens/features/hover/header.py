"""Hover of a dump header: which pass, on what, with which options, and what it changed against the section before."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from dispatch_lens.counts import counted
from dispatch_lens.features.hover.place import line_link
from dispatch_lens.features.snapshot import FUNCTION, HEADER, LARGEST, Snapshot
from dispatch_lens.syntax import dump
from dispatch_lens.text import Range

MOST_OPS = 8
_SYMBOL = re.compile(rf"^[ \t]*{FUNCTION}[\w$.\-]+", re.MULTILINE)


def markdown(snapshot: Snapshot, line: Range) -> str | None:
    """The hover of the header in a line; None where the line is none."""
    text = snapshot.slice(line)
    if HEADER not in text:
        return None
    title = dump.parse_header(text[text.index(HEADER) :].rstrip())
    when = "after" if title.after else "before"
    lines = [f"**{when} {title.pass_name}**{f' (`{title.argument}`)' if title.argument else ''}"]
    if title.operation:
        lines.append(f"run on `{title.operation}` {f'`@{title.symbol}`' if title.symbol else ''}; the whole module is printed")
    if title.options:
        lines.append("options: " + ", ".join(f"`{name}={value}`" for name, value in title.options.items()))
    lines += ["the pass failed"] if title.failed else []
    return "\n\n".join([*lines, *_change(snapshot, line)])


def _change(snapshot: Snapshot, line: Range) -> Iterator[str]:
    """What differs from the nearest earlier section that begins with the same function."""
    own = snapshot.section_chunks(snapshot.chunk_at(line.start))
    earlier = _same_before(snapshot, own)
    if earlier is None:
        yield "printed in this form for the first time: there is nothing to compare it with"
        return
    before, after = _body(snapshot, earlier), _body(snapshot, own)
    where = line_link(snapshot, snapshot.starts[earlier.start])
    if before == after:
        yield f"changed nothing since {where}"
        return
    removed, added = set(before.splitlines()), set(after.splitlines())
    yield f"{counted(len(added - removed), 'new line')}, {counted(len(removed - added), 'line')} gone, against {where}"
    yield _ops(_counted(snapshot, earlier), _counted(snapshot, own))


def _ops(before: Counter[str], after: Counter[str]) -> str:
    """The ops whose number changed most."""
    changes = [(name, before[name], after[name]) for name in before | after if before[name] != after[name]]
    changes.sort(key=lambda one: (-abs(one[2] - one[1]), one[0]))
    rows = [f"| `{name}` | {old} | {new} |" for name, old, new in changes[:MOST_OPS]]
    return "\n".join(["| op | before | after |", "|---|---|---|", *rows]) if rows else "as many of each op as before"


def _counted(snapshot: Snapshot, section: range) -> Counter[str]:
    chunks = snapshot.chunks[section.start : section.stop]
    return Counter(chunk.ir[op.name_start : op.name_end].strip('"') for chunk in chunks for op in chunk.level.ops)


def _same_before(snapshot: Snapshot, own: range) -> range | None:
    first = _first_symbol(snapshot, own)
    at = own.start
    while at > 0:
        section = snapshot.section_chunks(at - 1)
        if _first_symbol(snapshot, section) == first:
            return section
        at = section.start
    return None


def _body(snapshot: Snapshot, section: range) -> str:
    text = "".join(chunk.ir for chunk in snapshot.chunks[section.start : section.stop])
    return text.partition("\n")[2].strip()


def _first_symbol(snapshot: Snapshot, section: range) -> str:
    """The op and the symbol that a section begins with, aliases and the module around aside."""
    for at in section:
        match = _SYMBOL.search(snapshot.chunks[at].ir, 0, 4 * LARGEST)
        if match is not None:
            return match.group()
    return ""
