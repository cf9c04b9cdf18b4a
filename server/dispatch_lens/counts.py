"""How many there are, in words."""

from __future__ import annotations

_PLURALS = {"dispatch": "dispatches", "copy": "copies"}


def counted(count: int, one: str, many: str | None = None) -> str:
    """`no sizes`, `1 size`, `2 sizes`; `many` is the plural where it is not `one` with an s."""
    return f"{count or 'no'} {one if count == 1 else many or _PLURALS.get(one, f'{one}s')}"
