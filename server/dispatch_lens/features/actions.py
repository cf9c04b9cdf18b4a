"""What can be done about the remarks at a place: their fixes, the options they suggest, a comment that ignores one, its page."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dispatch_lens.features.overview import Overview
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.rules.rule import Fix, Remark, Safety
from dispatch_lens.text import Edit, Range

_OPTION = re.compile(r"--[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?:=[^\s`,]+)?")
_QUICK, _REWRITE, _ALL = "quickfix", "refactor.rewrite", "source.fixAll"


@dataclass(frozen=True, slots=True)
class Action:
    """One action: edits, or a flag to copy, or a page to open. `rule` is that of its remark; None for all of them."""

    title: str
    kind: str
    rule: str | None
    range: Range
    edits: tuple[Edit, ...] = ()
    flag: str | None = None
    opens_page: bool = False
    is_preferred: bool = False

    @property
    def id(self) -> str:
        """Tells the action from the others of one snapshot."""
        return f"{self.kind}|{self.rule}|{self.range.start}|{self.title}"


def actions(snapshot: Snapshot, overview: Overview, range_: Range) -> tuple[Action, ...]:
    """The actions of the remarks that touch the range, then "fix all" where anything can be fixed safely."""
    found = [action for remark in _touching(overview, range_) for action in _of_remark(snapshot, remark)]
    edits = safe_edits(overview)
    if edits:
        found.append(Action("Make all safe fixes", _ALL, None, range_, edits))
    return tuple(found)


def safe_edits(overview: Overview) -> tuple[Edit, ...]:
    """The edits of all fixes that surely keep the meaning; of two that overlap the first."""
    return without_overlaps(fix for remark in overview.remarks for fix in remark.fixes if fix.safety is Safety.SAFE)


def without_overlaps(fixes: Iterable[Fix]) -> tuple[Edit, ...]:
    """The edits of as many fixes as fit beside each other, in text order."""
    taken: list[Edit] = []
    for fix in fixes:
        if not any(_overlap(one.range, other.range) for one in fix.edits for other in taken):
            taken += fix.edits
    return tuple(sorted(taken))


def _overlap(one: Range, other: Range) -> bool:
    return (one.start < other.end and other.start < one.end) or one == other


def _touching(overview: Overview, range_: Range) -> Iterator[Remark]:
    for remark in overview.remarks:
        if remark.range.start <= range_.end and range_.start <= remark.range.end:
            yield remark


def _of_remark(snapshot: Snapshot, remark: Remark) -> Iterator[Action]:
    for i, fix in enumerate(remark.fixes):
        is_safe = fix.safety is Safety.SAFE
        kind = _QUICK if is_safe else _REWRITE
        yield Action(fix.title, kind, remark.rule, remark.range, fix.edits, is_preferred=is_safe and i == 0)
    for flag in dict.fromkeys(_OPTION.findall(remark.suggestion)):
        yield Action(f"Copy {flag}", _QUICK, remark.rule, remark.range, flag=flag)
    yield Action(f"Ignore {remark.rule} here", _QUICK, remark.rule, remark.range, (_ignore(snapshot, remark),))
    yield Action(f"Explain {remark.rule}", _QUICK, remark.rule, remark.range, opens_page=True)


def _ignore(snapshot: Snapshot, remark: Remark) -> Edit:
    """A comment on a line of its own above the remark's line."""
    line = snapshot.line_range(snapshot.line_of(remark.range.start))
    text = snapshot.slice(Range(line.start, min(line.end, line.start + 200)))
    indent = text[: len(text) - len(text.lstrip())]
    return Edit(Range(line.start, line.start), f"{indent}// dispatch-lens: ignore[{remark.rule}]\n")
