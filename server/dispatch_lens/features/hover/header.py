"""Hover of a dump header: which pass, on what, with which options, and what it changed against the section before."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.features.snapshot import HEADER, Snapshot
from dispatch_lens.syntax import dump
from dispatch_lens.text import Range


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
    index = snapshot.chunk_at(line.start)
    own = snapshot.section_chunks(index)
    earlier = _same_before(snapshot, own)
    if earlier is None:
        return
    before, after = _body(snapshot, earlier), _body(snapshot, own)
    if before == after:
        yield "changed nothing"
        return
    removed, added = set(before.splitlines()), set(after.splitlines())
    against = snapshot.first_lines[earlier.start] + 1
    yield f"{len(added - removed)} lines are new and {len(removed - added)} are gone, against line {against}"


def _same_before(snapshot: Snapshot, own: range) -> range | None:
    first = _first_text_line(_body(snapshot, own))
    at = own.start
    while at > 0:
        section = snapshot.section_chunks(at - 1)
        if _first_text_line(_body(snapshot, section)) == first:
            return section
        at = section.start
    return None


def _body(snapshot: Snapshot, section: range) -> str:
    text = "".join(chunk.text for chunk in snapshot.chunks[section.start : section.stop])
    return text.partition("\n")[2]


def _first_text_line(body: str) -> str:
    symbol = body[:4000].partition("@")[2]
    return symbol.partition("(")[0][:200]
