"""Where Lark's parser tables are kept between runs; without a folder every run builds its own.

The folder is looked for when the first parser is built: most runs build none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

_find: list[Callable[[], Path | None]] = []


def keep_in(find: Callable[[], Path | None]) -> None:
    """From now on a parser that is built reads its tables from the folder that is found, or writes them there."""
    _find[:] = [find]


def folders() -> tuple[str, ...]:
    """Where they are kept, for another process; none where they are not."""
    return tuple(str(folder) for find in _find if (folder := find()) is not None)


def file(name: str) -> str | bool:
    """What Lark takes as its `cache`: the file of these tables, or False."""
    folder = next(iter(folders()), None)
    return False if folder is None else str(Path(folder) / f"{name}.tables")
