"""What is known of a whole document: findings, numbers and dispatches, as plain data that may cross to another process.

Ranges are the document's. `moved` carries them over an edit that came afterwards, so that what is shown stays in its place until
the next overview is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dispatch_lens import rules
from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.features.diagnostics import Findings, diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.report import Summary, summary_of
from dispatch_lens.features.settings import Settings
from dispatch_lens.ir.module import Problem
from dispatch_lens.rules.rule import Certainty, Kind, Remark
from dispatch_lens.text import Edit, Range


@dataclass(frozen=True, slots=True)
class DispatchRow:
    """One dispatch. `range` is its op, `name_range` the op's name; the others are as in `analysis.dispatches`."""

    ordinal: int
    name: str
    kind: str
    summary: str
    bytes_read: int | None
    bytes_written: int | None
    flops: int | None
    range: Range
    name_range: Range
    root: str | None
    signature: str
    producers: tuple[int, ...]
    consumers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that one reading of a document gave. `version` is the document's."""

    version: int
    summary: Summary
    certainty: str
    problems: tuple[Problem, ...]
    remarks: tuple[Remark, ...]
    dispatches: tuple[DispatchRow, ...]

    def remarks_of(self, dispatch: DispatchRow) -> tuple[Remark, ...]:
        """The remarks inside the dispatch's op."""
        place = dispatch.range
        return tuple(r for r in self.remarks if place.start <= r.range.start and r.range.end <= place.end)

    def missed(self, dispatch: DispatchRow) -> tuple[Remark, ...]:
        """The remarks that say that the dispatch could have been one with another."""
        return tuple(remark for remark in self.remarks_of(dispatch) if remark.rule in _MISSED)

    def dispatch_at(self, offset: int) -> DispatchRow | None:
        """The innermost dispatch whose op holds the place."""
        holding = [one for one in self.dispatches if one.range.start <= offset < one.range.end]
        return min(holding, key=lambda one: one.range.end - one.range.start, default=None)


_MISSED = frozenset(rule.name for rule in rules.ALL if rule.kind is Kind.MISSED)


def overview(document: Document, settings: Settings) -> Overview:
    """Reads the whole document."""
    findings = diagnostics(document, settings)
    starts = {module: section.body_start for section, module in document.read_sections}
    return Overview(
        version=document.version,
        summary=summary_of(findings.report),
        certainty=_certainty(findings),
        problems=findings.problems,
        remarks=findings.remarks,
        dispatches=tuple(_row(one, starts.get(one.op.module, 0)) for one in findings.report.dispatches),
    )


def _certainty(findings: Findings) -> str:
    proved = bool(findings.remarks) and all(remark.certainty is Certainty.PROVED for remark in findings.remarks)
    return (Certainty.PROVED if proved else Certainty.PREDICTED).value


def _row(dispatch: Dispatch, start: int) -> DispatchRow:
    return DispatchRow(
        ordinal=dispatch.ordinal,
        name=dispatch.name,
        kind=dispatch.kind,
        summary=dispatch.summary,
        bytes_read=dispatch.bytes_read,
        bytes_written=dispatch.bytes_written,
        flops=dispatch.flops,
        range=dispatch.op.range.shift(start),
        name_range=dispatch.op.name_range.shift(start),
        root=dispatch.root.name if dispatch.root is not None else None,
        signature=dispatch.signature,
        producers=dispatch.producers,
        consumers=dispatch.consumers,
    )


def moved(of: Overview, edit: Edit) -> Overview:
    """The overview with its ranges where they are after the edit; what the edit replaces goes."""
    return replace(
        of,
        problems=tuple(_moved_problem(problem, edit) for problem in of.problems if _survives(problem.range, edit)),
        remarks=tuple(_moved_remark(remark, edit) for remark in of.remarks if _survives(remark.range, edit)),
        dispatches=tuple(_moved_dispatch(one, edit) for one in of.dispatches if _survives(one.name_range, edit)),
    )


def _survives(place: Range, edit: Edit) -> bool:
    return not (edit.range.start < place.end and place.start < edit.range.end)


def moved_range(place: Range, edit: Edit) -> Range:
    """Where the range is after the edit; an edit inside it makes it longer or shorter."""
    grown = len(edit.text) - (edit.range.end - edit.range.start)
    start = place.start + grown if edit.range.end <= place.start else min(place.start, edit.range.start)
    end = place.end + grown if edit.range.end <= place.end else min(place.end, edit.range.start)
    return Range(start, max(start, end))


def _moved_problem(problem: Problem, edit: Edit) -> Problem:
    related = tuple((moved_range(place, edit), words) for place, words in problem.related)
    return Problem(moved_range(problem.range, edit), problem.message, related)


def _moved_remark(remark: Remark, edit: Edit) -> Remark:
    related = tuple(replace(one, range=moved_range(one.range, edit)) for one in remark.related)
    fixes = tuple(
        replace(fix, edits=tuple(Edit(moved_range(one.range, edit), one.text) for one in fix.edits))
        for fix in remark.fixes
        if all(_survives(one.range, edit) for one in fix.edits)
    )
    return replace(remark, range=moved_range(remark.range, edit), related=related, fixes=fixes)


def _moved_dispatch(dispatch: DispatchRow, edit: Edit) -> DispatchRow:
    return replace(dispatch, range=moved_range(dispatch.range, edit), name_range=moved_range(dispatch.name_range, edit))
