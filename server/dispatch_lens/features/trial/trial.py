"""What a whole trial gave, as data: the plan, what the search found, and what else was asked about the winner."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

from dispatch_lens.compiler.protocol import Comparison, Compiler
from dispatch_lens.features.trial import attempt, outcome
from dispatch_lens.features.trial.attempt import Plan, Timing, Verdict
from dispatch_lens.features.trial.outcome import Found, Outcome
from dispatch_lens.features.trial.regrouped import Regrouping
from dispatch_lens.flags.option import Harm

Proof: TypeAlias = Literal["none", "compile", "run"]


@dataclass(frozen=True, slots=True)
class Trial:
    """All that is known of one file after its search.

    `usable` is the best set that compiles to the end for the target, where the winner does not.
    """

    file: str
    plan: Plan
    found: Found
    verdicts: tuple[Verdict, ...] = ()
    usable: Outcome | None = None
    regroupings: tuple[Regrouping, ...] = ()
    timing: Timing | None = None

    @property
    def command(self) -> str:
        return attempt.command(self.plan, self.found.best, self.file)

    @property
    def command_to_use(self) -> str:
        """The command line of the best set that is not known to stop the compiler."""
        return attempt.command(self.plan, self.usable or self.found.best, self.file)

    @property
    def helps(self) -> bool:
        """Whether some set of flags beats the base."""
        return bool(self.found.best.flags)

    @property
    def notes(self) -> tuple[str, ...]:
        return (*self.plan.program.notes, *self.plan.notes)

    @property
    def risks(self) -> tuple[str, ...]:
        """What is known against the winner's flags; what the counts or the compile have shown otherwise is left out."""
        compiled: tuple[Harm, ...] = ("does-not-compile",) if self.verdicts and self.verdicts[0].proved else ()
        return attempt.risks(self.plan, self.found.best, ("no-effect", "raises-counts", *compiled))

    @property
    def is_proved(self) -> bool:
        return bool(self.verdicts) and all(one.proved for one in self.verdicts)

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "compiler": self.plan.install.version,
            "target": self.plan.target,
            "certainty": "proved" if self.is_proved else "predicted",
            **self.found.as_json(),
            "usable": None if self.usable is None else outcome.row(self.usable),
            "command": self.command,
            "regrouped": [asdict(one) for one in self.regroupings],
            "timing": None if self.timing is None else asdict(self.timing),
            "verdicts": [asdict(one) for one in self.verdicts],
            "risks": list(self.risks),
            "notes": list(self.notes),
        }


def concluded(file: str, plan: Plan, compiler: Compiler, found: Found, proof: Proof) -> Trial:
    """The trial after the winner was compiled to the end; a base that wins needs no proof.

    With the proof `run` the winner, or what compiles in its place, also runs beside the base.
    """
    if found.base.failure is not None or not found.best.flags:
        return Trial(file, plan, found)
    regroupings = attempt.regroupings(plan, compiler, found.best)
    if proof == "none":
        return Trial(file, plan, found, regroupings=regroupings)
    verdict = attempt.compiles(plan, compiler, found.best)
    usable = None if verdict.proved else attempt.usable(plan, compiler, found)
    trial = Trial(file, plan, found, (verdict,), usable, regroupings)
    runs = usable or (found.best if verdict.proved else None)
    return trial if proof == "compile" or runs is None else _timed(trial, compiler, runs)


def _timed(trial: Trial, compiler: Compiler, runs: Outcome) -> Trial:
    done = attempt.runs(trial.plan, compiler, runs)
    timing = None
    if isinstance(done, Comparison) and done.before_seconds is not None and done.after_seconds is not None:
        timing = Timing(done.before_seconds, done.after_seconds)
    return replace(trial, verdicts=(*trial.verdicts, attempt.equal(done)), timing=timing)
