"""Two analysts: a question about a small text does not wait while a large one is read."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp.analyst import LARGE, Analyst


@dataclass(frozen=True, slots=True)
class Analysts:
    """The analyst of large texts and that of all others, each started when it is first asked."""

    of_large: Analyst = field(default_factory=Analyst)
    of_others: Analyst = field(default_factory=Analyst)

    async def ask(self, what: str, snapshot: Snapshot, *arguments: Any) -> Any:
        """The answer about this snapshot."""
        analyst = self.of_large if snapshot.length > LARGE else self.of_others
        return await analyst.ask(what, snapshot, *arguments)

    async def forget(self, uri: str) -> None:
        """The document is closed. It may have been large and small in turn."""
        await asyncio.gather(self.of_large.forget(uri), self.of_others.forget(uri))

    async def close(self) -> None:
        """Ends both."""
        await asyncio.gather(self.of_large.close(), self.of_others.close())
