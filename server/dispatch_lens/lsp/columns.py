"""Columns in the units that an editor counts: UTF-16 unless another encoding was agreed on."""

from __future__ import annotations


def points(text: str, units: int, encoding: str) -> int:
    """How many code points the first `units` units of `text` are; half a character counts as none."""
    taken = 0
    for i, character in enumerate(text):
        taken += width(character, encoding)
        if taken > units:
            return i
    return len(text)


def units(text: str, encoding: str) -> int:
    """Units of a text."""
    return len(text) if text.isascii() else sum(width(character, encoding) for character in text)


def width(character: str, encoding: str) -> int:
    """Units of one character."""
    point = ord(character)
    if encoding == "utf-32":
        return 1
    if encoding == "utf-16":
        return 2 if point > 0xFFFF else 1
    return 1 if point < 0x80 else 2 if point < 0x800 else 3 if point < 0x10000 else 4
