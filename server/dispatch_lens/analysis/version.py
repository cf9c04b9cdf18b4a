"""Which release of the compiler a text comes from, by the spellings and headers that only some releases print.

What it does not know: the very release. It gives bounds, each with the words in the text that set it; text without any
such word could be from any release.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch_lens.flags import releases
from dispatch_lens.flags.version import Version, parse_version


@dataclass(frozen=True, slots=True)
class Spoken:
    """The releases that a text can be from; None where nothing bounds them. `evidence` is what the bounds come from."""

    first: Version | None = None
    last: Version | None = None
    evidence: tuple[str, ...] = ()

    @property
    def likely(self) -> Version:
        """The newest release that the text can be from."""
        return self.last or releases.NEWEST

    @property
    def family(self) -> str:
        """`2024` for the dated releases, `3.x` for the numbered ones, `unknown` where both are possible."""
        if self.last is not None and self.last < _FIRST_NUMBERED:
            return "2024"
        return "3.x" if self.first is not None and self.first >= _FIRST_NUMBERED else "unknown"


def spoken_version(text: str) -> Spoken:
    """The releases that `text` can be from. Where bounds contradict each other (two dumps) the newer holds."""
    first: Version | None = None
    last: Version | None = None
    evidence: list[str] = []
    for mark in _MARKS:
        if mark.words not in text:
            continue
        evidence.append(mark.words.strip())
        first = max(filter(None, (first, mark.first)), default=None)
        last = min(filter(None, (last, mark.last)), default=None)
    if _PIPELINE_HEADER.search(text):
        evidence.append("a dump header with the pass's options")
        first = _HEADERS_WITH_OPTIONS
    if first is not None and last is not None and last < first:
        last = None
    return Spoken(first, last, tuple(evidence))


@dataclass(frozen=True, slots=True)
class _Mark:
    """Words, with the first and last release that prints them."""

    words: str
    first: Version | None = None
    last: Version | None = None


# Renames, from the histories of IREE and MLIR: passes left Flow in August 2024 (#18290) as bindings lost their set and
# type (#18296); `pack` went to linalg in February 2025; the tensor types left Flow in April 2025 (#20564).
_MARKS = (
    _Mark("linalg.init_tensor", last=parse_version("2024-04")),
    _Mark("iree-flow-form-dispatch-regions", last=parse_version("2024-07")),
    _Mark("iree-dispatch-creation-", first=parse_version("2024-08")),
    _Mark("hal.interface.binding.subspan set(", last=parse_version("2024-07")),
    _Mark("hal.interface.binding.subspan layout(", first=parse_version("2024-08")),
    _Mark(" tensor.pack ", last=parse_version("3.2")),
    _Mark(" tensor.unpack ", last=parse_version("3.2")),
    _Mark(" linalg.pack ", first=parse_version("3.3")),
    _Mark(" linalg.unpack ", first=parse_version("3.3")),
    _Mark("!flow.dispatch.tensor<", last=parse_version("3.4")),
    _Mark("iree_tensor_ext.dispatch.", first=parse_version("3.4")),
)
_PIPELINE_HEADER = re.compile(r"// -----// IR Dump \w+ [^(\n]*?[^:(\n]: ")
_HEADERS_WITH_OPTIONS = Version(1, (3, 12, 0))
_FIRST_NUMBERED = Version(1, (0, 0, 0))
