"""A text whose constants the printer left out, made whole with others of their type, so that it can be compiled and run.

A constant's numbers follow from its name alone: two texts that name it alike hold the same. They are no splats, so that a
dim which a rewrite moves shows in the results. Element types other than floats and integers of whole bytes stay left out.
"""

from __future__ import annotations

import array
import random
import re
from math import prod

_ELIDED = re.compile(r"(?P<name>%[\w$.\-]+)(?P<middle> = arith\.constant )dense_resource<__elided__> : tensor<(?P<kind>[^>]*)>")
_CODES = {"f32": "f", "f64": "d", "i8": "b", "i16": "h", "i32": "i", "i64": "q"}


def filled(text: str) -> str:
    """The text with a blob for each constant that was left out."""
    blobs: dict[str, str] = {}

    def put(found: re.Match[str]) -> str:
        *sizes, element = found["kind"].split("x")
        code = _CODES.get(element)
        if code is None or not all(size.isdigit() for size in sizes):
            return found[0]
        key = f"filled_{len(blobs)}"
        blobs[key] = _bytes(found["name"], prod(map(int, sizes)), code).hex()
        return f"{found['name']}{found['middle']}dense_resource<{key}> : tensor<{found['kind']}>"

    made = _ELIDED.sub(put, text)
    if not blobs:
        return text
    entries = ",\n".join(f'      {key}: "0x10000000{data}"' for key, data in blobs.items())
    return f"{made.rstrip()}\n\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{entries}\n    }}\n  }}\n#-}}\n"


def _bytes(name: str, count: int, code: str) -> bytes:
    """Small numbers, as trained weights are."""
    numbers = random.Random(name)
    if code in "fd":
        return array.array(code, (numbers.random() - 0.5 for _ in range(count))).tobytes()
    return array.array(code, (numbers.randrange(-8, 8) for _ in range(count))).tobytes()
