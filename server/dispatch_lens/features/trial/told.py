"""A trial in words: one row a set of flags, then the winner, what it joined, and how well that is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dispatch_lens.counts import counted
from dispatch_lens.features.trial.outcome import Found, Outcome
from dispatch_lens.features.trial.regrouped import Regrouping
from dispatch_lens.features.trial.trial import Trial

HEADINGS = ("dispatches", "executables", "transposes", "copies", "seconds", "flags")
_SHOWN_STAGES = ("base", "against", "alone", "together")
_SHOWN_FLAGS = 5
_SHOWN_GROUPS = 6

Standing: TypeAlias = Literal["base", "best", "usable", "against", "better", "worse", "failed", "other"]
"""How a row is to be seen."""


@dataclass(frozen=True, slots=True)
class Row:
    """One set of flags: the cells of HEADINGS, and how it stands to the base."""

    cells: tuple[str, ...]
    standing: Standing


def heading(trial: Trial) -> str:
    return f"{trial.file}: IREE {trial.plan.install.version}, {trial.plan.target}"


def lines(trial: Trial) -> Iterator[str]:
    """All there is to say, as plain text."""
    yield heading(trial)
    yield from notes(trial)
    yield from (line for line, _ in table(trial))
    yield from idle(trial)
    yield from result(trial)


def table(trial: Trial) -> Iterator[tuple[str, Standing | None]]:
    """The headings, then the rows as lines, each with how it stands to the base. Flags are last, and whole."""
    *headings, last = HEADINGS
    yield "  ".join([*headings, last]), None
    for row in rows(trial):
        *cells, flags = row.cells
        yield "  ".join([*(cell.rjust(len(head)) for cell, head in zip(cells, headings)), flags]), row.standing


def notes(trial: Trial) -> Iterator[str]:
    return (f"note: {note}" for note in trial.notes)


def rows(trial: Trial) -> Iterator[Row]:
    """The base, the caller's own set, the best, and each set that changes a number, the fewest dispatches first."""
    found = trial.found
    first = [one for one in (found.base, found.against, found.best) if one is not None]
    rest = [one for one in _tried(trial) if one not in first and _numbers(one) != _numbers(found.base)]
    for outcome in (*dict.fromkeys(first), *sorted(rest, key=lambda one: (one.rank, len(one.flags)))):
        yield Row((*_cells(outcome), _flags(outcome, _mark(trial, outcome))), _standing(trial, outcome))


def idle(trial: Trial) -> Iterator[str]:
    """How many sets change nothing."""
    tried = _tried(trial)
    same = sum(_numbers(one) == _numbers(trial.found.base) for one in tried) - 1
    if len(tried) > 1:
        compiles = counted(len(trial.found.runs), "compile")
        yield f"{counted(same, 'other set')} of flags changed none of the numbers; {compiles} in all"


def result(trial: Trial) -> Iterator[str]:
    """What came out of it."""
    found = trial.found
    if found.base.failure is not None:
        yield f"the base does not compile: {found.base.failure}"
        return
    yield from _verdict(trial) if trial.helps else [_least(found)]
    if found.against is not None:
        yield _compared(found.best, found.against)
    if found.stopped:
        yield f"{found.stopped}: this is the best so far"


def _least(found: Found) -> str:
    count = counted(found.base.dispatches or 0, "dispatch")
    if found.stopped:
        return f"nothing that was tried lowers the default's {count}"
    return f"the default is the least: {count}" + ("" if found.base.dispatches in (0, 1) else ", no known flag lowers them")


def _verdict(trial: Trial) -> Iterator[str]:
    base, best = trial.found.base, trial.found.best
    yield f"{base.dispatches} -> {best.dispatches} dispatches, {base.transposes} -> {best.transposes} standalone transposes"
    yield from (f"  {line}" for line in _regrouped(trial.regroupings))
    for i, verdict in enumerate(trial.verdicts):
        yield f"  {'proved' if verdict.proved else 'not proved'}: {verdict.words}"
        if i == 0:
            yield from _instead(trial)
    if trial.timing is not None:
        yield f"  measured: {trial.timing}"
    yield f"  {trial.command_to_use}"
    yield from (f"  known risk: {risk}" for risk in trial.risks)


def _instead(trial: Trial) -> Iterator[str]:
    """What compiles to the end where the winner does not."""
    if trial.usable is not None:
        yield f"  what compiles: {_counts(trial.usable)} with {' '.join(trial.usable.flags)}"
    elif trial.plan.is_whole and not trial.verdicts[0].proved:
        yield "  nothing else that was found lowers the count and compiles to the end"


def _regrouped(found: Iterable[Regrouping]) -> Iterator[str]:
    groups = list(found)
    for group in groups[:_SHOWN_GROUPS]:
        yield _happened(group)
    if len(groups) > _SHOWN_GROUPS:
        yield f"and {len(groups) - _SHOWN_GROUPS} more of this kind, see --json"


def _happened(group: Regrouping) -> str:
    often = "" if group.times == 1 else f"{group.times} x "
    before, after = " + ".join(group.before), " + ".join(group.after)
    if not after:
        return f"gone: {often}{before}"
    if not before:
        return f"new: {often}{after}"
    return f"{'merged' if len(group.before) > len(group.after) else 'split'}: {often}{before} -> {after}"


def _compared(best: Outcome, against: Outcome) -> str:
    if against.failure is not None:
        return f"your flags do not compile: {against.failure}"
    return f"your flags give {_counts(against)}, the best {best.dispatches} and {best.transposes}"


def _tried(trial: Trial) -> list[Outcome]:
    """Each set once, but for those that were only steps of the search."""
    found = trial.found
    shown = {run.outcome.flags: run.outcome for run in found.runs if run.stage in _SHOWN_STAGES}
    ends = {one.flags: one for one in (found.best, trial.usable) if one is not None}
    return list({**shown, **ends}.values())


def _numbers(outcome: Outcome) -> tuple[object, ...]:
    return outcome.dispatches, outcome.executables, outcome.transposes, outcome.copies, outcome.failure


def _cells(outcome: Outcome) -> tuple[str, ...]:
    numbers = (outcome.dispatches, outcome.executables, outcome.transposes, outcome.copies, outcome.seconds)
    return tuple("-" if number is None else str(number) for number in numbers)


def _flags(outcome: Outcome, mark: str) -> str:
    words = " ".join(outcome.flags) if len(outcome.flags) <= _SHOWN_FLAGS else f"{len(outcome.flags)} flags together"
    said = " ".join(filter(None, (mark, words)))
    return f"{said}: {outcome.failure}" if outcome.failure else said


def _mark(trial: Trial, outcome: Outcome) -> str:
    if outcome is trial.found.base:
        return "(base)"
    if outcome.flags == trial.found.best.flags:
        return "(best)"
    return "(yours)" if outcome is trial.found.against else "(compiles)" if outcome is trial.usable else ""


def _standing(trial: Trial, outcome: Outcome) -> Standing:
    base = trial.found.base
    named: list[tuple[Standing, Outcome | None]] = [
        ("base", base),
        ("best", trial.found.best),
        ("usable", trial.usable),
        ("against", trial.found.against),
    ]
    for standing, one in named:
        if one is outcome:
            return standing
    if outcome.failure is not None:
        return "failed"
    return "better" if outcome.beats(base) else "worse" if base.beats(outcome) else "other"


def _counts(outcome: Outcome) -> str:
    return f"{counted(outcome.dispatches or 0, 'dispatch')} and {counted(outcome.transposes or 0, 'standalone transpose')}"
