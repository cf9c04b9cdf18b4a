"""A whole trial of one text: plan, search, and what is known of the winner in the end."""

from __future__ import annotations

import shlex
from concurrent.futures import Executor
from dataclasses import dataclass

from dispatch_lens.compiler.protocol import Backend, Comparison, Compiler, CompilerFailure, Inputs, Install, Program
from dispatch_lens.features.filled import filled
from dispatch_lens.features.trial import candidates, regrouped, search
from dispatch_lens.features.trial.outcome import Flags, Found, Measure, Outcome, Run
from dispatch_lens.features.trial.resume import Resumable
from dispatch_lens.flags import table, values
from dispatch_lens.flags.option import Harm
from dispatch_lens.flags.version import Version, parse_version

_TIMED_RUNS = 25
_MOST_COMPILED = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compiled, by which install, for which backend.

    `base_flags` are the user's, part of every run; `against` is a set of the user's to measure beside the base. `notes` are
    what was mended.
    """

    install: Install
    program: Resumable
    base_flags: Flags
    target: Backend
    against: Flags | None = None
    notes: tuple[str, ...] = ()

    @property
    def fixed(self) -> Flags:
        """The flags of every run."""
        return (*self.program.flags, *self.base_flags)

    @property
    def version(self) -> Version:
        return release(self.install)

    @property
    def whole(self) -> str:
        """The text to compile to the end and to run: constants that were left out are made up."""
        return filled(self.program.source)

    @property
    def is_whole(self) -> bool:
        """Whether all constants could be made up."""
        return "dense_resource<__elided__>" not in self.whole


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a compile to the end, and a run, said of the winner. `proved` where all that was asked came out well."""

    proved: bool
    words: str


@dataclass(frozen=True, slots=True)
class Timing:
    """Median seconds of a run of the base and of what was found."""

    base: float
    found: float

    def __str__(self) -> str:
        return f"{_milliseconds(self.base)} before, {_milliseconds(self.found)} after (medians, one core){self._meaning()}"

    def _meaning(self) -> str:
        """Within a tenth the times are called alike."""
        if self.found < 0.9 * self.base:
            return ""
        return ": fewer dispatches are slower here" if self.found > 1.1 * self.base else ": fewer dispatches are not faster here"


@dataclass(frozen=True, slots=True)
class Spelled:
    """A user's flags as a release takes them, and what had to be changed for that, a sentence each."""

    flags: Flags
    notes: tuple[str, ...]


def planned(install: Install, program: Resumable, target: Backend, base: str, against: str | None) -> Plan:
    """The plan for words of a command line, as the install's release takes them."""
    version = release(install)
    fixed = spelled(base, version)
    rival = None if against is None else spelled(against, version)
    notes = (*fixed.notes, *(rival.notes if rival else ()))
    return Plan(install, program, fixed.flags, target, rival.flags if rival else None, notes)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1e3:.0f} ms" if seconds >= 0.1 else f"{seconds * 1e3:.3g} ms"


def release(install: Install) -> Version:
    return parse_version(install.version) or table.NEWEST


def spelled(words: str, version: Version) -> Spelled:
    """Flags of a command line, those of other years and refused values mended; what the table does not have is left."""
    flags: list[str] = []
    notes: list[str] = []
    for word in shlex.split(words):
        mended = values.respelled(word, version)
        if isinstance(mended, table.Absent):
            notes.append(f"{word} is left out: {mended.reason}")
            continue
        if mended is not None and mended != word:
            notes.append(f"{word} is {mended} in {version.label}")
        flags.append(mended or word)
    return Spelled(tuple(dict.fromkeys(flags)), tuple(notes))


def attempt(plan: Plan, measure: Measure, executor: Executor, max_runs: int, ready: search.Ready) -> Found:
    """Search with the candidates of the plan's release and phases, but for the options that the base decides."""
    decided = {candidates.option_name(flag) for flag in plan.fixed}
    options = [
        one
        for one in candidates.candidates(plan.version, plan.target, plan.program.phases)
        if not decided & {candidates.option_name(flag) for flag in one.flags}
    ]
    return search.search(measure, options, executor, max_runs, ready, plan.against)


def compiles(plan: Plan, compiler: Compiler, best: Outcome) -> Verdict:
    """Whether the winner compiles to the end for the target."""
    if not plan.is_whole:
        return Verdict(False, "it lowers the count; its constants cannot be made up, so nothing was compiled to the end")
    done = compiler.compile_fully(plan.whole, (*plan.fixed, *best.flags), plan.target)
    if isinstance(done, CompilerFailure):
        base = compiler.compile_fully(plan.whole, plan.fixed, plan.target)
        who = "neither it nor the base compiles" if isinstance(base, CompilerFailure) else "it does not compile"
        return Verdict(False, f"it lowers the count, but {who} to the end for {plan.target}: {done.message}")
    return Verdict(True, f"it compiles to the end for {plan.target} in {done:.1f} s")


def usable(plan: Plan, compiler: Compiler, found: Found) -> Outcome | None:
    """The best of what was found that compiles to the end for the target, for when the winner does not."""
    if not plan.is_whole:
        return None
    others = {run.outcome.digest: run.outcome for run in reversed(_least_flags_last(found))}
    better = (one for one in others.values() if one.beats(found.base) and one.digest != found.best.digest)
    for outcome in sorted(better, key=lambda one: (one.rank, len(one.flags)))[:_MOST_COMPILED]:
        if isinstance(compiler.compile_fully(plan.whole, (*plan.fixed, *outcome.flags), plan.target), float):
            return outcome
    return None


def runs(plan: Plan, compiler: Compiler, best: Outcome) -> Comparison | CompilerFailure:
    """Base and a set of flags on equal random inputs, and timed in turns."""
    base = Program(plan.whole, plan.fixed)
    other = Program(plan.whole, (*plan.fixed, *best.flags))
    return compiler.compare(base, other, Inputs(timed_runs=_TIMED_RUNS), plan.target)


def equal(done: Comparison | CompilerFailure) -> Verdict:
    """What a run says of the outputs."""
    if isinstance(done, CompilerFailure):
        return Verdict(False, f"its outputs were not compared: {done.message}")
    if not done.has_numbers:
        return Verdict(False, "on random inputs neither gives a finite number, so their outputs show nothing")
    if done.equal_bits:
        return Verdict(True, "its outputs are equal to the base's, bit by bit, on random inputs")
    word = "agree with" if done.is_same else "differ from"
    return Verdict(done.is_same, f"its outputs {word} the base's on random inputs: at most {done.max_rel:.1e} relative")


def regroupings(plan: Plan, compiler: Compiler, best: Outcome) -> tuple[regrouped.Regrouping, ...]:
    """What merged and what split from the base to the winner; empty where the compiler does not say."""
    sets = (plan.fixed, (*plan.fixed, *best.flags))
    done = [compiler.compile_to_flow(plan.program.text, (*flags, regrouped.LOCATIONS), plan.target) for flags in sets]
    texts = [one.flow_text for one in done if not isinstance(one, CompilerFailure)]
    return regrouped.regroupings(*texts) if len(texts) == len(sets) else ()


def command(plan: Plan, best: Outcome, file: str) -> str:
    """The command line that compiles the file with the winner's flags."""
    backend = f"--iree-hal-target-backends={plan.target}"
    entry = (flag for flag in plan.program.flags if flag.startswith("--compile-from"))
    return shlex.join(["iree-compile", file, backend, *entry, *plan.base_flags, *best.flags, "-o", "out.vmfb"])


def risks(plan: Plan, best: Outcome, refuted: tuple[Harm, ...]) -> tuple[str, ...]:
    """What is known against the winner's flags, a sentence each, but for harms that the trial has refuted."""
    objections = table.objections(best.flags, plan.version, plan.target)
    own = (risk for flag in best.flags for risk in table.risks_of(flag, plan.version, plan.target))
    return tuple(dict.fromkeys(str(risk) for risk in (*objections, *own) if risk.harm not in refuted))


def _least_flags_last(found: Found) -> list[Run]:
    return sorted(found.runs, key=lambda run: -len(run.outcome.flags))
