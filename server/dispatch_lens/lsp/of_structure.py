"""Questions about a document's text alone. The server answers them itself where the text is small, else an analyst."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dispatch_lens.features import folding, links, symbols
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp import encoded


def answer(what: str, of: Snapshot, *arguments: Any) -> Any:
    """The answer to one of `QUESTIONS`."""
    return QUESTIONS[what](of, *arguments)


QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "symbols": symbols.symbols,
    "folds": folding.folds,
    "links": links.links,
    "tokens": encoded.tokens,
}
