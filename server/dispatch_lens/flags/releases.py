"""The releases that the table of options speaks of. Most texts need no more of it than the newest."""

from __future__ import annotations

import json
from pathlib import Path

from dispatch_lens.flags.version import Version, parse_version


def release(text: str) -> Version:
    """The release that a text of the table names, which is ours: ValueError where it names none."""
    found = parse_version(text)
    if found is None:
        raise ValueError(f"not a release: {text!r}")
    return found


_DATA = json.loads(Path(__file__).with_name("releases.json").read_text(encoding="utf-8"))

ALL: tuple[Version, ...] = tuple(map(release, _DATA["releases"]))
"""From the oldest on."""

NAMED: dict[str, Version] = {name: release(text) for name, text in _DATA["versions"].items()}
"""By the id of a version (`2024-07`) the release that it stands for."""

NEWEST: Version = ALL[-1]
