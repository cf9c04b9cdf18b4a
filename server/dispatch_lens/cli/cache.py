"""Parser tables on disk, so that a run need not build them. Without a writable cache folder every run builds its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path


def use_parser_cache() -> None:
    """Keep the tables of both parsers in the user's cache folder; what was read of them in this process stays."""
    from dispatch_lens.syntax import tables

    tables.keep_in(_folder)


@cache
def _folder() -> Path | None:
    import platformdirs

    from dispatch_lens import __version__

    folder = Path(platformdirs.user_cache_dir("dispatch-lens")) / __version__
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder
