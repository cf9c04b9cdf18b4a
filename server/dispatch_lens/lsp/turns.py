"""Long lists, made in turns: between two parts of one the server answers others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import TypeVar

Item = TypeVar("Item")
AT_ONCE = 200


async def listed(items: Iterable[Item]) -> list[Item]:
    """The items; who is cancelled between two turns makes no more of them."""
    found: list[Item] = []
    for item in items:
        found.append(item)
        if len(found) % AT_ONCE == 0:
            await asyncio.sleep(0)
    return found
