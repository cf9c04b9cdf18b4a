"""A dump to its sections: the stretches of text that each hold the IR of one moment.

A section begins at a header that the compiler prints before the IR of a pass, or at a `// -----` mark, or where the
text does. Whatever stands between (log lines, prose) belongs to the section before it, so sections tile the text.

What it does not know: what the sections hold. A header that fits no known form still cuts, and keeps its words as the
pass's name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType

_MARK = "// -----"
_HEADER = "// -----// IR Dump "


@dataclass(frozen=True, slots=True)
class Header:
    """What a dump header says.

    `argument` is the pass's name on a command line. `operation` and `symbol` are the op that the pass ran on, which
    only dumps at module scope tell. `options` are those of the textual pipeline, as text.
    """

    pass_name: str
    argument: str | None = None
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    operation: str | None = None
    symbol: str | None = None
    after: bool = True
    failed: bool = False
    invalidated: bool = False

    @property
    def is_module_scope(self) -> bool:
        """Whether the section holds the whole module although the pass ran on one op of it."""
        return self.operation is not None


@dataclass(frozen=True, slots=True)
class Section:
    """A stretch of a dump. Offsets are the document's; `body_start` is after the line of the header or mark."""

    start: int
    body_start: int
    end: int
    header_line: str = ""

    @property
    def title(self) -> Header | None:
        """The header, parsed; None for a section that has none."""
        return parse_header(self.header_line) if self.header_line else None

    def body(self, text: str) -> str:
        """The section's text without its header, out of the document's `text`."""
        return text[self.body_start : self.end]


def sections(text: str) -> tuple[Section, ...]:
    """The sections of a text, in order; they tile it. A text without headers and marks is one section."""
    cuts = list(_cuts(text))
    if not cuts or cuts[0][0] > 0:
        cuts.insert(0, (0, 0, ""))
    ends = [start for start, _, _ in cuts[1:]] + [len(text)]
    return tuple(Section(start, body, end, line) for (start, body, line), end in zip(cuts, ends))


@lru_cache(maxsize=1024)
def parse_header(line: str) -> Header:
    """What one header line says. A line of no known form gives a header whose pass name is the line's words."""
    from dispatch_lens.syntax import header_parser

    tokens = header_parser.tokens(line.strip())
    return _unknown(line) if tokens is None else _header(tokens)


def _cuts(text: str) -> Iterator[tuple[int, int, str]]:
    """Each header's or mark's start, the end of its line, and the header's line."""
    at = text.find(_MARK)
    while at >= 0:
        newline = text.find("\n", at)
        line_end = len(text) if newline < 0 else newline + 1
        line_start = text.rfind("\n", 0, at) + 1
        alone = not text[line_start:at].strip()
        line = text[at:line_end]
        if line.startswith(_HEADER):
            yield line_start if alone else at, line_end, line.rstrip()
        elif alone and line.rstrip() == _MARK:
            yield line_start, line_end, ""
        at = text.find(_MARK, line_end)


def _header(tokens: Sequence[tuple[str, str]]) -> Header:
    words = dict(tokens)
    options = (text.partition("=") for kind, text in tokens if kind == "OPTION")
    symbol = words.get("SYMBOL")
    quoted = words.get("QUOTED")
    return Header(
        pass_name=words["PASS_NAME"],
        argument=words.get("ARGUMENT"),
        options=MappingProxyType({name: value for name, _, value in options}),
        operation=quoted.strip("'") if quoted else None,
        symbol=symbol.removeprefix("@").strip('"') if symbol else None,
        after=words["WHEN"] == "After",
        failed="FAILED" in words,
        invalidated="INVALIDATED" in words,
    )


def _unknown(line: str) -> Header:
    words = line.strip().removeprefix(_HEADER.rstrip()).removesuffix("//----- //").strip()
    when, _, rest = words.partition(" ")
    if when not in ("After", "Before"):
        return Header(words)
    return Header(rest.strip(), after=when == "After", failed=" Failed" in rest, invalidated="(invalidated)" in rest)
