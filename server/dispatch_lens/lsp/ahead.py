"""Reads a file that an editor is about to open, while the server itself still loads."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.pieces import REMEMBERED_TEXT
from dispatch_lens.features.settings import Settings

_PLAIN = Settings()


@dataclass(frozen=True, slots=True)
class Ahead:
    """What was read of a text under the settings of an editor that has none."""

    text: str
    found: Overview

    def overview(self, text: str, version: int, settings: Settings) -> Overview | None:
        """The same of a document; None where it is another text, or is to be read otherwise."""
        is_known = settings == _PLAIN and text == self.text
        return replace(self.found, version=version) if is_known else None


def read(file: Path) -> Ahead | None:
    """Reads it as an editor does. None where it cannot be read, or is too large for a second reading to profit by the first."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as opened:
            text = opened.read(REMEMBERED_TEXT + 1)
    except (OSError, ValueError):
        return None
    return _read(text) if len(text) <= REMEMBERED_TEXT else None


def _read(text: str) -> Ahead | None:
    """What fails here fails again, and is told, when the document itself is read."""
    try:
        return Ahead(text, overview(Document("", 0, text), _PLAIN))
    except Exception:
        return None
