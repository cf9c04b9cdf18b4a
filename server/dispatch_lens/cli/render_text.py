"""`check` for people: the numbers first, then each remark with its line of IR and a caret under what it is about.

Remarks with the same words are printed once, with the other places after them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from dispatch_lens.cli import summary
from dispatch_lens.cli.inputs import Unreadable
from dispatch_lens.features.report import ErrorRow, FileReport, Note, Place, RemarkRow

_STYLES = {"error": "bold red", "warning": "bold yellow", "information": "bold cyan", "hint": "bold blue"}
_SOURCE_WIDTH = 118
_BEFORE_CARET = 60
_OTHER_LINES = 12
_RELATED = 4


def render(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> None:
    """Prints to standard output, in colour on a terminal."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for report in reports:
        _file(console, report)
    _total(console, reports)


def _file(console: Console, report: FileReport) -> None:
    console.print(Text.assemble((report.file, "bold"), ": ", (summary.headline(report), "bold")))
    rows = list(summary.rows(report))
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
    message = first.message if len(group) == 1 else f"{first.message} ({len(group)} times)"
    console.print(_title(file, first.place, first.severity, first.rule, message))
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
        _field(console, "also at", f"line {', '.join(lines[:_OTHER_LINES])}{more}")
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


def _grouped(remarks: Iterable[RemarkRow]) -> list[list[RemarkRow]]:
    """Remarks that say the same together, in the order of the first of each; by rule first."""
    groups: dict[tuple[str, ...], list[RemarkRow]] = {}
    for remark in remarks:
        key = (remark.rule, remark.message, remark.reason, remark.suggestion, remark.certainty)
        groups.setdefault(key, []).append(remark)
    order = list(dict.fromkeys(key[0] for key in groups))
    return [group for _, group in sorted(groups.items(), key=lambda item: order.index(item[0][0]))]


def _total(console: Console, reports: Sequence[FileReport]) -> None:
    remarks = sum(len(report.remarks) for report in reports)
    errors = sum(len(report.errors) for report in reports)
    words = [f"{remarks} remark{'' if remarks == 1 else 's'}"]
    words += [f"{errors} error{'' if errors == 1 else 's'}"] if errors else []
    if remarks or errors:
        console.print(f"{' and '.join(words)} in {len(reports)} file{'' if len(reports) == 1 else 's'}")
    else:
        console.print("nothing found")
