"""Offsets to LSP positions and back, in the units that were agreed on with the editor, and our data to LSP's.

An editor counts columns in UTF-16 units unless it agreed on UTF-8 or UTF-32; a line without other characters than ASCII has the
same columns in all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lsprotocol import types

from dispatch_lens import rules
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.ir.module import Problem
from dispatch_lens.lsp import columns, pages
from dispatch_lens.rules.rule import Remark, Severity
from dispatch_lens.text import Edit, Range

SOURCE = "dispatch-lens"

_SEVERITIES = {
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.INFORMATION: types.DiagnosticSeverity.Information,
    Severity.HINT: types.DiagnosticSeverity.Hint,
}


@dataclass(frozen=True, slots=True)
class Converter:
    """Converts for one snapshot. `encoding` is `utf-8`, `utf-16` or `utf-32`."""

    snapshot: Snapshot
    encoding: str = "utf-16"

    def offset(self, position: types.Position) -> int:
        """The offset of a position; past the end of a line it is the line's end."""
        line = self.snapshot.line_range(max(0, position.line))
        units = max(0, position.character)
        text = self.snapshot.text_of(line)
        return line.start + (min(units, len(text)) if text.isascii() else columns.points(text, units, self.encoding))

    def position(self, offset: int) -> types.Position:
        line, before = self.snapshot.place(offset)
        return types.Position(line, columns.units(before, self.encoding))

    def range(self, range_: Range) -> types.Range:
        return types.Range(self.position(range_.start), self.position(range_.end))

    def offsets(self, range_: types.Range) -> Range:
        return Range(self.offset(range_.start), self.offset(range_.end))

    def edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        return [types.TextEdit(self.range(edit.range), edit.text) for edit in edits]

    def location(self, range_: Range) -> types.Location:
        return types.Location(self.snapshot.uri, self.range(range_))

    def error(self, problem: Problem) -> types.Diagnostic:
        return types.Diagnostic(
            range=self.range(problem.range),
            message=problem.message,
            severity=types.DiagnosticSeverity.Error,
            source=SOURCE,
            code="error",
            related_information=self._related(problem.related),
        )

    def remark(self, remark: Remark, settings: Settings) -> types.Diagnostic:
        rule = rules.by_name(remark.rule)
        severity = settings.severity_of(rule) if rule is not None else Severity.INFORMATION
        return types.Diagnostic(
            range=self.range(remark.range),
            message=message(remark),
            severity=_SEVERITIES[severity],
            source=SOURCE,
            code=remark.rule,
            code_description=types.CodeDescription(page) if (page := pages.href(remark.rule)) is not None else None,
            related_information=self._related([(one.range, one.message) for one in remark.related]),
        )

    def _related(self, places: Sequence[tuple[Range, str]]) -> list[types.DiagnosticRelatedInformation] | None:
        found = [types.DiagnosticRelatedInformation(self.location(place), words) for place, words in places]
        return found or None


def message(remark: Remark) -> str:
    """The remark with its reason and suggestion, each on a line of its own."""
    more = (("reason", remark.reason), ("suggestion", remark.suggestion))
    return "\n".join([remark.message, *(f"{word}: {text}" for word, text in more if text)])
