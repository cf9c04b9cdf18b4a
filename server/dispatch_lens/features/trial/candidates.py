"""The flags that are worth a try: each with the partners it needs, spelled for one release.

Only options that leave the program's numbers alone: what is known to compute wrong results, or to change precision, is
never tried.
"""

from __future__ import annotations

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


def candidates(version: Version, target: str | None, phases: tuple[Phase, ...] = PHASES) -> tuple[Candidate, ...]:
    """What to try in that release, for a text that still has these phases to go through; advised options first."""
    found = [_candidate(option, version) for option in table.ALL if option.phase in phases and _may_try(option, version, target)]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: not one.advised))


def _may_try(option: Option, version: Version, target: str | None) -> bool:
    if option.advice == "never" or option.kind not in ("bool", "pipeline"):
        return False
    risks = option.risks_in(version)
    if any(risk.harm in _HARMFUL for risk in risks):
        return False
    return not any(risk.harm == "only-some-targets" and target not in risk.targets for risk in risks)


def _candidate(option: Option, version: Version) -> Candidate | None:
    default = "false" if option.kind == "pipeline" else option.default_in(version)
    value = _OPPOSITE.get(default or "")
    flag = table.with_value(option, value, version) if value else None
    if flag is None or isinstance(flag, table.Absent):
        return None
    partners = table.partners_in(option, version) if value == "true" else ()
    spelled = (table.spelled(table.option(partner.id), version) for partner in partners)
    return Candidate(option.id, (flag, *(one for one in spelled if isinstance(one, str))), option.advice == "suggest")
