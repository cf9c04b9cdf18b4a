"""`check` for people: the numbers first, then each remark with its line of IR and a caret under what it is about.

The gravest rules stand first. Remarks that differ in sizes only are printed once, with the other places after them, and the last
lines count what each rule found: what a long answer leaves on the screen.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from dispatch_lens.cli.inputs import Unreadable
from dispatch_lens.features import summary_words
from dispatch_lens.features.report import ErrorRow, FileReport, Note, Place, RemarkRow

_STYLES = {"error": "bold red", "warning": "bold yellow", "information": "bold cyan", "hint": "bold blue"}
_SEVERITIES = tuple(_STYLES)
_SIZES = re.compile(r"(?:\d+x)+\d*")
_SOURCE_WIDTH = 118
_BEFORE_CARET = 60
_OTHER_LINES = 12
_RELATED = 4


def render(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> None:
    """Prints to standard output, in colour on a terminal."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for report in reports:
        _file(console, report)
    if reports:
        _total(console, reports)


def _file(console: Console, report: FileReport) -> None:
    console.print(Text.assemble((report.file, "bold"), ": ", (summary_words.headline(report.summary), "bold")))
    rows = list(summary_words.rows(report.summary, report.reading))
    width = max((len(word) for word, _ in rows), default=0)
    for word, value in rows:
        console.print(Text.assemble("  ", (word.ljust(width), "dim"), "  ", value))
    console.print()
    for error in report.errors:
        _error(console, report.file, error)
    for group in _grouped(report.remarks):
        _remark(console, report.file, group)


def _error(console: Console, file: str, error: ErrorRow) -> None:
    console.print(_title(file, error.place, "error", "", error.message))
    _snippet(console, error.place, error.source, "error")
    _notes(console, error.related)
    console.print()


def _remark(console: Console, file: str, group: Sequence[RemarkRow]) -> None:
    first = group[0]
    console.print(_title(file, first.place, first.severity, first.rule, first.message + _times(group)))
    _snippet(console, first.place, first.source, first.severity)
    _field(console, "reason", first.reason)
    if first.suggestion:
        _field(console, "suggestion", first.suggestion)
    if first.certainty != "proved":
        _field(console, "certainty", first.certainty)
    _notes(console, first.related)
    if len(group) > 1:
        lines = [str(other.place.line) for other in group[1:]]
        more = f" and {len(lines) - _OTHER_LINES} more" if len(lines) > _OTHER_LINES else ""
        word = "line" if len(lines) == 1 else "lines"
        _field(console, "also at", f"{word} {', '.join(lines[:_OTHER_LINES])}{more}")
    console.print()


def _title(file: str, place: Place, severity: str, rule: str, message: str) -> Text:
    name = f"{severity}[{rule}]" if rule else severity
    return Text.assemble((f"{file}:{place.line}:{place.column}", "bold"), ": ", (name, _STYLES[severity]), f": {message}")


def _snippet(console: Console, place: Place, source: str, severity: str) -> None:
    """The line of the text, cut around the place, with carets under it."""
    start = place.character - 1
    if start >= len(source):
        return
    end = place.end_character - 1 if place.end_line == place.line else len(source)
    cut = max(0, start - _BEFORE_CARET) if len(source) > _SOURCE_WIDTH else 0
    shown = source[cut : cut + _SOURCE_WIDTH].replace("\t", " ")
    shown = ("…" + shown[1:] if cut else shown) + ("…" if len(source) > cut + _SOURCE_WIDTH else "")
    number = str(place.line)
    carets = "^" * max(1, min(end, cut + _SOURCE_WIDTH) - start)
    console.print(Text.assemble((f"  {number} | ", "dim"), shown))
    console.print(Text.assemble((f"  {' ' * len(number)} | ", "dim"), " " * (start - cut), (carets, _STYLES[severity])))


def _notes(console: Console, notes: Sequence[Note]) -> None:
    for note in notes[:_RELATED]:
        _field(console, "see", f"line {note.place.line}:{note.place.column}: {note.message}")


def _field(console: Console, word: str, text: str) -> None:
    console.print(Text.assemble((f"  {word}: ", "dim"), text))


def _times(group: Sequence[RemarkRow]) -> str:
    if len(group) == 1:
        return ""
    sizes = "" if len({remark.message for remark in group}) == 1 else ", in other sizes too"
    return f" ({len(group)} times{sizes})"


def _grouped(remarks: Iterable[RemarkRow]) -> list[list[RemarkRow]]:
    """Remarks that say the same but for sizes together; by severity, then rule, then the first of each."""
    groups: dict[tuple[str, ...], list[RemarkRow]] = {}
    for remark in remarks:
        words = (_SIZES.sub("", text) for text in (remark.message, remark.reason, remark.suggestion))
        groups.setdefault((remark.rule, remark.certainty, *words), []).append(remark)
    order = list(dict.fromkeys(key[0] for key in groups))
    return sorted(groups.values(), key=lambda group: (_SEVERITIES.index(group[0].severity), order.index(group[0].rule)))


def _total(console: Console, reports: Sequence[FileReport]) -> None:
    remarks = [remark for report in reports for remark in report.remarks]
    errors = sum(len(report.errors) for report in reports)
    if not remarks and not errors:
        console.print("nothing found")
        return
    words = [_count(len(remarks), "remark")] + ([_count(errors, "error")] if errors else [])
    console.print(f"{' and '.join(words)} in {_count(len(reports), 'file')}")
    counted = Counter((_SEVERITIES.index(remark.severity), remark.rule, remark.certainty) for remark in remarks)
    width = max((len(rule) for _, rule, _ in counted), default=0)
    for (severity, rule, certainty), count in sorted(counted.items(), key=lambda item: (item[0][0], -item[1])):
        style = _STYLES[_SEVERITIES[severity]]
        console.print(Text.assemble(f"  {count:>4}  ", (rule.ljust(width), style), (f"  {certainty}", "dim")))


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'' if number == 1 else 's'}"
