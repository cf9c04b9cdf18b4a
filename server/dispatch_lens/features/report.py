"""What `check` says of one file, as plain data with resolved positions: it crosses processes and every format prints it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from dispatch_lens import rules
from dispatch_lens.analysis.dispatches import DispatchReport
from dispatch_lens.features.diagnostics import Findings, diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.ir.module import Problem
from dispatch_lens.rules.rule import Remark
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import Range

SOURCE_WIDTH = 400
"""Characters of a line that are kept to show: a line of IR may hold a whole weight."""


@dataclass(frozen=True, slots=True)
class Place:
    """A range, 1-based. `column` counts UTF-8 bytes as MLIR does, `character` code points; the ends are exclusive."""

    line: int
    column: int
    character: int
    end_line: int
    end_column: int
    end_character: int


@dataclass(frozen=True, slots=True)
class Note:
    """Another place that belongs to a remark or an error."""

    place: Place
    message: str


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """Something wrong with the text. `source` is its line, cut."""

    place: Place
    message: str
    related: tuple[Note, ...]
    source: str


@dataclass(frozen=True, slots=True)
class RemarkRow:
    """One remark. `source` is its line, cut."""

    rule: str
    severity: str
    certainty: str
    place: Place
    message: str
    reason: str
    suggestion: str
    related: tuple[Note, ...]
    source: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """A section that was read: the line of its header or first text, and the pass it is after, if a header says so."""

    line: int
    title: str


@dataclass(frozen=True, slots=True)
class Summary:
    """The dispatches of the program in numbers. None: the text does not tell. `shape` is the form that the text has them in.

    `initializers` are the dispatches that run once at start, by name; `jit_eval` the functions that the compiler runs
    itself. Neither counts among the others. `to_dispatch` counts the ops that will need a dispatch: all where none is formed
    yet, else those that were left outside, each one more in the end.
    """

    shape: str
    executed: int | None
    unique_executables: int | None
    by_kind: Mapping[str, int]
    standalone_transposes: int
    copies: int
    flow_copies: int
    initializers: tuple[str, ...]
    jit_eval: tuple[str, ...]
    to_dispatch: int
    initializers_to_dispatch: int


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read of a file: the lines of the sections, of how many, why these, and where the remarks are if elsewhere."""

    choice: str
    lines: tuple[int, ...]
    sections_total: int
    remarks_on: str


@dataclass(frozen=True, slots=True)
class FileReport:
    """Everything that `check` says of one file. `choice` says why these sections were read.

    `remarks_on` says where the remarks are, in a dump that shows dispatches as they were formed and goes on; else empty.
    """

    file: str
    choice: str
    sections: tuple[SectionRow, ...]
    sections_total: int
    remarks_on: str
    summary: Summary
    errors: tuple[ErrorRow, ...]
    remarks: tuple[RemarkRow, ...]

    @property
    def reading(self) -> Reading:
        return Reading(self.choice, tuple(section.line for section in self.sections), self.sections_total, self.remarks_on)


def _as_found(_: Document, findings: Findings) -> Findings:
    return findings


def file_report(document: Document, settings: Settings, hold: Callable[[Document, Findings], Findings] = _as_found) -> FileReport:
    """The report of one document under these settings; `hold` may hold its findings against a compiler first."""
    findings = hold(document, diagnostics(document, settings))
    return FileReport(
        file=document.uri,
        choice=document.choice.reason,
        sections=tuple(_section_rows(document)),
        sections_total=len(document.sections),
        remarks_on=_remarks_on(document),
        summary=summary_of(findings.report),
        errors=tuple(_error(document, problem) for problem in findings.problems),
        remarks=_remarks(document, settings, findings),
    )


def reading_of(document: Document) -> Reading:
    """What was read of the document. Costs a pass over the ends of its lines."""
    lines = tuple(_lines(document, document.choice.sections))
    return Reading(document.choice.reason, lines, len(document.sections), _remarks_on(document))


def _lines(document: Document, sections: Iterable[Section]) -> Iterator[int]:
    """The line (from 1) that each section begins with."""
    line, at = 1, 0
    for section in sections:
        line, at = line + document.text.count("\n", at, section.start), section.start
        yield line


def _remarks_on(document: Document) -> str:
    formed = document.as_formed.choice
    line = next(_lines(document, formed.sections), 0)
    return "" if document.as_formed is document else f"{formed.reason}, at line {line}"


def _section_rows(document: Document) -> list[SectionRow]:
    found: list[SectionRow] = []
    for section, line in zip(document.choice.sections, _lines(document, document.choice.sections)):
        title = section.title
        word = "after" if title is not None and title.after else "before"
        found.append(SectionRow(line, f"{word} {title.pass_name}" if title else ""))
    return found


def summary_of(report: DispatchReport) -> Summary:
    """The numbers of a report."""
    return Summary(
        shape=report.shape,
        executed=report.executed,
        unique_executables=report.unique_executables,
        by_kind=report.by_kind,
        standalone_transposes=len(report.standalone_transposes),
        copies=len(report.copies),
        flow_copies=len(report.flow_copies),
        initializers=tuple(dispatch.name for dispatch in report.initializers),
        jit_eval=report.jit_eval,
        to_dispatch=len(report.to_dispatch),
        initializers_to_dispatch=len(report.initial_to_dispatch),
    )


def _remarks(document: Document, settings: Settings, findings: Findings) -> tuple[RemarkRow, ...]:
    known = {rule.name: rule for rule in rules.ALL}
    return tuple(
        RemarkRow(
            rule=remark.rule,
            severity=settings.severity_of(known[remark.rule]).value,
            certainty=remark.certainty.value,
            place=_place(document, remark.range),
            message=remark.message,
            reason=remark.reason,
            suggestion=remark.suggestion,
            related=_related(document, remark),
            source=_source(document, remark.range),
        )
        for remark in findings.remarks
    )


def _related(document: Document, remark: Remark) -> tuple[Note, ...]:
    return tuple(Note(_place(document, other.range), other.message) for other in remark.related)


def _error(document: Document, problem: Problem) -> ErrorRow:
    related = tuple(Note(_place(document, place), message) for place, message in problem.related)
    return ErrorRow(_place(document, problem.range), problem.message, related, _source(document, problem.range))


def _place(document: Document, range_: Range) -> Place:
    starts = document.lines.starts
    start, end = document.lines.position(range_.start), document.lines.position(range_.end)
    first = range_.start - starts[start.line - 1] + 1
    last = range_.end - starts[end.line - 1] + 1
    return Place(start.line, start.column, first, end.line, end.column, last)


def _source(document: Document, range_: Range) -> str:
    return document.lines.line_text(document.lines.line_of(range_.start))[:SOURCE_WIDTH]
