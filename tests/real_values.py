"""What the real bindings make of the text of one attribute or type, and texts that are nearly right."""

from __future__ import annotations

import random
from collections.abc import Callable

from iree.compiler import ir


def real_attribute(text: str) -> str | None:
    """What the bindings print for this attribute, None where they refuse it. Needs the fixture `context`."""
    return _printed(ir.Attribute.parse, text)


def real_type(text: str) -> str | None:
    """What the bindings print for this type, None where they refuse it. Needs the fixture `context`."""
    return _printed(ir.Type.parse, text)


def mutate(randomness: random.Random, text: str) -> str:
    """One character taken out, put in or exchanged; nothing that makes a dialect symbol, whose bodies are free text."""
    at = randomness.randrange(1, len(text))
    new = randomness.choice("<>()[]{}:,x?*-=0147ais")
    return randomness.choice([text[:at] + text[at + 1 :], text[:at] + new + text[at:], text[:at] + new + text[at + 1 :]])


def _printed(parse: Callable[[str], object], text: str) -> str | None:
    try:
        return str(parse(text))
    except (ir.MLIRError, ValueError):
        return None
