"""The values of the option table: what is known of one compiler option, release by release.

Facts only; which option to suggest for what is in `table`. Spans hold the first and the last release in which
something was seen. Only the releases in `releases.json` were looked at, so a change lies somewhere between two of them:
until the next one, the older state is taken to hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dispatch_lens.flags.version import Version

Kind = Literal["bool", "enum", "int", "string", "pipeline"]
Phase = Literal["preprocessing", "global-optimization", "dispatch-creation", "flow", "all"]
Advice = Literal["suggest", "try", "never"]
"""`suggest`: may be named as a remedy. `try`: only worth a measured attempt. `never`: neither."""
Harm = Literal[
    "slower", "does-not-compile", "wrong-results", "raises-counts", "no-effect", "only-some-targets", "changes-numbers"
]


@dataclass(frozen=True, slots=True)
class Span:
    """Releases from `first` (inclusive) to `end` (exclusive; None: still so in the newest release known)."""

    first: Version
    last: Version | None
    end: Version | None

    def covers(self, version: Version) -> bool:
        return self.first <= version and (self.end is None or version < self.end)


@dataclass(frozen=True, slots=True)
class Name:
    """A spelling of an option. `flag` begins with `--`; a pipeline's holds the whole `--...=builtin.module(...)`."""

    flag: str
    span: Span


@dataclass(frozen=True, slots=True)
class Default:
    """The value that plain `iree-compile`, which runs at O0, uses in these releases."""

    value: str
    span: Span


@dataclass(frozen=True, slots=True)
class PassOption:
    """Where the option ends up: an option of a pass, as pass headers of a dump print it."""

    pass_name: str
    option: str
    span: Span


@dataclass(frozen=True, slots=True)
class Risk:
    """A known harm. `thread` is a public thread such as `iree#12633`, or empty when measured. No targets: any."""

    harm: Harm
    text: str
    thread: str
    targets: tuple[str, ...]
    span: Span

    def __str__(self) -> str:
        return f"{self.text} ({self.thread})" if self.thread else self.text


@dataclass(frozen=True, slots=True)
class Partner:
    """Another option without which this one does little, and why. Names an option id."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Level:
    """The optimisation level (`O1` to `O3`) that turns the option on, from a release on."""

    level: str
    span: Span


@dataclass(frozen=True, slots=True)
class Option:
    """One compiler option over time. `names` are in order of time. `gone` says why there is no name any more."""

    id: str
    kind: Kind
    phase: Phase
    summary: str
    advice: Advice
    names: tuple[Name, ...]
    defaults: tuple[Default, ...]
    values: tuple[str, ...]
    implied_by: Level | None
    passes: tuple[PassOption, ...]
    predicates: tuple[str, ...]
    partners: tuple[Partner, ...]
    risks: tuple[Risk, ...]
    renamed: str
    gone: str
    note: str

    def default_in(self, version: Version) -> str | None:
        """The value at O0, or None when it is not known or the option does not exist."""
        return next((default.value for default in self.defaults if default.span.covers(version)), None)

    def risks_in(self, version: Version) -> tuple[Risk, ...]:
        return tuple(risk for risk in self.risks if risk.span.covers(version))


@dataclass(frozen=True, slots=True)
class Conflict:
    """Options that must not be on together, by id, with what then happens."""

    options: frozenset[str]
    risk: Risk


@dataclass(frozen=True, slots=True)
class Remedy:
    """What lifts a blocker: values by option id. `when` is the condition under which it does, empty when always."""

    settings: tuple[tuple[str, str], ...]
    when: str
    note: str
    span: Span
