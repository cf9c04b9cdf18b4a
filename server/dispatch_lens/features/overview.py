"""What is known of a whole document: findings, numbers and dispatches, as plain data that may cross to another process.

Ranges are the document's. `moved` carries them over the edits that came afterwards, so that what is shown stays in its place
until the next overview is made; `Earlier` answers at a place without moving all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.features.diagnostics import Findings, diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.report import Reading, Summary, reading_of, summary_of
from dispatch_lens.features.settings import Settings
from dispatch_lens.ir.module import Problem
from dispatch_lens.rules.rule import Certainty, Remark
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
    reading: Reading
    certainty: str
    problems: tuple[Problem, ...]
    remarks: tuple[Remark, ...]
    dispatches: tuple[DispatchRow, ...]

    def remarks_of(self, dispatch: DispatchRow) -> tuple[Remark, ...]:
        """The remarks inside the dispatch's op."""
        place = dispatch.range
        first = bisect_left(self.remarks, place.start, key=_start)
        last = bisect_left(self.remarks, place.end, first, key=_start)
        return tuple(remark for remark in self.remarks[first:last] if remark.range.end <= place.end)

    def dispatch_at(self, offset: int) -> DispatchRow | None:
        """The innermost dispatch whose op holds the place."""
        holding = [one for one in self.dispatches if one.range.start <= offset < one.range.end]
        return min(holding, key=lambda one: one.range.end - one.range.start, default=None)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An overview, and the edits since. Places are today's, what is found has the offsets of the overview."""

    overview: Overview
    edits: tuple[Edit, ...] = ()

    def dispatch_at(self, offset: int) -> DispatchRow | None:
        """The innermost dispatch whose op holds the place."""
        return self.overview.dispatch_at(self.before(offset))

    def before(self, offset: int) -> int:
        """Where the place was when the overview was made; what an edit put in was where that edit began."""
        for edit in reversed(self.edits):
            grown = len(edit.text) - (edit.range.end - edit.range.start)
            is_after = offset >= edit.range.start + len(edit.text)
            offset = offset - grown if is_after else min(offset, edit.range.start)
        return offset

    def dispatches_in(self, range_: Range) -> Iterator[DispatchRow]:
        """The dispatches whose name touches the range, with today's offsets."""
        grown = sum(len(edit.text) + edit.range.end - edit.range.start for edit in self.edits)
        for one in self.overview.dispatches:
            if range_.start - grown <= one.name_range.end and one.name_range.start <= range_.end + grown:
                yield from _moved_dispatches([one], self.edits)


def _start(remark: Remark) -> int:
    return remark.range.start


def overview(document: Document, settings: Settings) -> Overview:
    """Reads the whole document."""
    findings = diagnostics(document, settings)
    return Overview(
        version=document.version,
        summary=summary_of(findings.report),
        reading=reading_of(document),
        certainty=_certainty(findings),
        problems=findings.problems,
        remarks=findings.remarks,
        dispatches=tuple(_row(one, document.starts.get(one.op.module, 0)) for one in findings.report.dispatches),
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


def moved(of: Overview, edits: Sequence[Edit]) -> Overview:
    """The overview with its ranges where they are after the edits; what these replace goes."""
    return replace(
        of,
        problems=tuple(_moved_problem(problem, edits) for problem in of.problems if _survives_all(problem.range, edits)),
        remarks=tuple(_moved_remark(remark, edits) for remark in of.remarks if _survives_all(remark.range, edits)),
        dispatches=tuple(_moved_dispatches(of.dispatches, edits)),
    )


def _survives_all(place: Range, edits: Sequence[Edit]) -> bool:
    for edit in edits:
        if not _survives(place, edit):
            return False
        place = moved_range(place, (edit,))
    return True


def _survives(place: Range, edit: Edit) -> bool:
    return not (edit.range.start < place.end and place.start < edit.range.end)


def moved_range(place: Range, edits: Sequence[Edit]) -> Range:
    """Where the range is after the edits; one inside it makes it longer or shorter."""
    start, end = place
    for edit in edits:
        grown = len(edit.text) - (edit.range.end - edit.range.start)
        start = start + grown if edit.range.end <= start else min(start, edit.range.start)
        end = end + grown if edit.range.end <= end else min(end, edit.range.start)
    return Range(start, max(start, end))


def _moved_problem(problem: Problem, edits: Sequence[Edit]) -> Problem:
    related = tuple((moved_range(place, edits), words) for place, words in problem.related)
    return Problem(moved_range(problem.range, edits), problem.message, related)


def _moved_remark(remark: Remark, edits: Sequence[Edit]) -> Remark:
    related = tuple(replace(one, range=moved_range(one.range, edits)) for one in remark.related)
    return replace(remark, range=moved_range(remark.range, edits), related=related)


def _moved_dispatches(dispatches: Sequence[DispatchRow], edits: Sequence[Edit]) -> Iterator[DispatchRow]:
    for one in dispatches:
        if _survives_all(one.name_range, edits):
            yield replace(one, range=moved_range(one.range, edits), name_range=moved_range(one.name_range, edits))
