"""Settings for the terminal: from `dispatch-lens.toml` or `[tool.dispatch-lens]` of `pyproject.toml`, then the options."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, cast

import click

if TYPE_CHECKING:
    from dispatch_lens.features.settings import Settings

OWN_FILE = "dispatch-lens.toml"


def load(select: tuple[str, ...], ignore: tuple[str, ...], start: Path) -> Settings:
    """The settings for a run from the folder `start`: the nearest file's, the options on top of them.

    Raises click.UsageError, with the file and key, for what cannot be used.
    """
    from dispatch_lens.features.settings import Settings, SettingsError, settings_from

    found = _nearest(start)
    try:
        settings = settings_from(found[1]) if found is not None else Settings()
    except SettingsError as error:
        raise click.UsageError(f"{found[0] if found else OWN_FILE}: {error}") from None
    return replace(
        settings,
        select=_names(select, "--select") or settings.select,
        ignore=settings.ignore | _names(ignore, "--ignore"),
    )


def _names(values: tuple[str, ...], option: str) -> frozenset[str]:
    from dispatch_lens import rules

    names = frozenset(name.strip() for value in values for name in value.split(",") if name.strip())
    for name in sorted(names):
        if rules.by_name(name) is None:
            known = ", ".join(rule.name for rule in rules.ALL)
            raise click.UsageError(f"{option}: there is no rule {name!r}; the rules are {known}")
    return names


def _nearest(start: Path) -> tuple[Path, Mapping[str, object]] | None:
    """The nearest file upwards that has settings, with its table."""
    for folder in (start, *start.parents):
        own, project = folder / OWN_FILE, folder / "pyproject.toml"
        if own.is_file():
            return own, _toml(own)
        if project.is_file():
            table = _table(_table(_toml(project)).get("tool")).get("dispatch-lens")
            if table is not None:
                return project, _table(table)
    return None


def _table(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value) if isinstance(value, Mapping) else {}


def _toml(path: Path) -> Mapping[str, object]:
    parser = importlib.import_module("tomllib" if sys.version_info >= (3, 11) else "tomli")
    try:
        return cast("Mapping[str, object]", parser.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:  # text that is not UTF-8, and text that is not TOML, are ValueErrors
        raise click.UsageError(f"{path}: {error}") from None
