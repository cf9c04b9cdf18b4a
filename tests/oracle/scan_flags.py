"""What an installed `iree-compile` tells of its options.

    python tests/oracle/scan_flags.py [IREE_COMPILE] > options.json

Prints JSON: option name -> {"hidden", "value", "values", "description", "levels", "default"}; `levels` maps an
optimisation level to the default from there on. Everything comes from `--help` and `--help-hidden`; a default that the
help text does not tell is null.
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

_OPTION = re.compile(r"  --(?P<name>[A-Za-z0-9][\w.-]*)(?:=<(?P<value>[^>]*)>)?\s+- (?P<text>.*)")
_VALUE = re.compile(r"    =(?P<value>\S+)\s+-")
_LEVEL = re.compile(r"\s+At optimization level (?P<level>O\d) the default is (?P<default>\S+)")
_ON_BY_DEFAULT = re.compile(r"on by default")


@dataclass
class Scanned:
    hidden: bool
    value: str | None
    description: str
    values: list[str] = field(default_factory=list)
    levels: dict[str, str] = field(default_factory=dict)

    @property
    def default(self) -> str | None:
        """The default at O0, where the help text tells it."""
        if "O0" in self.levels:
            return self.levels["O0"]
        return "true" if _ON_BY_DEFAULT.search(self.description) else None


def scan(binary: Path, timeout: float = 60) -> dict[str, Scanned]:
    """The options of `binary` by their name with dashes."""
    shown = _read(_help(binary, "--help", timeout))
    hidden = _read(_help(binary, "--help-hidden", timeout))
    for name, found in hidden.items():
        found.hidden = name not in shown
    return hidden


def installed() -> Path | None:
    """The `iree-compile` of the IREE that this interpreter would import."""
    spec = importlib.util.find_spec("iree.compiler") if importlib.util.find_spec("iree") else None
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = (Path(place) / "_mlir_libs" / "iree-compile" for place in places)
    return next((binary for binary in found if binary.is_file()), None)


def _help(binary: Path, flag: str, timeout: float) -> str:
    done = subprocess.run([binary, flag], capture_output=True, text=True, timeout=timeout, check=True)
    return done.stdout


def _read(text: str) -> dict[str, Scanned]:
    options: dict[str, Scanned] = {}
    last: Scanned | None = None
    for line in text.splitlines():
        if option := _OPTION.match(line):
            last = Scanned(False, option["value"], option["text"])
            options[f"--{option['name']}"] = last
        elif last and (value := _VALUE.match(line)):
            last.values.append(value["value"])
        elif last and (level := _LEVEL.match(line)):
            last.levels[level["level"]] = level["default"]
    return options


def main() -> int:
    binary = Path(sys.argv[1]) if len(sys.argv) > 1 else installed()
    if binary is None:
        print("no iree-compile: name one, or install iree-base-compiler", file=sys.stderr)
        return 1
    options = {name: asdict(found) | {"default": found.default} for name, found in scan(binary).items()}
    json.dump(options, sys.stdout, indent=1, sort_keys=True)
    print()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
