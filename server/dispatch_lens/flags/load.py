"""Reads `options.json` and `remedies.json`, the data that people review, into the values of `option`.

Both files are ours, so a mistake in them is our own bug and raises: KeyError for a missing field, ValueError
for a release that cannot be read.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from dispatch_lens.flags import option, releases
from dispatch_lens.flags.version import Version


@dataclass(frozen=True, slots=True)
class Tables:
    """Everything in the two files."""

    options: tuple[option.Option, ...]
    conflicts: tuple[option.Conflict, ...]
    remedies: dict[str, tuple[option.Remedy, ...]]


def load() -> Tables:
    data: _Options = json.loads(_text("options.json"))
    remedies: dict[str, list[_Remedy]] = json.loads(_text("remedies.json"))
    return Tables(
        options=tuple(_option(raw) for raw in data["options"]),
        conflicts=tuple(option.Conflict(frozenset(raw["options"]), _risk(raw["risk"])) for raw in data["conflicts"]),
        remedies={code: tuple(_remedy(raw) for raw in found) for code, found in remedies.items()},
    )


def _option(raw: _Option) -> option.Option:
    return option.Option(
        id=raw["id"],
        kind=raw["kind"],
        phase=raw["phase"],
        summary=raw["summary"],
        advice=raw["advice"],
        names=tuple(option.Name(name["flag"], _span(name)) for name in raw["names"]),
        defaults=tuple(option.Default(default["value"], _span(default)) for default in raw.get("defaults", [])),
        values=tuple(raw.get("values", [])),
        implied_by=_levels(raw.get("implied_by")),
        passes=tuple(option.PassOption(found["name"], found["option"], _span(found)) for found in raw.get("passes", [])),
        predicates=tuple(raw.get("predicates", [])),
        partners=tuple(option.Partner(partner["id"], partner["why"]) for partner in raw.get("partners", [])),
        risks=tuple(_risk(risk) for risk in raw.get("risks", [])),
        renamed=raw.get("renamed", ""),
        gone=raw.get("gone", ""),
        note=raw.get("note", ""),
    )


def _remedy(raw: _Remedy) -> option.Remedy:
    return option.Remedy(tuple(raw["set"].items()), raw.get("when", ""), raw.get("note", ""), _span(raw))


def _risk(raw: _Risk) -> option.Risk:
    return option.Risk(raw["harm"], raw["text"], raw.get("thread", ""), tuple(raw.get("targets", [])), _span(raw))


def _levels(raw: _Level | None) -> option.Level | None:
    return None if raw is None else option.Level(raw["level"], _span(raw))


def _span(raw: _Spanned) -> option.Span:
    """Left out, it means every release that was looked at."""
    first = releases.release(raw["first"]) if "first" in raw else releases.ALL[0]
    last = releases.release(text) if (text := raw.get("last")) else None
    return option.Span(first, last, None if last is None else _after(last))


def _after(last: Version) -> Version:
    return next(each for each in releases.ALL if each > last)


def _text(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")


class _Spanned(TypedDict, total=False):
    first: str
    last: str


class _Named(_Spanned):
    flag: str


class _Value(_Spanned):
    value: str


class _Level(_Spanned):
    level: str


class _Pass(_Spanned):
    name: str
    option: str


class _RiskText(_Spanned):
    harm: option.Harm
    text: str


class _Risk(_RiskText, total=False):
    thread: str
    targets: list[str]


class _Partner(TypedDict):
    id: str
    why: str


class _OptionHead(TypedDict):
    id: str
    kind: option.Kind
    phase: option.Phase
    summary: str
    advice: option.Advice
    names: list[_Named]


class _Option(_OptionHead, total=False):
    defaults: list[_Value]
    values: list[str]
    implied_by: _Level
    passes: list[_Pass]
    predicates: list[str]
    partners: list[_Partner]
    risks: list[_Risk]
    renamed: str
    gone: str
    note: str


class _Conflict(TypedDict):
    options: list[str]
    risk: _Risk


class _RemedySet(_Spanned):
    set: dict[str, str]


class _Remedy(_RemedySet, total=False):
    when: str
    note: str


class _Options(TypedDict):
    options: list[_Option]
    conflicts: list[_Conflict]
