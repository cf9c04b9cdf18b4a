"""Go to definition: of a value, block, symbol or alias, in the section or, where that does not define it, in another one."""

from __future__ import annotations

from dispatch_lens.features import names, tokens
from dispatch_lens.features.names import Definition
from dispatch_lens.features.snapshot import Snapshot

NAMED = ("value", "block", "symbol", "alias")
"""The kinds of tokens that name something that a text defines."""


def definition(snapshot: Snapshot, offset: int) -> Definition | None:
    """The definition of what is named at the place; a symbol's may be in another section."""
    token = tokens.token_at(snapshot, offset)
    if token is None or token.kind not in NAMED:
        return None
    found = names.definition(snapshot, token.range.start, token.text)
    if found is None and token.kind == "symbol":
        return names.symbol_elsewhere(snapshot, token.range.start, token.text)
    return found


def definition_here(snapshot: Snapshot, offset: int) -> Definition | None:
    """The definition of what is named at the place, in the section of the place only."""
    token = tokens.token_at(snapshot, offset)
    if token is None or token.kind not in NAMED:
        return None
    return names.definition(snapshot, token.range.start, token.text)
