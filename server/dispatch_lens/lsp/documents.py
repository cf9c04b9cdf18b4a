"""The documents that are open: the newest snapshot of each, and the last overview that was made of it.

pygls keeps documents of its own, at a cost that grows with the file; this takes their place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

from lsprotocol import types

from dispatch_lens.features import overview as overviews
from dispatch_lens.features.overview import Earlier, Overview
from dispatch_lens.features.snapshot import Snapshot, snapshot
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.messages import Remedies
from dispatch_lens.rules.rule import Remark
from dispatch_lens.text import Edit, Range


@dataclass(frozen=True, slots=True)
class Search:
    """The search for the fixes of remarks and for the refactorings at an offset, in one version of a document."""

    remarks: tuple[Remark, ...]
    offset: int
    found: asyncio.Future[Remedies]


@dataclass
class OpenDocument:
    """One open document. `earlier` is the last reading of the whole, of this version or an earlier one."""

    snapshot: Snapshot
    earlier: Earlier | None = None
    search: Search | None = None
    """The last one, of this version."""

    @property
    def overview(self) -> Overview | None:
        """The last overview, its ranges moved over the edits since. Costs a pass over it after an edit."""
        if self.earlier is not None and self.earlier.edits:
            self.earlier = Earlier(overviews.moved(self.earlier.overview, self.earlier.edits))
        return self.earlier.overview if self.earlier is not None else None

    @property
    def is_overview_current(self) -> bool:
        return self.earlier is not None and self.earlier.overview.version == self.snapshot.version


@dataclass
class Documents:
    """All open documents by URI."""

    encoding: str = "utf-16"
    by_uri: dict[str, OpenDocument] = field(default_factory=dict[str, OpenDocument])

    def open(self, item: types.TextDocumentItem) -> None:
        self.by_uri[item.uri] = OpenDocument(snapshot(item.uri, item.version, item.text))

    def close(self, uri: str) -> None:
        self.by_uri.pop(uri, None)

    def change(self, uri: str, version: int, changes: Sequence[types.TextDocumentContentChangeEvent]) -> None:
        found = self.by_uri.get(uri)
        if found is None:
            return
        if found.search is not None:
            found.search.found.cancel()
            found.search = None
        for change in changes:
            self._change(found, version, change)

    def _change(self, found: OpenDocument, version: int, change: types.TextDocumentContentChangeEvent) -> None:
        if isinstance(change, types.TextDocumentContentChangeWholeDocument):
            edit = Edit(Range(0, found.snapshot.length), change.text)
        else:
            edit = Edit(self.converter(found.snapshot).offsets(change.range), change.text)
        found.snapshot = found.snapshot.edited(version, edit)
        if found.earlier is not None:
            found.earlier = Earlier(found.earlier.overview, (*found.earlier.edits, edit))

    def converter(self, of: Snapshot) -> Converter:
        return Converter(of, self.encoding)

    def get(self, uri: str) -> OpenDocument | None:
        return self.by_uri.get(uri)
