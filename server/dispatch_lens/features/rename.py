"""Rename a value, block, symbol or alias within its scope. What this text does not define is not renamed."""

from __future__ import annotations

import re

from dispatch_lens.features import definition, names, tokens
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.text import Edit, Range

_NAMES = {
    "%": re.compile(r"%(?:\d+|[A-Za-z_$.\-][\w$.\-]*)"),
    "^": re.compile(r"\^(?:\d+|[A-Za-z_$.\-][\w$.\-]*)"),
    "@": re.compile(r'@(?:[A-Za-z_][\w$.]*|"[^"\n]*")'),
    "#": re.compile(r"#[A-Za-z_][\w$]*"),
    "!": re.compile(r"![A-Za-z_][\w$]*"),
}


class RenameError(ValueError):
    """The rename cannot be made; the message is for the person who asked."""


def renamable(snapshot: Snapshot, offset: int) -> Range | None:
    """The range of the name at the place, if it can be renamed."""
    token = tokens.token_at(snapshot, offset)
    found = definition.definition_here(snapshot, offset)
    if token is None or found is None or snapshot.slice(found.range) != found.name:
        return None
    return Range(token.range.start, token.range.start + len(found.name))


def rename(snapshot: Snapshot, offset: int, new_name: str) -> tuple[Edit, ...]:
    """The edits. `new_name` may leave its `%`, `^`, `@`, `#`, `!` out. Raises RenameError."""
    found = definition.definition_here(snapshot, offset)
    if found is None:
        raise RenameError("this name is not defined here")
    if snapshot.slice(found.range) != found.name:
        raise RenameError("its definition is in generic form")
    mark = found.name[0]
    name = new_name if new_name.startswith(mark) else mark + new_name
    if _NAMES[mark].fullmatch(name) is None:
        raise RenameError(f"`{name}` is not a name in MLIR")
    if name == found.name:
        return ()
    _check_free(snapshot, found, name)
    return tuple(Edit(place, name) for place in names.references(snapshot, found))


def _check_free(snapshot: Snapshot, found: names.Definition, name: str) -> None:
    if mark_is_local(name):
        taken = next(names.occurrences(snapshot, name, found.scope), None)
    else:
        other = names.definition(snapshot, found.range.start, name)
        taken = other.range if other is not None else None
    if taken is not None:
        raise RenameError(f"`{name}` is already used in line {snapshot.line_of(taken.start) + 1}")


def mark_is_local(name: str) -> bool:
    """Whether the name belongs to a region: values and blocks."""
    return name.startswith(("%", "^"))
