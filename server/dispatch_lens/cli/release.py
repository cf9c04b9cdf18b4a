"""The version of this package as it is installed."""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def version() -> str:
    """`0.1.0`; `0+unknown` where the code runs without being installed."""
    from importlib import metadata

    try:
        return metadata.version("dispatch-lens")
    except metadata.PackageNotFoundError:
        return "0+unknown"
