"""IR as people paste it, with what is no IR blanked out: offsets and lines stay as they are.

Blanked are the marks of quoting (`> `), numbers of lines (`12 | `), colour codes of terminals, and the diagnostics of a
compiler: the line that it says something of, which it prints again, and the op in `see current operation`. A mark counts only
where lines beside it have the same. A text that has none of these is given back as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import SequenceMatcher
from itertools import count

from dispatch_lens.text import Range

_MARKED = re.compile(r"(?:\A|\n)[ \t]*[\d>]")
"""A line that may be quoted or numbered."""
_COLOUR = re.compile(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\n]*\x07)")
_QUOTES = re.compile(r"(?m)(?:^ ?>.*(?:\n|\Z)){2,}")
_QUOTE = re.compile(r"(?m)^(?: ?>)+ ?")
_NUMBER = re.compile(r"[ \t]*(\d+)(?:[ \t]*[|:.│]|[ \t]+|$)", re.MULTILINE)
_NUMBERED = re.compile(r"(?m)\n[ \t]*\d+(?:[ \t]*[|:.│]|[ \t]|$)")
_FEW = 3
"""As many lines in a row have numbers that follow each other: of fewer it may be chance."""

_SAYS = re.compile(r"(?m)^[^\s%].*?:\d+:\d+: (?:error|warning|remark|note): .*$")
_KINDS = (": error: ", ": warning: ", ": remark: ", ": note: ")
_CURRENT = "see current operation:"
_CARET = re.compile(r"[ \t]*\^~*[ \t\r]*$", re.MULTILINE)
_LINE = re.compile(r".*(?:\n|\Z)")
_LONGEST = 5_000
"""Lines that one op is followed over."""


def plain(text: str) -> str:
    """The text with blanks in place of all that is no IR; it has the same length and the same ends of lines."""
    if "\x1b" in text:
        text = _blanked(text, (Range(*match.span()) for match in _COLOUR.finditer(text)))
    if "\u00a0" in text:
        text = text.replace("\u00a0", " ")
    if _MARKED.search(text):
        text = _blanked(text, _quotes(text))
        text = _without_numbers(text)
    if any(kind in text for kind in _KINDS):
        text = _blanked(text, _diagnostics(text))
    return text


def _without_numbers(text: str) -> str:
    if _NUMBER.match(text) or _NUMBERED.search(text, 0, 20_000):
        return _blanked(text, _numbers(text))
    return text


def bare(line: str) -> str:
    """One line without the colours, the mark of quoting and the number that may stand before its IR."""
    line = _QUOTE.sub("", _COLOUR.sub("", line))
    number = _NUMBER.match(line)
    return line[number.end() :] if number is not None else line


def restored(text: str, blanked: str, changed: str) -> str:
    """The text after a change of its plain form: the lines that stay are those of the text, with all that was blanked."""
    if text == blanked:
        return changed
    old, new = text.split("\n"), changed.split("\n")
    same = SequenceMatcher(None, blanked.split("\n"), new).get_opcodes()
    return "\n".join(line for kind, a, b, c, d in same for line in (old[a:b] if kind == "equal" else new[c:d]))


def _blanked(text: str, ranges: Iterator[Range]) -> str:
    """The text with spaces in place of all but the ends of lines in the ranges, which are in order."""
    kept: list[str] = []
    at = 0
    for start, end in ranges:
        kept += text[at:start], re.sub(r"[^\r\n]", " ", text[start:end])
        at = end
    return "".join([*kept, text[at:]]) if kept else text


def _quotes(text: str) -> Iterator[Range]:
    """The marks of lines that stand in a row of quoted ones."""
    for block in _QUOTES.finditer(text):
        yield from (Range(*mark.span()) for mark in _QUOTE.finditer(text, *block.span()))


def _numbers(text: str) -> Iterator[Range]:
    """The numbers in front of lines that are counted one by one."""
    run: list[Range] = []
    following = -1
    for line in _LINE.finditer(text):
        mark = _NUMBER.match(text, line.start(), line.end())
        number = int(mark[1][:12]) if mark is not None else -1
        if mark is None or number != following:
            yield from run if len(run) >= _FEW else ()
            run = []
        if mark is not None:
            run.append(Range(*mark.span()))
        following = number + 1 if mark is not None else -1
    yield from run if len(run) >= _FEW else ()


def _diagnostics(text: str) -> Iterator[Range]:
    """What a compiler says, with the line that it prints again and points at, and the op that it prints."""
    done = 0
    for said in _SAYS.finditer(text):
        if said.start() < done:
            continue
        done = _after_op(text, said) if _CURRENT in said.group() else said.end()
        done = _after_echo(text, done)
        yield Range(said.start(), done)


def _after_echo(text: str, at: int) -> int:
    """Behind the line that is printed again and the caret below it, where they follow."""
    line = text.find("\n", at + 1)
    caret = _CARET.match(text, line + 1) if line >= 0 else None
    return caret.end() if caret is not None else at


def _after_op(text: str, said: re.Match[str]) -> int:
    """Behind the op that is printed on the line or the next ones: where its brackets are closed."""
    begin = said.start() + said.group().index(_CURRENT) + len(_CURRENT)
    at = said.end()
    depth = _depth(text[begin:at])
    if not text[begin:at].strip():
        at, depth = _next_line(text, at)
    for lines in count():
        if depth <= 0 or at >= len(text) or lines == _LONGEST or text.startswith("\n// -----//", at):
            return at
        at, more = _next_line(text, at)
        depth += more
    return at


def _next_line(text: str, at: int) -> tuple[int, int]:
    """The end of the line behind `at`, which ends one, and how many more brackets it opens than it closes."""
    end = text.find("\n", at + 1)
    end = end if end >= 0 else len(text)
    return end, _depth(text[at:end])


def _depth(line: str) -> int:
    return sum(map(line.count, "({[")) - sum(map(line.count, ")}]"))
