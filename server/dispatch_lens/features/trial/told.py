"""A trial in words: one row a set of flags, then the winner, what it joined, and how well that is known."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from dispatch_lens.features.trial import attempt
from dispatch_lens.features.trial.outcome import Found, Outcome, changed
from dispatch_lens.features.trial.trial import Trial

_SHOWN_NAMES = 6
_SHOWN_FLAGS = 5


def heading(trial: Trial) -> str:
    return f"{trial.file}: IREE {trial.plan.install.version}, {trial.plan.target}"


def lines(trial: Trial) -> Iterator[str]:
    """The heading and all that is below it."""
    yield heading(trial)
    yield from below(trial)


def below(trial: Trial) -> Iterator[str]:
    """What there is to say, without the heading."""
    for note in trial.plan.program.notes:
        yield f"  note: {note}"
    yield from _table(trial.found)
    yield from _result(trial)


def _table(found: Found) -> Iterator[str]:
    """A heading, then the base, each set that changes a number, and the winner; those that change none are counted."""
    headings = ("dispatches", "executables", "transposes", "copies", "seconds", "flags")
    yield "  ".join(headings)
    tried = {run.outcome.flags: run.outcome for run in found.runs if run.stage in ("base", "alone", "together")}
    tried[found.best.flags] = found.best
    shown = [one for one in tried.values() if one in (found.base, found.best) or _numbers(one) != _numbers(found.base)]
    for outcome in shown:
        cells = [cell.rjust(len(heading)) for cell, heading in zip(_cells(outcome), headings)]
        yield "  ".join([*cells, _flags(outcome)])
    if len(tried) > len(shown):
        yield f"{len(tried) - len(shown)} other sets of flags change none of the numbers; {len(found.runs)} runs in all"


def _numbers(outcome: Outcome) -> tuple[object, ...]:
    return outcome.dispatches, outcome.executables, outcome.transposes, outcome.copies, outcome.failure


def _cells(outcome: Outcome) -> tuple[str, ...]:
    numbers = (outcome.dispatches, outcome.executables, outcome.transposes, outcome.copies, outcome.seconds)
    return tuple("-" if number is None else str(number) for number in numbers)


def _flags(outcome: Outcome) -> str:
    words = " ".join(outcome.flags) if len(outcome.flags) <= _SHOWN_FLAGS else f"{len(outcome.flags)} flags together"
    return f"{words or '(base)'}: {outcome.failure}" if outcome.failure else words or "(base)"


def _result(trial: Trial) -> Iterator[str]:
    base, best = trial.found.base, trial.found.best
    if base.failure is not None:
        yield f"the base does not compile: {base.failure}"
        return
    if not best.flags:
        yield f"the default is the least: {base.dispatches} dispatches, no known flag lowers them"
    else:
        yield f"{base.dispatches} -> {best.dispatches} dispatches, {base.transposes} -> {best.transposes} standalone transposes"
        gone, new = changed(base, best)
        yield f"  gone: {_names(gone)}"
        yield f"  new:  {_names(new)}"
        yield f"  {trial.command}"
    for verdict in trial.verdicts:
        yield f"  {'proved' if verdict.proved else 'not proved'}: {verdict.words}"
    for risk in attempt.risks(trial.plan, best):
        yield f"  known risk: {risk}"
    if trial.found.stopped:
        yield f"  {trial.found.stopped}; the best so far"


def _names(names: Sequence[str]) -> str:
    counted = Counter(names)
    words = [name if count == 1 else f"{count} x {name}" for name, count in counted.most_common(_SHOWN_NAMES)]
    more = len(counted) - len(words)
    return ", ".join([*words, *([f"{more} more"] if more > 0 else [])]) or "none"
