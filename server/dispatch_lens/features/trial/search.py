"""The search for the fewest executed dispatches: each flag alone, together, greedily on from the best, then shrunk.

It knows nothing of compilers: `measure` says what a set of flags gives. Equal sets are measured once. When the budget or the
caller stops it, what was found so far is the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor, as_completed
from dataclasses import dataclass, field

from dispatch_lens.features.trial.candidates import Candidate
from dispatch_lens.features.trial.outcome import Found, Measure, Outcome, Run, Stage

LEAST = 1
"""No program that dispatches at all has fewer."""

_PIPELINE = "--iree-preprocessing-pass-pipeline="


class _Stopped(Exception):
    """The budget is spent; the message says so."""


@dataclass
class _Search:
    """What was measured so far. `ready` is called with each new run."""

    measure: Measure
    executor: Executor
    max_runs: int
    ready: Callable[[Run], None]
    runs: list[Run] = field(default_factory=list[Run])
    known: dict[frozenset[str], Outcome] = field(default_factory=dict[frozenset[str], Outcome])
    best: Outcome | None = None

    def ask(self, stage: Stage, sets: Iterable[tuple[str, ...]]) -> list[Outcome]:
        """The outcomes of some sets, measured side by side. Raises _Stopped when no more may be measured."""
        wanted = {frozenset(flags): flags for flags in sets}
        new = [flags for key, flags in wanted.items() if key not in self.known]
        room = self.max_runs - len(self.runs)
        waiting = {self.executor.submit(self.measure, flags): flags for flags in new[:room]}
        try:
            for done in as_completed(waiting):
                self.record(stage, done.result())
        finally:
            for each in waiting:
                each.cancel()
        if len(new) > room:
            raise _Stopped(f"stopped after {self.max_runs} runs")
        return [self.known[key] for key in wanted]

    def record(self, stage: Stage, outcome: Outcome) -> None:
        self.known[frozenset(outcome.flags)] = outcome
        self.runs.append(Run(stage, outcome))
        if self.best is None or outcome.beats(self.best):
            self.best = outcome
        self.ready(self.runs[-1])


def search(
    measure: Measure, candidates: Sequence[Candidate], executor: Executor, max_runs: int, ready: Callable[[Run], None]
) -> Found:
    """Search until nothing lowers the count, or until `max_runs` compiles, or until the caller raises KeyboardInterrupt."""
    state = _Search(measure, executor, max_runs, ready)
    base = state.ask("base", [()])[0]
    if base.failure is not None:
        return Found(base, base, tuple(state.runs), "the text does not compile without further flags")
    if base.dispatches is not None and base.dispatches <= LEAST:
        return Found(base, base, tuple(state.runs))
    stopped = ""
    try:
        _explore(state, candidates)
        _shrink(state)
    except _Stopped as stop:
        stopped = str(stop)
    except KeyboardInterrupt:
        stopped = "stopped by the keyboard"
    return Found(base, state.best or base, tuple(state.runs), stopped)


def _explore(state: _Search, candidates: Sequence[Candidate]) -> None:
    """Each alone, all together in a few ways, then one more at a time for as long as it helps."""
    alone = state.ask("alone", [one.flags for one in candidates])
    if _best(state).dispatches == LEAST:
        return
    order = [one for one, _ in sorted(zip(candidates, alone), key=lambda pair: pair[1].rank)]
    state.ask("together", _together(order, {one.flags: outcome for one, outcome in zip(candidates, alone)}))
    improved = True
    while improved and _best(state).dispatches != LEAST:
        before = _best(state)
        grown = (_joined(before.flags, one.flags) for one in order)
        outcomes = state.ask("search", [flags for flags in grown if flags is not None])
        improved = any(outcome.beats(before) for outcome in outcomes)


def _together(order: Sequence[Candidate], alone: dict[tuple[str, ...], Outcome]) -> list[tuple[str, ...]]:
    """All that compile, the advised ones, and those that help by themselves; each with every pipeline, of which one fits in."""
    working = [one for one in order if alone[one.flags].failure is None]
    base_rank = min((alone[one.flags].rank for one in working), default=(0.0, 0.0))
    plain = [one for one in working if not _is_pipeline(one)]
    groups = [plain, [one for one in plain if one.advised], [one for one in plain if alone[one.flags].rank <= base_rank]]
    pipelines = [(), *(one.flags for one in working if _is_pipeline(one))]
    return [union for group in groups for first in pipelines if (union := _union([first, *(one.flags for one in group)]))]


def _shrink(state: _Search) -> None:
    """Drop flags from the best set for as long as the dispatches stay as few."""
    best = _best(state)
    kept = best
    shrinking = True
    while shrinking:
        smaller = [tuple(flag for flag in kept.flags if flag != dropped) for dropped in kept.flags]
        good = [one for one in state.ask("shrink", smaller) if one.dispatches == best.dispatches]
        shrinking = bool(good)
        kept = min(good, key=lambda one: (one.rank, one.flags), default=kept)
    state.best = kept


def _best(state: _Search) -> Outcome:
    assert state.best is not None, "the base is measured first"
    return state.best


def _joined(flags: tuple[str, ...], more: tuple[str, ...]) -> tuple[str, ...] | None:
    """The set with more flags; None where it has them already or would hold two pipelines."""
    union = _union([flags, more])
    return None if len(union) == len(flags) or sum(flag.startswith(_PIPELINE) for flag in union) > 1 else union


def _union(sets: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(flag for flags in sets for flag in flags))


def _is_pipeline(candidate: Candidate) -> bool:
    return candidate.flags[0].startswith(_PIPELINE)
