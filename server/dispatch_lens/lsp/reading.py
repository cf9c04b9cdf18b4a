"""When whole documents are read: a while after the last edit, one reading a document, the newest version only."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

from dispatch_lens.features.overview import Earlier, Overview
from dispatch_lens.features.settings import Settings
from dispatch_lens.lsp.analyst import AnalystError
from dispatch_lens.lsp.analysts import Analysts
from dispatch_lens.lsp.documents import Documents, OpenDocument

LOG = logging.getLogger(__name__)
PART = 0.1
"""How long a reading waits for a further edit, as a part of what the last one took."""
MOST_SECONDS = 1.0
"""How long it waits at the most."""
UNKNOWN_SECONDS = 2.0
"""What a reading is thought to take before one has ended."""


class Readings:
    """The reading that runs for each document. A newer version ends it; who waits for one waits for the newest."""

    def __init__(self, documents: Documents, analyst: Analysts, settings: Callable[[], Settings]) -> None:
        self._documents = documents
        self._analyst = analyst
        self._settings = settings
        self._tasks: dict[str, asyncio.Task[Overview | None]] = {}
        self._took: dict[str, float] = {}

    def arm(self, uri: str, then: Callable[[str], Awaitable[None]]) -> None:
        """Reads the document in a while, unless it is armed again before, and calls `then`. A first reading waits for nothing."""
        task = self._tasks.pop(uri, None)
        delay = 0.0 if task is None else min(MOST_SECONDS, PART * self._took.get(uri, UNKNOWN_SECONDS))
        if task is not None:
            task.cancel()
        self._tasks[uri] = asyncio.ensure_future(self._read(uri, delay, then))

    def drop(self, uri: str) -> None:
        """The document is closed."""
        self._took.pop(uri, None)
        task = self._tasks.pop(uri, None)
        if task is not None:
            task.cancel()

    async def overview(self, uri: str) -> Overview | None:
        """The overview of the document's newest version; None where the document is closed or cannot be read."""
        while (found := self._documents.get(uri)) is not None and not found.is_overview_current:
            task = self._tasks.get(uri)
            if task is None or task.done():
                await self._refresh(found)
                break
            await asyncio.wait([task])
        found = self._documents.get(uri)
        return found.overview if found is not None else None

    async def _read(self, uri: str, delay: float, then: Callable[[str], Awaitable[None]]) -> Overview | None:
        await asyncio.sleep(delay)
        found = self._documents.get(uri)
        if found is None:
            return None
        overview = await self._refresh(found)
        await then(uri)
        return overview

    async def _refresh(self, found: OpenDocument) -> Overview | None:
        snapshot, begin = found.snapshot, time.monotonic()
        try:
            overview = await self._analyst.ask("overview", snapshot, self._settings())
        except AnalystError:
            LOG.exception("%s could not be read", snapshot.uri)
            return None
        self._took[snapshot.uri] = time.monotonic() - begin
        if found.snapshot is snapshot:
            found.earlier = Earlier(overview)
        return overview
