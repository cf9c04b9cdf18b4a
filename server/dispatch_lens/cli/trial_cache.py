"""Outcomes of compiles on disk, by the content of the text, the compiler's version and the flags."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

import platformdirs

from dispatch_lens import __version__
from dispatch_lens.features.trial.outcome import Flags, Measure, Outcome


@dataclass(frozen=True)
class Remembered:
    """The measure, asking the disk first. Failures are not kept, nor anything where the disk does not let it."""

    measure: Measure
    key: tuple[str, ...]

    def __call__(self, flags: Flags) -> Outcome:
        path = _folder() / f"{_digest((*self.key, '', *sorted(flags)))}.json"
        found = _read(path, flags)
        if found is not None:
            return found
        outcome = self.measure(flags)
        if outcome.failure is None:
            _write(path, outcome)
        return outcome


def _folder() -> Path:
    return Path(platformdirs.user_cache_dir("dispatch-lens")) / __version__ / "try"


def _digest(words: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(words).encode()).hexdigest()


def _read(path: Path, flags: Flags) -> Outcome | None:
    try:
        return replace(Outcome(**cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))), flags=flags)
    except (OSError, ValueError, TypeError):
        return None


def _write(path: Path, outcome: Outcome) -> None:
    part = path.with_suffix(".part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps(asdict(outcome)), encoding="utf-8")
        part.replace(path)
    except OSError:
        return
