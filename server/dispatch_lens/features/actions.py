"""What can be done about the remarks at a place: their fixes, the options they suggest, a comment that ignores one, its page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from dispatch_lens.features.overview import Overview
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.rules.rule import Remark
from dispatch_lens.text import Edit, Range

if TYPE_CHECKING:
    from dispatch_lens.features.fixes import Fix, Refactoring

_QUICK, _REWRITE, ALL_KIND = "quickfix", "refactor.rewrite", "source.fixAll"


@dataclass(frozen=True, slots=True)
class Action:
    """One action: edits, or something to do with flags, or a page to open. `disabled` says why it cannot be made here.

    `rule` is that of its remark; None for a rewrite of the op, and for all fixes together, whose edits come later.
    """

    title: str
    kind: str
    rule: str | None
    range: Range
    edits: tuple[Edit, ...] = ()
    flags: tuple[str, ...] = ()
    does: Does = "copy"
    opens_page: bool = False
    is_preferred: bool = False
    disabled: str | None = None

    @property
    def id(self) -> str:
        """Tells the action from the others of one snapshot."""
        return f"{self.kind}|{self.rule}|{self.range.start}|{self.title}"


Does = Literal["copy", "keep", "try"]
"""What is done with flags: to the clipboard, into the workspace's file of flags, or a compile with them."""
FixesOf: TypeAlias = "Mapping[Remark, tuple[Fix, ...]]"


def actions(snapshot: Snapshot, overview: Overview, range_: Range, fixes: FixesOf) -> tuple[Action, ...]:
    """The actions of the remarks that touch the range, then "fix all" where a rewrite may be known for some remark."""
    from dispatch_lens.features.fixes import rewrites_of  # Brings every rewrite along, which a server that starts does without.

    found = [action for remark in touching(overview, range_) for action in _of_remark(snapshot, remark, fixes.get(remark, ()))]
    if any(rewrites_of(remark.rule) for remark in overview.remarks):
        found.append(Action("Make all safe fixes", ALL_KIND, None, range_))
    return tuple(found)


def refactoring_actions(found: Iterable[Refactoring], range_: Range) -> tuple[Action, ...]:
    """The rewrites of an op as actions; those that would be wrong here say why."""
    return tuple(Action(one.title, _REWRITE, None, range_, one.edits, disabled=one.refused) for one in found)


def difference(before: str, after: str) -> tuple[Edit, ...]:
    """The one edit that makes `after` of `before`: between what both begin and end with."""
    if before == after:
        return ()
    first = _common(before, after, lambda text, size: text[:size], min(len(before), len(after)))
    shorter = min(len(before), len(after)) - first
    same = _common(before, after, lambda text, size: text[len(text) - size :], shorter)
    return (Edit(Range(first, len(before) - same), after[first : len(after) - same]),)


def _common(before: str, after: str, part: Callable[[str, int], str], most: int) -> int:
    """The largest size, up to `most`, at which the parts of both texts are equal."""
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if part(before, middle) == part(after, middle) else (low, middle - 1)
    return low


def touching(overview: Overview, range_: Range) -> tuple[Remark, ...]:
    """The remarks that touch the range."""
    return tuple(_touching(overview, range_))


def _touching(overview: Overview, range_: Range) -> Iterator[Remark]:
    for remark in overview.remarks:
        if remark.range.start <= range_.end and range_.start <= remark.range.end:
            yield remark


def _of_remark(snapshot: Snapshot, remark: Remark, fixes: tuple[Fix, ...]) -> Iterator[Action]:
    for i, fix in enumerate(fixes):
        yield Action(fix.title, _QUICK, remark.rule, remark.range, fix.edits, is_preferred=i == 0)
    for flag in remark.options:
        yield Action(f"Copy {flag}", _QUICK, remark.rule, remark.range, flags=(flag,))
    if remark.options:
        named = " ".join(remark.options)
        yield Action(f"Try {named} now", _QUICK, remark.rule, remark.range, flags=remark.options, does="try")
        yield Action(f"Put {named} into the flag file", _QUICK, remark.rule, remark.range, flags=remark.options, does="keep")
    yield Action(f"Ignore {remark.rule} here", _QUICK, remark.rule, remark.range, (_ignore(snapshot, remark),))
    yield Action(f"Explain {remark.rule}", _QUICK, remark.rule, remark.range, opens_page=True)


def _ignore(snapshot: Snapshot, remark: Remark) -> Edit:
    """A comment on a line of its own above the remark's line."""
    line = snapshot.line_range(snapshot.line_of(remark.range.start))
    text = snapshot.slice(Range(line.start, min(line.end, line.start + 200)))
    indent = text[: len(text) - len(text.lstrip())]
    return Edit(Range(line.start, line.start), f"{indent}// dispatch-lens: ignore[{remark.rule}]\n")
