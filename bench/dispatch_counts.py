"""What flags do to the dispatches of whole models, as the compilers count them: the rows of docs/dispatch-counts.md.

    python bench/dispatch_counts.py [--compiler PYTHON_WITH_IREE] MODEL.mlir...

Each model is one run of `dispatch-lens try` with the flag list of iree-amd-aie#515 beside it. Rows of other models and compilers
stay as they are.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

PAGE = Path(__file__).parent.parent / "docs" / "dispatch-counts.md"
BEGIN, END = "<!-- flags -->", "<!-- end flags -->"
THREAD = (
    "--iree-flow-enable-aggressive-fusion --iree-opt-data-tiling=off "
    "--iree-flow-enable-fuse-padding-into-linalg-consumer-ops "
    "'--iree-preprocessing-pass-pipeline=builtin.module(iree-preprocessing-transpose-convolution-pipeline)' "
    "--iree-global-opt-propagate-transposes=true --iree-opt-aggressively-propagate-transposes=true"
)
LONGEST_SECONDS = 1800


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiler")
    parser.add_argument("models", nargs="+", type=Path)
    arguments = parser.parse_args()
    for model in arguments.models:
        _add(row(model, arguments.compiler))


def row(model: Path, compiler: str | None) -> str:
    """The model's line of the table."""
    chosen = ["--compiler", compiler] if compiler else []
    command = [
        sys.executable,
        "-m",
        "dispatch_lens.cli.main",
        "try",
        "--json",
        "--counts-only",
        "--no-cache",
        "--against",
        THREAD,
        *chosen,
        str(model),
    ]
    started = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=True)
    seconds = time.monotonic() - started
    found = json.loads(done.stdout)
    flags = "<br>".join(f"`{flag}`" for flag in found["best"]["flags"]) or "none"
    cells = [_cell(found[name]) for name in ("base", "against", "best")]
    cost = f"{len(found['runs'])} in {seconds:.0f} s"
    return f"| {'/'.join(model.parts[-3:])} | {found['compiler']} | {' | '.join(cells)} | {flags} | {cost} |"


def _cell(outcome: dict[str, Any]) -> str:
    if outcome["failure"]:
        return str(outcome["failure"])
    return f"{outcome['dispatches']}/{outcome['executables']} t{outcome['transposes']} c{outcome['copies']}"


def _add(line: str) -> None:
    """Puts the row into the page, in the place of an older one of the same model and compiler."""
    print(line, flush=True)
    before, _, rest = PAGE.read_text().partition(BEGIN)
    rows, _, after = rest.partition(END)
    key = line.split("|")[1:3]
    head, rule, *others = rows.strip().splitlines()
    kept = sorted([*(each for each in others if each.split("|")[1:3] != key), line])
    PAGE.write_text("\n".join([before + BEGIN, head, rule, *kept, END]) + after)


if __name__ == "__main__":
    main()
