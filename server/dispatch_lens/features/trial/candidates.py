"""The flags that are worth a try: each with the partners it needs, spelled for one release.

Only options that leave the program's numbers alone: what is known to compute wrong results, or to change precision, is
never tried.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_lens.flags import table
from dispatch_lens.flags.option import Option, Phase
from dispatch_lens.flags.version import Version

PHASES: tuple[Phase, ...] = ("preprocessing", "global-optimization", "dispatch-creation")
"""The phases whose options decide how dispatches form, in their order."""

_HARMFUL = {"wrong-results", "changes-numbers"}
_OPPOSITE = {"true": "false", "false": "true"}


@dataclass(frozen=True, slots=True)
class Candidate:
    """An option turned from its default: `flags` are the option's own flag and then its partners'."""

    id: str
    flags: tuple[str, ...]
    advised: bool

    @property
    def is_exclusive(self) -> bool:
        """Whether other values of its option are candidates too, of which one command line takes one."""
        return "=" in self.flags[0] and not self.flags[0].endswith(("=true", "=false"))


def candidates(version: Version, target: str | None, phases: tuple[Phase, ...] = PHASES) -> tuple[Candidate, ...]:
    """What to try in that release, for a text that still has these phases to go through; advised options first."""
    options = (option for option in table.ALL if option.phase in phases and _may_try(option, version, target))
    found = (one for option in options for one in _switched(option, version))
    levels = _levels("opt-level" if "global-optimization" in phases else "dispatch-creation-opt-level", version)
    return tuple(sorted((*found, *levels), key=lambda one: not one.advised))


def option_name(flag: str) -> str:
    """The flag without its value: of two flags with one name a command line takes one."""
    return flag.partition("=")[0]


def _may_try(option: Option, version: Version, target: str | None) -> bool:
    if option.advice == "never" or option.kind not in ("bool", "pipeline"):
        return False
    risks = option.risks_in(version)
    if any(risk.harm in _HARMFUL for risk in risks):
        return False
    return not any(risk.harm == "only-some-targets" and target not in risk.targets for risk in risks)


def _switched(option: Option, version: Version) -> Iterator[Candidate]:
    default = "false" if option.kind == "pipeline" else option.default_in(version)
    value = _OPPOSITE.get(default or "")
    flag = table.with_value(option, value, version) if value else None
    if flag is None or isinstance(flag, table.Absent):
        return
    partners = table.partners_in(option, version) if value == "true" else ()
    spelled = (table.spelled(table.option(partner.id), version) for partner in partners)
    yield Candidate(option.id, (flag, *(one for one in spelled if isinstance(one, str))), option.advice == "suggest")


def _levels(id_: str, version: Version) -> Iterator[Candidate]:
    """The levels above the default, which imply several options at once."""
    option = table.option(id_)
    for value in option.values:
        flag = table.with_value(option, value, version)
        if isinstance(flag, str) and value != option.default_in(version):
            yield Candidate(f"{id_}={value}", (flag,), False)
