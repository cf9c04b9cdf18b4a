"""A whole trial of one text: plan, search, and what is known of the winner in the end."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass

from dispatch_lens.compiler.protocol import Backend, Compiler, CompilerFailure, Inputs, Install, Program
from dispatch_lens.features.trial import candidates, search
from dispatch_lens.features.trial.outcome import Found, Measure, Outcome, Run
from dispatch_lens.features.trial.resume import Resumable
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version, parse_version


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compiled, by which install, for which backend. `base_flags` are the user's, part of every run."""

    install: Install
    program: Resumable
    base_flags: tuple[str, ...]
    target: Backend

    @property
    def fixed(self) -> tuple[str, ...]:
        """The flags of every run."""
        return (*self.program.flags, *self.base_flags)

    @property
    def version(self) -> Version:
        return parse_version(self.install.version) or table.NEWEST


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a compile to the end, and a run, said of the winner. `proved` where all that was asked came out well."""

    proved: bool
    words: str


def attempt(plan: Plan, measure: Measure, executor: Executor, max_runs: int, ready: Callable[[Run], None]) -> Found:
    """Search with the candidates of the plan's release and phases."""
    options = candidates.candidates(plan.version, plan.target, plan.program.phases)
    return search.search(measure, options, executor, max_runs, ready)


def compiles(plan: Plan, compiler: Compiler, best: Outcome) -> Verdict:
    """Whether the winner compiles to the end for the target."""
    done = compiler.compile_fully(plan.program.text, (*plan.fixed, *best.flags), plan.target)
    if isinstance(done, CompilerFailure):
        return Verdict(False, f"it lowers the count, and does not compile to the end for {plan.target}: {done.message}")
    return Verdict(True, f"it compiles to the end for {plan.target} in {done:.1f} s")


def runs_equal(plan: Plan, compiler: Compiler, best: Outcome) -> Verdict:
    """Whether base and winner compute the same on random inputs."""
    base = Program(plan.program.text, plan.fixed)
    done = compiler.compare(base, Program(plan.program.text, (*plan.fixed, *best.flags)), Inputs(), plan.target)
    if isinstance(done, CompilerFailure):
        return Verdict(False, f"its outputs were not compared: {done.message}")
    if done.equal_bits:
        return Verdict(True, "base and best give equal bits on random inputs")
    word = "agree" if done.is_same else "differ"
    return Verdict(done.is_same, f"base and best {word} on random inputs: at most {done.max_rel:.1e} relative")


def command(plan: Plan, best: Outcome, file: str) -> str:
    """The command line that compiles the file with the winner's flags."""
    backend = f"--iree-hal-target-backends={plan.target}"
    entry = (flag for flag in plan.program.flags if flag.startswith("--compile-from"))
    return shlex.join(["iree-compile", file, backend, *entry, *plan.base_flags, *best.flags, "-o", "out.vmfb"])


def risks(plan: Plan, best: Outcome) -> tuple[str, ...]:
    """What is known against the winner's flags, a sentence each."""
    objections = table.objections(best.flags, plan.version, plan.target)
    known = (table.find(flag) for flag in best.flags)
    own = (risk for option in known if option is not None for risk in option.risks_in(plan.version))
    return tuple(dict.fromkeys(str(risk) for risk in (*objections, *own) if not risk.targets or plan.target in risk.targets))
