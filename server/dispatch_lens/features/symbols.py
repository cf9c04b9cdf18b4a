"""The outline: sections, the functions and executables of each, the dispatches of each function. Found without lowering."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_lens.counts import counted
from dispatch_lens.features.levels import OpMark
from dispatch_lens.features.snapshot import HEADER, Snapshot
from dispatch_lens.ir import flow
from dispatch_lens.syntax import dump, outline, scanner
from dispatch_lens.text import Range

_SYMBOL = re.compile(r'[ \t]+(?:[a-z_]+[ \t]+)*(@[\w$.\-]+|@"[^"\n]*")')
_GENERIC_SYMBOL = re.compile(r'"[^\n]*?\bsym_name = "([^"\n]*)"')
_CALLS = (".call", ".load", ".store", ".address")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One entry. `kind` is section, module, function, executable, global or dispatch; `name_range` lies in `range`."""

    name: str
    kind: str
    detail: str
    range: Range
    name_range: Range
    children: tuple[Symbol, ...] = ()


def symbols(snapshot: Snapshot) -> tuple[Symbol, ...]:
    """The outline of the whole text; sections are entries where the text is a dump."""
    sections = [snapshot.section_chunks(start) for start in snapshot.section_starts]
    if len(sections) == 1 and not snapshot.chunks[0].begins_section:
        return tuple(_ops(snapshot, sections[0]))
    return tuple(_section(snapshot, chunks) for chunks in sections if _has_text(snapshot, chunks))


def matching(found: tuple[Symbol, ...], query: str) -> Iterator[Symbol]:
    """The entries, sections and dispatches aside, whose name has the query's letters in their order."""
    letters = re.compile(".*?".join(map(re.escape, query)), re.IGNORECASE)
    for symbol in found:
        if symbol.kind not in ("section", "dispatch") and letters.search(symbol.name):
            yield symbol
        yield from matching(symbol.children, query)


def _has_text(snapshot: Snapshot, chunks: range) -> bool:
    return any(snapshot.chunks[at].ir.strip() for at in chunks)


def _section(snapshot: Snapshot, chunks: range) -> Symbol:
    start, end = snapshot.starts[chunks.start], snapshot.starts[chunks.stop]
    line = snapshot.chunks[chunks.start].first_line
    name, detail = "section", ""
    if HEADER in line:
        title = dump.parse_header(line[line.index(HEADER) :].rstrip())
        name, detail = title.pass_name, "after" if title.after else "before"
    children = tuple(_ops(snapshot, chunks))
    shown = children[0].name if len(children) == 1 else ""
    return Symbol(name, "section", f"{detail} {shown}".strip(), Range(start, end), Range(start, start + len(line)), children)


@dataclass(slots=True)
class _Open:
    """An entry that is being read; `depth` counts the regions around its op."""

    op: OpMark
    name: str
    kind: str
    name_range: Range
    children: list[Symbol]


def _ops(snapshot: Snapshot, chunks: range) -> list[Symbol]:
    stack: list[_Open] = []
    roots: list[Symbol] = []
    depth = 0
    for text, base, event in _events(snapshot, chunks):
        if isinstance(event, scanner.Open):
            depth += 1
        elif isinstance(event, scanner.Close):
            depth = max(0, depth - 1)
            _close(snapshot, stack, roots, depth + 1, base + event.at)
        elif isinstance(event, scanner.Op):
            _close(snapshot, stack, roots, depth, base + event.start)
            opened = _entry(text, event, base, depth)
            stack += [opened] if opened is not None and len(stack) < outline.DEEPEST else []
    _close(snapshot, stack, roots, 0, snapshot.starts[chunks.stop])
    return roots


def _events(snapshot: Snapshot, chunks: range) -> Iterator[tuple[str, int, scanner.Event]]:
    """Each event with the text that it tells of and where that begins."""
    for at in chunks:
        chunk, base = snapshot.chunks[at], snapshot.starts[at]
        yield from ((chunk.ir, base, event) for event in chunk.events)


def _close(snapshot: Snapshot, stack: list[_Open], roots: list[Symbol], depth: int, end: int) -> None:
    """What is open as deep as `depth` or deeper ends: it becomes a child of what is around it, else a root."""
    while stack and stack[-1].op.depth >= depth:
        done = stack.pop()
        detail, children = _detail(snapshot, done), tuple(done.children)
        entry = Symbol(done.name, done.kind, detail, Range(done.op.start, end), done.name_range, children)
        (stack[-1].children if stack else roots).append(entry)


def _entry(text: str, event: scanner.Op, base: int, depth: int) -> _Open | None:
    name = text[event.name_start : event.name_end].strip('"')
    op = OpMark(base + event.start, base + event.name_start, base + event.name_end, depth)
    place = Range(op.name_start, op.name_end)
    if name in flow.DISPATCHES:
        result = text[event.start : event.name_start].partition("=")[0].partition(",")[0].partition(":")[0].strip()
        shown = Range(op.start, op.start + len(result)) if result else place
        return _Open(op, result or name, "dispatch", shown, [])
    symbol = _symbol(text, event)
    if name in ("module", "builtin.module"):
        return _Open(op, symbol[0] if symbol is not None else "module", "module", place, [])
    if event.start != event.name_start or name.endswith(_CALLS):
        return None
    if symbol is None:
        return _Open(op, name, "function", place, []) if name.endswith(".initializer") else None
    return _Open(op, symbol[0], _kind(name), symbol[1].shift(base), [])


def _symbol(text: str, event: scanner.Op) -> tuple[str, Range] | None:
    """The name with its `@` of an op that defines a symbol, and where it stands; in the generic form it is a property."""
    found = _SYMBOL.match(text, event.name_end)
    if found is not None:
        return found.group(1), Range(*found.span(1))
    found = _GENERIC_SYMBOL.match(text, event.name_end - 1) if text[event.name_start] == '"' else None
    return (f"@{found.group(1)}", Range(*found.span(1))) if found is not None else None


def _kind(name: str) -> str:
    last = name.rpartition(".")[2]
    if last in ("func", "initializer"):
        return "function"
    return "global" if "global" in last else "executable" if "executable" in name else last


def _detail(snapshot: Snapshot, of: _Open) -> str:
    if of.kind == "function":
        count = sum(child.kind == "dispatch" for child in of.children)
        return counted(count, "dispatch") if count else ""
    return snapshot.slice(Range(of.op.name_start, of.op.name_end)) if of.kind == "dispatch" else ""
