"""The search for the fewest executed dispatches: each flag alone, together, in pairs, one more on the best, then shrunk.

It knows nothing of compilers: `measure` says what a set of flags gives. Equal sets are measured once, and a flag that changes
nothing of the compiled text, alone and in the company of all others, is not tried again. When the budget or the
caller stops it, what was found so far is the answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field

from dispatch_lens.features.trial.candidates import Candidate, option_name
from dispatch_lens.features.trial.outcome import Flags, Found, Measure, Outcome, Run, Stage

LEAST = 1
"""No program that dispatches at all has fewer."""

KEYBOARD = "stopped by the keyboard"
_MOST_PAIRS = 60

Ready = Callable[[Run, int], None]
"""Called with each new run, and with how many are planned so far."""


class _Stopped(Exception):
    """The budget is spent; the message says so."""


@dataclass
class _Search:
    """What was measured so far."""

    measure: Measure
    executor: Executor
    max_runs: int
    ready: Ready
    runs: list[Run] = field(default_factory=list[Run])
    known: dict[frozenset[str], Outcome] = field(default_factory=dict[frozenset[str], Outcome])
    best: Outcome | None = None

    def ask(self, stage: Stage, sets: Iterable[Flags]) -> list[Outcome]:
        """The outcomes of some sets, measured side by side. Raises _Stopped when no more may be measured."""
        wanted = {frozenset(flags): flags for flags in sets}
        new = [flags for key, flags in wanted.items() if key not in self.known]
        room = self.max_runs - len(self.runs)
        planned = len(self.runs) + len(new[:room])
        waiting = {self.executor.submit(self.measure, flags): flags for flags in new[:room]}
        try:
            for done in as_completed(waiting):
                error = done.exception()
                if error is not None and not isinstance(error, Exception):
                    raise error
                self.record(stage, done.result() if error is None else lost(waiting[done], error), planned)
        finally:
            for each in waiting:
                each.cancel()
        if len(new) > room:
            raise _Stopped(f"stopped after {self.max_runs} {'run' if self.max_runs == 1 else 'runs'}")
        return [self.known[key] for key in wanted]

    def record(self, stage: Stage, outcome: Outcome, planned: int) -> None:
        self.known[frozenset(outcome.flags)] = outcome
        self.runs.append(Run(stage, outcome))
        if stage != "against" and (self.best is None or _order(outcome) < _order(self.best)):
            self.best = outcome
        self.ready(self.runs[-1], planned)

    @property
    def found(self) -> Outcome:
        assert self.best is not None, "the base is measured first"
        return self.best

    @property
    def is_least(self) -> bool:
        return self.found.dispatches is not None and self.found.dispatches <= LEAST


def search(
    measure: Measure,
    candidates: Sequence[Candidate],
    executor: Executor,
    max_runs: int,
    ready: Ready,
    against: Flags | None = None,
) -> Found:
    """Search until nothing lowers the count, or until `max_runs` compiles, or until KeyboardInterrupt is raised.

    `against` is somebody's own set, measured in the same run and no candidate for the best.
    """
    state = _Search(measure, executor, max_runs, ready)
    base = state.ask("base", [()])[0]
    stopped = ""
    try:
        if against is not None:
            state.ask("against", [against])
        if base.failure is None and not state.is_least:
            _explore(state, base, candidates)
            _shrink(state)
    except _Stopped as stop:
        stopped = str(stop)
    except KeyboardInterrupt:
        stopped = KEYBOARD
    if base.failure is not None:
        stopped = "the text does not compile without further flags"
    rival = None if against is None else state.known.get(frozenset(against))
    return Found(base, state.found if base.failure is None else base, tuple(state.runs), stopped, rival)


def lost(flags: Flags, error: BaseException) -> Outcome:
    """The outcome of a run that whoever ran it gave up."""
    return Outcome(flags, failure=f"the run was lost: {' '.join(str(error).split()) or type(error).__name__}")


def _explore(state: _Search, base: Outcome, candidates: Sequence[Candidate]) -> None:
    """Each alone, those that matter together in a few ways, one more at a time for as long as it helps, and pairs."""
    alone = dict(zip((one.flags for one in candidates), state.ask("alone", [one.flags for one in candidates])))
    if state.is_least:
        return
    order = sorted((one for one in candidates if alone[one.flags].failure is None), key=lambda one: alone[one.flags].rank)
    matter = _that_matter(state, base, order)
    state.ask("together", _together(base, matter, alone))
    _climb(state, matter)
    if state.is_least:
        return
    pairs = (_joined(one.flags, other.flags) for one, other in itertools.combinations(matter, 2))
    state.ask("pairs", [pair for pair in pairs if pair is not None][:_MOST_PAIRS])
    _climb(state, matter)


def _that_matter(state: _Search, base: Outcome, order: Sequence[Candidate]) -> list[Candidate]:
    """The candidates that change the compiled text: alone, or when added to all that do.

    A choice among exclusive ones is made first of all, so of these only what changes the text alone matters.
    """
    active = [one for one in order if not state.known[frozenset(one.flags)].is_same_text(base)]
    idle = [one for one in order if one not in active and not one.is_exclusive]
    company = _union(one.flags for one in active if not one.is_exclusive)
    woken = _woken(state, company, idle)
    return [one for one in order if one in active or one in woken]


def _woken(state: _Search, company: Flags, idle: Sequence[Candidate]) -> list[Candidate]:
    """Those of the idle that change the compiled text when they join the company; found by halves."""
    if not idle:
        return []
    without, joined = state.ask("together", [company, _union([company, *(one.flags for one in idle)])])
    if joined.is_same_text(without):
        return []
    if len(idle) == 1:
        return list(idle)
    middle = len(idle) // 2
    return [*_woken(state, company, idle[:middle]), *_woken(state, company, idle[middle:])]


def _together(base: Outcome, matter: Sequence[Candidate], alone: dict[Flags, Outcome]) -> list[Flags]:
    """All that matter, the advised ones, and those that do no harm by themselves; each with every exclusive one."""
    plain = [one for one in matter if not one.is_exclusive]
    harmless = [one for one in plain if alone[one.flags].rank <= base.rank]
    groups = [plain, [one for one in plain if one.advised], harmless]
    exclusive = [(), *(one.flags for one in matter if one.is_exclusive)]
    unions = (_union([first, *(one.flags for one in group)]) for group in groups for first in exclusive)
    return [union for union in unions if union and _is_sound(union)]


def _climb(state: _Search, candidates: Sequence[Candidate]) -> None:
    """One more candidate at a time on the best set, for as long as that helps."""
    improved = True
    while improved and not state.is_least:
        before = state.found
        grown = (_joined(before.flags, one.flags) for one in candidates)
        outcomes = state.ask("search", [flags for flags in grown if flags is not None])
        improved = any(outcome.beats(before) for outcome in outcomes)


def _shrink(state: _Search) -> None:
    """Drop flags from the best set for as long as the dispatches stay as few: all that can go at once, else one by one."""
    best = kept = state.found
    shrinking = True
    while shrinking:
        smaller = {flag: tuple(other for other in kept.flags if other != flag) for flag in kept.flags}
        outcomes = dict(zip(smaller, state.ask("shrink", smaller.values())))
        good = {flag: one for flag, one in outcomes.items() if one.dispatches == best.dispatches}
        shrinking = bool(good)
        if shrinking:
            at_once = state.ask("shrink", [tuple(flag for flag in kept.flags if flag not in good)])
            small_enough = [one for one in (*at_once, *good.values()) if one.dispatches == best.dispatches]
            kept = min(small_enough, key=lambda one: (len(one.flags), one.rank, one.flags))
    state.best = kept


def _order(outcome: Outcome) -> tuple[object, ...]:
    """Of two that are as good the one with fewer flags comes first."""
    return outcome.rank, len(outcome.flags)


def _joined(flags: Flags, more: Flags) -> Flags | None:
    """The set with more flags; None where it has them already or an option would occur twice."""
    union = _union([flags, more])
    return union if len(union) > len(flags) and _is_sound(union) else None


def _is_sound(flags: Flags) -> bool:
    return len({option_name(flag) for flag in flags}) == len(flags)


def _union(sets: Iterable[Flags]) -> Flags:
    return tuple(dict.fromkeys(flag for flags in sets for flag in flags))
