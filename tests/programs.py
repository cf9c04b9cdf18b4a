"""Small programs before their dispatches form, and what the newest compiler makes of each: `fixtures/programs`.

`programs.json` holds, of each, the dispatches of the default options, and what was counted with the options of each remark;
`NAME.regions.mlir` is the compiler's own dump after the dispatches were formed, `outlined/NAME.mlir` that of its flow phase.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.flags.version import parse_version
from dispatch_lens.rules.rule import Remark
from shared import FIXTURES

FOLDER = FIXTURES / "programs"
KEPT = FOLDER / "programs.json"
SOURCES = sorted(path for path in FOLDER.glob("*.mlir") if not path.name.endswith(".regions.mlir"))
NEWEST = Settings(compiler_version=parse_version("3.13"))


@dataclass(frozen=True)
class Program:
    """One program: its dispatches by default, and the counts by the options of a remark, with blanks between them."""

    default: int
    counted: dict[str, int]


def kept() -> dict[str, Program]:
    return {name: Program(**found) for name, found in json.loads(KEPT.read_text()).items()}


def keep(found: dict[str, Program]) -> None:
    KEPT.write_text(json.dumps({name: vars(one) for name, one in sorted(found.items())}, indent=1) + "\n")


def remarks(path: Path) -> tuple[Remark, ...]:
    return diagnostics(Document(path.name, 0, path.read_text()), NEWEST).remarks


def outlined() -> list[Path]:
    """The dumps of some programs after their dispatches were outlined."""
    return sorted((FOLDER / "outlined").glob("*.mlir"))


def formed(source: Path) -> Path:
    """The dump of the program's formed dispatches."""
    return source.with_name(f"{source.stem}.regions.mlir")
