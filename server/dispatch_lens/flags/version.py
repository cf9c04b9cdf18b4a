"""IREE release numbers of every style, with their order.

Until November 2024 a release was a date (`20240724.964`); since then it has a number (`3.1.0`), whose binaries call
themselves `3.1.0rc20250107`. A date release is older than every numbered one. Not known here: which day a nightly
build of the numbered era was made, so a release candidate counts as its release.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

_MONTHS_RELEASE = {(2024, 4): 10, (2024, 6): 21, (2024, 7): 24, (2024, 8): 28, (2024, 11): 4}
_LAST_DATED = (2024, 11, 7)
_DATED = re.compile(r"v?(20\d\d)(\d\d)(\d\d)(?:[.]\d+)?")
_CALENDAR = re.compile(r"(20\d\d)-(\d\d)(?:-(\d\d))?")
_NUMBERED = re.compile(r"v?(\d{1,2})[.](\d{1,3})(?:[.](\d{1,3}))?(?:[-.]?(?:rc|dev|a|b)\d*)?(?:[+]\S*)?")


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """One release. `era` is 0 for dates (parts: year, month, day) and 1 for numbers (major, minor, patch)."""

    era: int
    parts: tuple[int, int, int]
    text: str = field(compare=False, default="")

    @property
    def label(self) -> str:
        """How the release is called in a sentence: `2024-07-24`, `3.13`, `3.7.1`."""
        first, second, third = self.parts
        if self.era == 0:
            return f"{first:04}-{second:02}-{third:02}"
        return f"{first}.{second}.{third}" if third else f"{first}.{second}"

    def __str__(self) -> str:
        return self.text or self.label


def parse_versions(texts: Iterable[str]) -> tuple[Version, ...]:
    """The releases among the texts that name one."""
    return tuple(version for text in texts if (version := parse_version(text)) is not None)


def parse_version(text: str) -> Version | None:
    """The release that `text` names, or None.

    Understood: `20240724.964`, `20240724`, `2024-07`, `2024-07-24`, `3.1`, `3.13.0`, `v3.13.0`, `3.13.0rc20261016`. A
    month alone means that month's release where the table has one, otherwise its last day. A date after the last dated
    release names no release, hence None.
    """
    text = text.strip()
    if numbered := _NUMBERED.fullmatch(text):
        major, minor, patch = (int(part or 0) for part in numbered.groups())
        return Version(1, (major, minor, patch), text)
    found = _DATED.fullmatch(text) or _CALENDAR.fullmatch(text)
    if found is None:
        return None
    return _dated(text, int(found[1]), int(found[2]), found[3])


def _dated(text: str, year: int, month: int, day: str | None) -> Version | None:
    if not 1 <= month <= 12:
        return None
    days = calendar.monthrange(year, month)[1]
    number = int(day) if day else _MONTHS_RELEASE.get((year, month), days)
    if not 1 <= number <= days or (year, month, number) > _LAST_DATED:
        return None
    return Version(0, (year, month, number), text)
