"""The compiler options that change dispatches: what they are called in which release, and what each can lift.

Advice names an option only through this table, so it is spelled for the release at hand and obeys what is known to be
harmful. Not known here: options that leave dispatches alone, releases older than April 2024, and whether a suggestion
helps a given program; only the compiler can tell that.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from dispatch_lens.flags import load, releases
from dispatch_lens.flags.option import Conflict, Option, Partner, Remedy, Risk
from dispatch_lens.flags.version import Version, parse_version

_TABLES = load.load()

ALL: tuple[Option, ...] = _TABLES.options
RELEASES: tuple[Version, ...] = releases.ALL
NAMED: dict[str, Version] = releases.NAMED
NEWEST: Version = releases.NEWEST
BLOCKERS: tuple[str, ...] = tuple(_TABLES.remedies)
CONFLICTS: tuple[Conflict, ...] = _TABLES.conflicts


@dataclass(frozen=True, slots=True)
class Absent:
    """The option has no spelling in that release. `reason` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Flags for one command line. `when` is the condition under which they help; empty: wherever it was tried."""

    options: tuple[str, ...]
    note: str
    risks: tuple[Risk, ...]
    when: str


@dataclass(frozen=True, slots=True)
class Withheld:
    """Flags that would lift the blocker and that must not be suggested, with the harm."""

    options: tuple[str, ...]
    risk: Risk


def find(text: str) -> Option | None:
    """The option that `text` names: its id, or any spelling of any year, with or without dashes and `=value`."""
    name, _, value = text.strip().strip("\"'").lstrip("-").partition("=")
    if name == _PIPELINE_FLAG:
        return next((_BY_PASS[word] for word in _WORD.findall(value) if word in _BY_PASS), _BY_NAME[name])
    return _BY_ID.get(name) or _BY_NAME.get(name) or _BY_PASS.get(name)


def option(id_: str) -> Option:
    """The option with that id. KeyError when there is none: ids come from the table itself."""
    return _BY_ID[id_]


def spelled(option: Option, version: Version) -> str | Absent:
    """The flag without a value (`--iree-...`), a pipeline's with it, as `iree-compile` of that release takes it."""
    found = next((name.flag for name in option.names if name.span.covers(version)), None)
    if found is not None:
        return found
    return Absent(_why_absent(option, version))


def with_value(option: Option, value: str, version: Version) -> str | Absent:
    """The whole flag. `true` is the bare flag; a pipeline has no other value than `true`."""
    flag = spelled(option, version)
    if isinstance(flag, Absent) or value == "true":
        return flag
    return f"{flag}={value}"


def for_blocker(code: str, version: Version, target: str | None = None) -> tuple[Suggestion, ...]:
    """What lifts the blocker in that release, best first; an empty tuple means "no known flag".

    `target` is a backend (`llvm-cpu`). Without one, flags that are known to break the compiler for some
    target are left out. What is the default of the release already is not repeated.
    """
    return tuple(
        Suggestion(flags, _note(remedy, version), _risks(remedy, version, target), remedy.when)
        for remedy, flags in _applicable(code, version)
        if _conflict(remedy, version, target) is None
    )


def withheld(code: str, version: Version, target: str | None = None) -> tuple[Withheld, ...]:
    """What `for_blocker` leaves out because it breaks the compiler."""
    found = ((flags, _conflict(remedy, version, target)) for remedy, flags in _applicable(code, version))
    return tuple(Withheld(flags, conflict.risk) for flags, conflict in found if conflict is not None)


def objections(flags: tuple[str, ...], version: Version, target: str | None = None) -> tuple[Risk, ...]:
    """What is known against using these flags together: wrong results, compiler crashes. Empty when nothing is."""
    on = {found.id: found for flag in flags if (found := find(flag)) is not None and _turned_on(flag)}
    forbidden = [
        risk
        for found in on.values()
        if found.advice == "never"
        for risk in found.risks_in(version)
        if risk.harm in ("wrong-results", "does-not-compile") and _concerns(risk, target)
    ]
    clashes = [conflict.risk for conflict in _conflicts(frozenset(on), version, target)]
    return (*forbidden, *clashes)


def risks_of(flag: str, version: Version, target: str | None = None) -> tuple[Risk, ...]:
    """What is known against a flag with its value; empty for one that the table does not have."""
    found = find(flag)
    if found is None:
        return ()
    value = "true" if _turned_on(flag) else "false"
    return tuple(risk for risk in found.risks_in(version) if _concerns(risk, target) and _speaks_of(risk, value))


def fixes(option: Option) -> tuple[str, ...]:
    """The blockers that a remedy with this option lifts in some release, in the order of `BLOCKERS`."""
    return tuple(
        code for code, remedies in _TABLES.remedies.items() if any(option.id in dict(remedy.settings) for remedy in remedies)
    )


def partners_in(option: Option, version: Version) -> tuple[Partner, ...]:
    """The partners that must be asked for: those that exist in that release and are not on by default."""
    return tuple(
        partner
        for partner in option.partners
        if not isinstance(spelled(_BY_ID[partner.id], version), Absent) and _BY_ID[partner.id].default_in(version) != "true"
    )


def closest(text: str) -> tuple[str, ...]:
    """Up to three ids, flags or blockers that look like `text`, for a "did you mean"."""
    name = text.strip().lstrip("-").partition("=")[0]
    return tuple(difflib.get_close_matches(name, (*_BY_ID, *_BY_NAME, *BLOCKERS), n=3, cutoff=0.55))


def release(text: str) -> Version | None:
    """The release for an id of the table (`2024-07`, `3.13`) or any other spelling of a version; None if it is none."""
    return NAMED.get(text.strip()) or parse_version(text)


def _applicable(code: str, version: Version) -> list[tuple[Remedy, tuple[str, ...]]]:
    remedies = (remedy for remedy in _TABLES.remedies.get(code, ()) if remedy.span.covers(version))
    spelled_out = ((remedy, _flags(remedy, version)) for remedy in remedies)
    return [(remedy, flags) for remedy, flags in spelled_out if flags]


def _flags(remedy: Remedy, version: Version) -> tuple[str, ...]:
    """Empty when an option is missing in that release, may never be suggested, or when all are defaults already."""
    flags: list[str] = []
    for id_, value in remedy.settings:
        option = _BY_ID[id_]
        if option.advice == "never":
            return ()
        flag = with_value(option, value, version)
        if isinstance(flag, Absent):
            return ()
        if option.default_in(version) != value:
            flags.append(flag)
    return tuple(flags)


def _note(remedy: Remedy, version: Version) -> str:
    levels = [level for id_, _ in remedy.settings if (level := _BY_ID[id_].implied_by) is not None]
    covering = [level.level for level in levels if level.span.covers(version)]
    if not covering or len(covering) < len(remedy.settings):
        return remedy.note
    implied = f"--iree-opt-level={max(covering)} turns it on too."
    return f"{remedy.note} {implied}".strip()


def _risks(remedy: Remedy, version: Version, target: str | None) -> tuple[Risk, ...]:
    settings = dict(remedy.settings)
    return tuple(
        risk
        for id_ in settings
        for risk in _BY_ID[id_].risks_in(version)
        if _concerns(risk, target) and _speaks_of(risk, settings[id_]) and not _partnered(risk, id_, settings)
    )


def _speaks_of(risk: Risk, value: str) -> bool:
    """A text that begins with `=false` is about turning the option off; the others are about turning it on."""
    return risk.text.startswith("=false") == (value == "false")


def _partnered(risk: Risk, id_: str, settings: dict[str, str]) -> bool:
    """Whether the harm is that of the option alone, while its partner is asked for as well."""
    return any(partner.id in settings and partner.id in risk.text for partner in _BY_ID[id_].partners)


def _concerns(risk: Risk, target: str | None) -> bool:
    return target is None or not risk.targets or target in risk.targets


def _conflict(remedy: Remedy, version: Version, target: str | None) -> Conflict | None:
    on = frozenset(id_ for id_, value in remedy.settings if value == "true")
    return next(iter(_conflicts(on, version, target)), None)


def _conflicts(on: frozenset[str], version: Version, target: str | None) -> list[Conflict]:
    return [
        conflict
        for conflict in CONFLICTS
        if conflict.options <= on and conflict.risk.span.covers(version) and _concerns(conflict.risk, target)
    ]


def _turned_on(flag: str) -> bool:
    return flag.partition("=")[2] not in ("false", "0")


def _why_absent(option: Option, version: Version) -> str:
    first, last = option.names[0].span, option.names[-1].span
    if version < RELEASES[0]:
        return f"the table begins with {RELEASES[0].label}"
    if version < first.first:
        return f"{option.id} exists since {first.first.label}"
    until = f"{option.id} existed until {last.last.label}" if last.last else f"{option.id} is not in {version.label}"
    return f"{until}. {option.gone}".strip()


_WORD = re.compile(r"[a-z][a-z0-9-]*")
_PIPELINE_FLAG = "iree-preprocessing-pass-pipeline"
_BY_ID = {option.id: option for option in ALL}
_BY_NAME = {
    name.flag.removeprefix("--"): option
    for option in ALL
    for name in option.names
    if not name.flag.startswith(f"--{_PIPELINE_FLAG}=")
}
_BY_PASS = {
    word: option
    for option in ALL
    for name in option.names
    for word in _WORD.findall(name.flag.partition("=")[2])
    if word.startswith("iree-preprocessing-")
}
