"""The settings that an editor gives, under `dispatchLens`: those of the command line, and what only an editor shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import cast

from dispatch_lens.features import inlay_hints
from dispatch_lens.features.settings import KEYS, Settings, settings_from

SECTION = "dispatchLens"
INLAY_HINTS = "inlay-hints"
COMPILER_SECONDS = "compiler-seconds"


@dataclass(frozen=True, slots=True)
class EditorSettings:
    """`inlay_hints` are the kinds that are shown; `compiler_seconds` what a compiler may take for one answer, None: as usual."""

    settings: Settings = field(default_factory=Settings)
    inlay_hints: frozenset[str] = frozenset(inlay_hints.KINDS)
    compiler_seconds: float | None = None


def from_editor(value: object) -> EditorSettings:
    """The settings of a `dispatchLens` section; the editor's own keys and empty texts are passed over. Raises SettingsError."""
    if not isinstance(value, Mapping):
        return EditorSettings()
    table = cast("Mapping[str, object]", value)
    settings = settings_from({key: table[key] for key in KEYS if table.get(key) not in (None, "")})
    return EditorSettings(settings, _kinds(table.get(INLAY_HINTS)), _seconds(table.get(COMPILER_SECONDS)))


def _seconds(value: object) -> float | None:
    """A positive number, else None."""
    return float(value) if isinstance(value, (int, float)) and value > 0 else None


def _kinds(value: object) -> frozenset[str]:
    """`true`, `false`, a list of kinds, or a table of kinds to booleans."""
    every = frozenset(inlay_hints.KINDS)
    if isinstance(value, bool):
        return every if value else frozenset()
    if isinstance(value, list):
        return every & frozenset(str(one) for one in cast("list[object]", value))
    if isinstance(value, Mapping):
        table = cast("Mapping[str, object]", value)
        return frozenset(kind for kind in every if table.get(kind, True) is not False)
    return every
