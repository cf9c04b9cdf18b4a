"""Every place that names the same value, block, symbol or alias, and whether it defines or uses it."""

from __future__ import annotations

from typing import NamedTuple

from dispatch_lens.features import definition, names, tokens
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.text import Range


class Reference(NamedTuple):
    """One place that names it."""

    range: Range
    is_definition: bool


def references(snapshot: Snapshot, offset: int) -> tuple[Reference, ...]:
    """The references in text order; for a name that nothing here defines, every place of the section or function."""
    found = definition.definition_here(snapshot, offset)
    if found is not None:
        return tuple(Reference(place, place == found.range) for place in names.references(snapshot, found))
    token = tokens.token_at(snapshot, offset)
    if token is None or token.kind not in definition.NAMED:
        return ()
    name = token.text.partition("#")[0] if token.kind == "value" else token.text
    scope = names.section(snapshot, offset)
    return tuple(Reference(place, False) for place in names.occurrences(snapshot, name, scope))
