"""Long work, done in turns: between two of them the server answers others."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")
SECONDS = 0.005


class Turns:
    """The turns of one piece of work. Who is cancelled between two of them does no more of it."""

    def __init__(self) -> None:
        self._begin = time.perf_counter()

    async def end(self) -> None:
        """Ends this turn where it has lasted long enough."""
        if time.perf_counter() - self._begin > SECONDS:
            await asyncio.sleep(0)
            self._begin = time.perf_counter()


async def listed(items: Iterable[Item]) -> list[Item]:
    """The items, made in turns."""
    found: list[Item] = []
    turns = Turns()
    for item in items:
        found.append(item)
        await turns.end()
    return found
