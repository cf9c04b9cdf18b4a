"""What a whole trial gave, as data: the plan, what the search found, and what else was asked about the winner."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from dispatch_lens.features.trial import attempt
from dispatch_lens.features.trial.attempt import Plan, Verdict
from dispatch_lens.features.trial.outcome import Found


@dataclass(frozen=True, slots=True)
class Trial:
    """All that is known of one file after its search."""

    file: str
    plan: Plan
    found: Found
    verdicts: tuple[Verdict, ...]

    @property
    def command(self) -> str:
        return attempt.command(self.plan, self.found.best, self.file)

    def as_json(self) -> dict[str, object]:
        return {
            "file": self.file,
            "compiler": self.plan.install.version,
            "target": self.plan.target,
            "certainty": "proved" if self.verdicts and all(one.proved for one in self.verdicts) else "predicted",
            **self.found.as_json(),
            "command": self.command,
            "verdicts": [asdict(one) for one in self.verdicts],
            "risks": list(attempt.risks(self.plan, self.found.best)),
            "notes": list(self.plan.program.notes),
        }
