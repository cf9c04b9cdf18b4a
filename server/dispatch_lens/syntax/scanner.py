"""A chunk of text to events, by structure alone: op heads, the braces of regions, labels, aliases. No Lark, no list of ops.

An op begins where a line (or a region, or a block) begins with a result list and `=`, or with a dotted name, or with a
quoted name and `(`. A region is a brace whose first token begins an op or a block; every other brace belongs to a dictionary,
to the dims of a type, or to an opaque body. MLIR's strings and comments end with their line, so a chunk that begins at a line
is scanned without looking at what stands before it: `scan` is memoised on the chunk's text. `sketch` leaves out what is inside
plain bodies: most ops of a program stand in the small regions of others, and few ask for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from dispatch_lens.syntax.tree import STRING

RESULTS = r"%[\w$.\-]+(?::\d+)?(?:\s*,\s*%[\w$.\-]+(?::\d+)?){0,255}\s*=\s*(?://[^\n]*\n\s*)*"
"""Names and `=`: at most 256, so that a list of very many operands, each on its line, is not tried from each of them."""

_BARE = (
    r"module(?=\s*(?:\{|@|attributes\b))|func(?=[ \t]+(?:@|private\b|public\b|nested\b))"
    r"|return(?=[ \t]*(?:\n|\Z|%|\}|//|loc\(|\{|\^))|(?:br|cond_br|call|call_indirect|store|dealloc|assert)(?=[ \t]+[%@^])"
    r"|unrealized_conversion_cast(?=[ \t]+[%:])"
)
_DOTTED = r"[A-Za-z_][\w$]*(?:\.[\w$]+)+(?![\w$.]|\s*(?:=(?!>)|,))"
_HEAD = rf"(?P<results>{RESULTS})(?P<name>{STRING}(?=\s*\()|[A-Za-z_][\w$.]*)|(?P<plain>{STRING}(?=\s*\()|{_DOTTED}|{_BARE})"

_FLAT = r'[^()"@#!{}/]*'
_PLAIN = rf'\s*\^[\w$.\-]+\s*(?:\({_FLAT}(?:\({_FLAT}\){_FLAT})*\))?\s*:[^"@#!{{}}/]*\}}'
"""The rest of a plain body: a label, and ops without braces, strings, symbols, aliases and comments, up to the `}`."""

_BEGINNING = rf"(?:{_HEAD}|(?P<label>\^[\w$.\-]+)|(?P<alias>[#!][\w$.\-]+)[ \t]*=(?!=))"
_OTHERS = rf"|//[^\n]*|{STRING}(?:, {STRING})*|\{{(?P<body>(?<!<\{{)(?<!attributes\{{)(?<!attributes \{{){_PLAIN})?|\}}"
_TOKEN = re.compile(rf"\n[ \t]*{_BEGINNING}{_OTHERS}")
"""Each alternative begins with one character of its own: so `re` skips all other text fast."""

_ENDED = r'(?:(?<=[\dxN>)}\]"])|(?<=true)|(?<=false)|(?<=return))'
_NOT_LISTED = r"(?<=[^\s,=(\[{:])"
_NEXT_DEFINITION = re.compile(
    rf" %(?:(?<=[^\s,=(\[{{:] %)|(?<=[^\s,=(\[{{:]  %)|(?<=[^\s,=(\[{{:]    %)){RESULTS[1:]}(?:\"|[A-Za-z_]\w*\.)"
)
_NEXT_OP = re.compile(r' (?<=[\dxNe>)}\]"] ) *(?:[a-z_]\w*\.[a-z_]|"[^"\n]*"\(|return\b|\^)')
"""Signs of an op or block that begins where another op has ended on its line, as few texts have it."""

_CROWDED_TOKEN = rf"(?:\n[ \t]*|{_NOT_LISTED}[ \t]+(?={RESULTS}(?:\"|[A-Za-z_]\w*\.))|{_ENDED}[ \t]+){_BEGINNING}{_OTHERS}"
"""Compiled where a text has such lines."""

_HEAD_HERE = re.compile(rf"[ \t]*(?:{_HEAD})")
_LABEL_HERE = re.compile(r"\s*(?P<label>\^[\w$.\-]+)")
_LABEL_END = re.compile(r"\^[\w$.\-]+\s*(?:\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))?\s*:")
_SPACE = re.compile(r"(?:\s+|//[^\n]*)*")
_WORD = re.compile(r"[A-Za-z_][\w$.]*")
_RESULTS_HERE = re.compile(rf'{RESULTS}["A-Za-z_]')
_INDEXED = re.compile(r"%[\w$.\-]+(?:\[|::)")
_STRING_HERE = re.compile(rf"{STRING}\s*\(")
_TERMINATOR = re.compile(r"(?:.*[._])?(?:return|yield|terminator|unreachable|end|reduce)$", re.IGNORECASE)
_GOES_ON = re.compile(r"\n[ \t]*[})\]:\-]")
_BRACES = (" {", "{")
_ATTRIBUTES = re.compile(r"(?<![\w$.@\-])attributes\s*\Z")
_SHORT_FORM = re.compile(r"[ \t]*(?P<open>\{)\s*(?P<name>[a-z_]\w*\.[\w.]+)(?:\s*\{[^{}]*\})?\s*\}(?=\s*ins\b)")


class Op(NamedTuple):
    """An op's head: where its results begin, and its name. Offsets are the chunk's own."""

    start: int
    name_start: int
    name_end: int


class Open(NamedTuple):
    """A region's `{`."""

    at: int


class Close(NamedTuple):
    """A region's `}`."""

    at: int


class Label(NamedTuple):
    """A block's label, from `^` to after its `:`."""

    start: int
    end: int


class Alias(NamedTuple):
    """An attribute or type alias definition: `#map = …`, `!t = …`."""

    start: int
    name_end: int


class Broken(NamedTuple):
    """A dictionary's `{` that the text never closes."""

    at: int


class Body(NamedTuple):
    """A plain body, from its `{` to after its `}`."""

    start: int
    end: int


Event = Op | Open | Close | Label | Alias | Broken


@lru_cache(maxsize=512)
def scan(chunk: str) -> tuple[Event, ...]:
    """The structure of one chunk: op heads, region braces, block labels and aliases, with the chunk's own offsets."""
    events: list[Event] = []
    for event in _Scanner(chunk).run():
        events += inside(chunk, event) if isinstance(event, Body) else (event,)
    return tuple(events)


@lru_cache(maxsize=8192)
def sketch(chunk: str) -> tuple[Event | Body, ...]:
    """The structure of one chunk, each plain body one event."""
    return tuple(_Scanner(chunk).run())


def inside(chunk: str, body: Body) -> Iterator[Event]:
    """The events that a plain body of the chunk stands for, its braces among them."""
    start, end = body
    yield Open(start)
    for event in _Scanner(chunk[start + 1 : end - 1]).run():
        assert isinstance(event, (Op, Label))
        yield type(event)(*(offset + start + 1 for offset in event))
    yield Close(end - 1)


class _Scanner:
    """One pass of `_TOKEN` over a chunk, with a count of the dictionary braces that are open."""

    def __init__(self, chunk: str) -> None:
        self.text = "\n" + chunk
        self.is_crowded = _is_crowded(chunk)
        self.events: list[Event | Body] = []
        self.opaque = 0
        self.opaque_at = 0
        self.outer: list[int] = []
        self.skip_to = 0
        self.line = 0
        self.line_known_to = 0

    def run(self) -> list[Event | Body]:
        at = 0
        while at >= 0:
            at = self.run_from(at)
        if self.opaque:
            self.give_up()
        return self.events

    def run_from(self, at: int) -> int:
        """Where to go on: behind what was passed over, if a body seemed to begin in there; -1 at the end."""
        token = re.compile(_CROWDED_TOKEN) if self.is_crowded else _TOKEN
        for match in token.finditer(self.text, at):
            kind, start = match.lastgroup, match.start()
            if start < self.skip_to and kind == "body":
                return self.skip_to
            if start < self.skip_to or (self.is_crowded and not self.may_begin(start)):
                continue
            if kind == "name" or (kind == "plain" and not self.opaque):
                self.head(match, kind)
            elif kind is None:
                self.brace(start)
            elif kind == "body":
                self.body(start, match.end())
            elif not self.opaque:
                self.label_or_alias(match, kind)
        return -1

    def may_begin(self, at: int) -> bool:
        """Whether what is at `at` begins a line, is no head, or stands on a line of an op, which prose and logs have not."""
        if self.text[at] not in " \t":
            return True
        line = self.line = max(self.line, self.text.rfind("\n", self.line_known_to, at))
        self.line_known_to = at
        last = self.events[-1][0] if self.events else -1
        return last >= line or _GOES_ON.match(self.text, line) is not None

    def give_up(self) -> None:
        """The dictionary that is open is broken: what follows are ops again."""
        self.events.append(Broken(self.opaque_at - 1))
        self.opaque = 0

    def label_or_alias(self, match: re.Match[str], kind: str) -> None:
        if kind == "label":
            self.label(match.start("label"))
        else:
            self.events.append(Alias(match.start("alias") - 1, match.end("alias") - 1))

    def head(self, match: re.Match[str], kind: str) -> None:
        if self.opaque:
            self.give_up()
        name_start, name_end = match.span(kind)
        start = match.start(1) if kind == "name" else name_start
        self.events.append(Op(start - 1, name_start - 1, name_end - 1))
        if self.text.startswith(_BRACES, name_end):
            self.payload(name_end)

    def brace(self, at: int) -> None:
        """A brace; a string or a comment is passed over."""
        char = self.text[at]
        if char == "{":
            self.open(at)
        elif char == "}":
            self.close(at)

    def body(self, start: int, end: int) -> None:
        self.events.append(Body(start - 1, end - 1))
        self.inline_op(end)

    def payload(self, at: int) -> None:
        """The short form `linalg.map { arith.addf } ins(…)`: an op's name in braces right after the name."""
        short = _SHORT_FORM.match(self.text, at)
        if short is None:
            return
        name = short.start("name")
        self.events += [Open(short.start("open") - 1), Op(name - 1, name - 1, short.end("name") - 1)]
        self.events.append(Close(short.end() - 2))
        self.skip_to = short.end()

    def label(self, at: int) -> None:
        end = _LABEL_END.match(self.text, at)
        if end is None:
            return
        self.events.append(Label(at - 1, end.end() - 1))
        self.skip_to = end.end()
        self.inline_op(end.end())

    def inline_op(self, at: int) -> None:
        """The op, label or nothing that stands at `at` on the same line."""
        head = _HEAD_HERE.match(self.text, at)
        if head is not None and head.lastgroup is not None:
            self.head(head, head.lastgroup)
            self.skip_to = max(self.skip_to, head.end())

    def open(self, at: int) -> None:
        opens = _surely_opens_region if self.opaque else _opens_region
        if not opens(self.text, at):
            self.opaque_at = self.opaque_at if self.opaque else at
            self.opaque += 1
            return
        self.outer.append(self.opaque)
        self.opaque = 0
        self.events.append(Open(at - 1))
        label = _LABEL_HERE.match(self.text, at + 1)
        if label is None:
            self.inline_op(at + 1)
        elif "\n" not in self.text[at : label.start("label")]:
            self.label(label.start("label"))

    def close(self, at: int) -> None:
        if self.opaque:
            self.opaque -= 1
            return
        self.opaque = self.outer.pop() if self.outer else 0
        self.events.append(Close(at - 1))
        self.inline_op(at + 1)


def _is_crowded(chunk: str) -> bool:
    """Whether an op may begin on a line that has another."""
    return "\t" in chunk or _NEXT_DEFINITION.search(chunk) is not None or _NEXT_OP.search(chunk) is not None


def _opens_region(text: str, at: int) -> bool:
    """Whether the brace at `at` opens a region: what follows it begins an op or a block, or nothing does and no `:` comes."""
    begin = _SPACE.match(text, at + 1)
    start = begin.end() if begin else at + 1
    first = text[start : start + 1]
    if text[at - 1] == "<" or _ATTRIBUTES.search(text, max(0, at - 14), at):
        return False
    if first in ("^", ""):
        return True
    if first == "%":
        return _RESULTS_HERE.match(text, start) is not None or ("\n" in text[at:start] and not _INDEXED.match(text, start))
    if first in "(=:" and "\n" in text[at:start]:
        return True
    if first == '"':
        return _STRING_HERE.match(text, start) is not None
    if first == "}":
        return _empty_is_region(text, at, start)
    word = _WORD.match(text, start)
    return word is not None and _word_begins_op(text, word, "\n" in text[at:start])


def _surely_opens_region(text: str, at: int) -> bool:
    """Whether a brace inside a dictionary opens a region all the same: `objects({#target if(…) -> i1 {%ok = …}})`."""
    begin = _SPACE.match(text, at + 1)
    start = begin.end() if begin else at + 1
    return text[start : start + 1] == "^" or _RESULTS_HERE.match(text, start) is not None


def _empty_is_region(text: str, at: int, close: int) -> bool:
    before = text[max(0, at - 24) : at].rstrip()
    if before.endswith("("):
        return not before[-2:-1].isalnum()
    after = text[close + 1 : close + 12].lstrip()
    if before.endswith(","):
        return before[:-1].rstrip().endswith("}") and after.startswith(")")
    if before.endswith(("attributes", "=", "[", "<")):
        return False
    return not after.startswith((":", "ins", ">", ",", "outs", ")"))


def _word_begins_op(text: str, word: re.Match[str], on_its_line: bool) -> bool:
    after = _SPACE.match(text, word.end())
    next_at = after.end() if after else word.end()
    following = text[next_at : next_at + 2]
    if following[:1] == "}":
        return _TERMINATOR.match(word.group()) is not None or (on_its_line and "." in word.group())
    if following == "=>":
        return True
    if following[:1] in "=,:>])|" and following[:1]:
        return False
    if following[:1] == "<":
        return "." in word.group()
    return "." in word.group() or _HEAD_HERE.match(text, word.start()) is not None
