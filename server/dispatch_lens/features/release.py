"""For which release of the compiler a text is rewritten: the one that somebody names, else what the text and the machine tell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dispatch_lens.features.document import Document
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version


@dataclass(frozen=True, slots=True)
class Release:
    """`because` says where it comes from, as a clause; empty where somebody named it, or the text tells it."""

    version: Version
    because: str = ""


def release(document: Document, named: Version | None, installed: Iterable[Version]) -> Release:
    """The named one; else the newest installed that the text can be from; else the newest that it can be from."""
    if named is not None:
        return Release(named)
    spoken = document.spoken
    fitting = [each for each in installed if (spoken.first or each) <= each <= (spoken.last or each)]
    if spoken.last is not None:
        return Release(max(fitting, default=spoken.last))
    if fitting:
        return Release(max(fitting), "that of the compiler found here")
    return Release(table.NEWEST, "the newest, as no compiler was found")
