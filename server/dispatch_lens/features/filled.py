"""A text whose constants the printer left out, made whole with others of their type, so that it can be compiled and run.

So are the globals of a function that was printed without its module.

A constant's numbers follow from its name alone: two texts that name it alike hold the same. They are no splats, so that a
dim which a rewrite moves shows in the results. Element types other than floats and integers of whole bytes stay left out.

Floats are numbers of few bits, and so become those that the text lists beside the left out ones: sums of them and of what was
quantized by powers of two are exact, so that another order of sums gives the same bits, and any difference is a real one.
"""

from __future__ import annotations

import array
import math
import random
import re
from collections.abc import Sequence

_ELIDED = re.compile(r"(?P<name>%[\w$.\-]+)(?P<middle> = arith\.constant )dense_resource<__elided__> : tensor<(?P<kind>[^>]*)>")
_CODES = {"f32": "f", "f64": "d", "i8": "b", "i16": "h", "i32": "i", "i64": "q"}
_GLOBAL = re.compile(r"\butil\.global (?:private |public |mutable )*@([\w$.\-]+)")
_LOAD = re.compile(r"\butil\.global\.load (?:immutable )?@([\w$.\-]+) : tensor<([^>]*)>")
_LISTED = re.compile(r"dense<\[[^>\"]*\]>(?= : tensor<(?:\d+x)+(?:f32|f64)>)")
_FLOAT = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?")
_PARTS = 256
"""A listed number becomes a whole number of these parts of one."""
_LARGEST = 4
"""A made-up number is a whole number of units up to this one, of either sign."""
_SPREAD = 1.8
"""The units in a unit's worth of deviation of a sum: deviations of sums stay near those of what is summed."""


def filled(text: str) -> str:
    """The text with a blob for each constant that was left out; a text that has none as it is."""
    blobs: dict[str, str] = {}

    def blob(name: str, kind: str) -> str | None:
        *sizes, element = kind.split("x")
        code = _CODES.get(element)
        if code is None or not all(size.isdigit() for size in sizes):
            return None
        key = f"filled_{len(blobs)}"
        blobs[key] = _bytes(name, [int(size) for size in sizes], code).hex()
        return f"dense_resource<{key}> : tensor<{kind}>"

    def put(found: re.Match[str]) -> str:
        made = blob(found["name"], found["kind"])
        return found[0] if made is None else f"{found['name']}{found['middle']}{made}"

    made = _ELIDED.sub(put, text)
    for name, kind in _missing_globals(text).items():
        value = blob(name, kind)
        made += f"\nutil.global private @{name} = {value}\n" if value is not None else ""
    if not blobs:
        return text
    entries = ",\n".join(f'      {key}: "0x10000000{data}"' for key, data in blobs.items())
    return f"{_rounded(made).rstrip()}\n\n{{-#\n  dialect_resources: {{\n    builtin: {{\n{entries}\n    }}\n  }}\n#-}}\n"


def _missing_globals(text: str) -> dict[str, str]:
    """The globals that a function printed without its module loads, and the insides of their tensor types."""
    defined = {found[1] for found in _GLOBAL.finditer(text)}
    return {found[1]: found[2] for found in _LOAD.finditer(text) if found[1] not in defined}


def _rounded(text: str) -> str:
    """The text whose listed floats have few bits."""
    return _LISTED.sub(lambda listed: _FLOAT.sub(_short, listed[0]), text)


def _short(number: re.Match[str]) -> str:
    return f"{round(float(number[0]) * _PARTS) / _PARTS:.10e}"


def _bytes(name: str, sizes: Sequence[int], code: str) -> bytes:
    unit = _unit(sizes) if code in "fd" else 1
    drawn = random.Random(name).randbytes(math.prod(sizes))
    numbers = [(byte % (2 * _LARGEST + 1) - _LARGEST) * unit for byte in range(256)]
    return array.array(code, map(numbers.__getitem__, drawn)).tobytes()


def _unit(sizes: Sequence[int]) -> float:
    """A power of two: an eighth for a list, else the smaller the more elements are summed, which the root of all stands for."""
    summed = math.sqrt(max(math.prod(sizes), 1))
    return 2.0 ** -round(math.log2(_SPREAD * math.sqrt(summed))) if len(sizes) > 1 else 2.0**-3
