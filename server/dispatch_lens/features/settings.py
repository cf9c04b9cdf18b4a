"""The settings of every feature, as one frozen value. Who reads them from a file or an editor is `cli` and `lsp`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from dispatch_lens import rules
from dispatch_lens.flags.version import Version, parse_version
from dispatch_lens.rules.rule import Rule, Severity


class SettingsError(ValueError):
    """A setting that cannot be used; the message is for the person who wrote it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`select` empty means every rule. `compiler_version` None means: as the text tells."""

    select: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    compiler_version: Version | None = None
    target: str | None = None
    severity: Mapping[str, Severity] = field(default_factory=dict[str, Severity])

    def enabled(self, rule: Rule) -> bool:
        return rule.name not in self.ignore and (not self.select or rule.name in self.select)

    def severity_of(self, rule: Rule) -> Severity:
        return self.severity.get(rule.name, rule.severity)


KEYS = ("select", "ignore", "compiler-version", "target", "severity")


def settings_from(table_: Mapping[str, object]) -> Settings:
    """Settings from a table as a file or an editor gives it. Raises SettingsError with the key that is wrong."""
    unknown = sorted(set(table_) - set(KEYS))
    if unknown:
        raise SettingsError(f"unknown setting `{unknown[0]}`; the settings are {_listed(KEYS)}")
    return Settings(
        select=_rule_names(table_, "select"),
        ignore=_rule_names(table_, "ignore"),
        compiler_version=_version(table_.get("compiler-version")),
        target=_text(table_, "target"),
        severity=_severities(table_.get("severity")),
    )


def _rule_names(table_: Mapping[str, object], key: str) -> frozenset[str]:
    value = table_.get(key, [])
    if not isinstance(value, list):
        raise SettingsError(f"`{key}` must be a list of rule names")
    names = frozenset(str(name) for name in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    for name in sorted(names):
        _known(name, key)
    return names


def _known(name: str, key: str) -> str:
    if all(rule.name != name for rule in rules.ALL):
        raise SettingsError(f"`{key}`: there is no rule `{name}`")
    return name


def _version(value: object) -> Version | None:
    if value is None:
        return None
    from dispatch_lens.flags import table

    version = table.release(str(value)) or parse_version(str(value))
    if version is None:
        raise SettingsError(f"`compiler-version`: `{value}` is not a release; write `3.13` or `2024-07`")
    return version


def _text(table_: Mapping[str, object], key: str) -> str | None:
    value = table_.get(key)
    if value is not None and not isinstance(value, str):
        raise SettingsError(f"`{key}` must be a text")
    return value


def _severities(value: object) -> Mapping[str, Severity]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise SettingsError("`severity` must be a table of rule names to severities")
    entries: dict[str, Severity] = {}
    for name, word in value.items():  # pyright: ignore[reportUnknownVariableType]
        entries[_known(str(name), "severity")] = _severity(str(word))  # pyright: ignore[reportUnknownArgumentType]
    return entries


def _severity(word: str) -> Severity:
    if word not in {severity.value for severity in Severity}:
        raise SettingsError(f"`severity`: `{word}` is not one of {_listed([severity.value for severity in Severity])}")
    return Severity(word)


def _listed(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)
