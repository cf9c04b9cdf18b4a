"""Where Lark's parser tables are kept between runs; without a folder every run builds its own."""

from __future__ import annotations

from pathlib import Path

_folder: list[Path] = []


def keep_in(folder: Path) -> None:
    """From now on a parser that is built reads its tables from this folder, or writes them there."""
    _folder[:] = [folder]


def folders() -> tuple[str, ...]:
    """Where they are kept, for another process; none where they are not."""
    return tuple(str(folder) for folder in _folder)


def file(name: str) -> str | bool:
    """What Lark takes as its `cache`: the file of these tables, or False."""
    return str(_folder[0] / f"{name}.tables") if _folder else False
