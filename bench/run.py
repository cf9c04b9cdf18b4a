"""The speed of Dispatch Lens against the compiler's own parser, as ratios of one run: `make bench`.

Each measure runs both sides in turn, each time as a new process, and takes the least time: what else a shared machine does
only adds. What is timed is CPU time of the process (user and system), start-up included, since a person who opens a file
waits for both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import inputs
import page

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Sample:
    """CPU seconds and peak memory in MB of one process."""

    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Row:
    """One measure: the least of ours and of theirs, and the most that the ratio may be."""

    name: str
    ours: Sample
    theirs: Sample
    bound: float

    @property
    def ratio(self) -> float:
        return self.ours.seconds / self.theirs.seconds

    def __str__(self) -> str:
        return (
            f"| {self.name} | {self.ours.seconds:.2f} s, {self.ours.megabytes:.0f} MB | {self.theirs.seconds:.2f} s, "
            f"{self.theirs.megabytes:.0f} MB | {self.ratio:.2f} | {self.bound:g} |"
        )


def main() -> None:
    """Make the inputs, measure, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "dispatch-lens-bench")
    arguments = parser.parse_args()
    arguments.inputs.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, ours, theirs, bound in measures(arguments.inputs):
        rows.append(compare(name, ours, theirs, bound, arguments.rounds))
        print(rows[-1], flush=True)
        page.write("bench", ("measure", "ours", "theirs", "ratio", "at most"), [str(row) for row in rows])


def measures(folder: Path) -> list[tuple[str, list[str], list[str], float]]:
    """Each measure's name, our command, the compiler's, and the bound of the ratio."""
    tools = page.compiler_tools()
    small, large = inputs.module(folder, 1), inputs.module(folder, 10)
    dumped = inputs.dump(folder, tools / "iree-compile", 10)
    outline = [sys.executable, str(HERE / "outline.py")]
    parse = [str(tools / "iree-opt"), "-o", os.devnull]
    installed = [str(Path(sys.executable).with_name("iree-opt")), "-o", os.devnull]
    sections = [sys.executable, str(HERE / "bindings.py")]
    check = [sys.executable, "-m", "dispatch_lens", "check", "--exit-zero", "--format", "json"]
    return [
        ("outline of a 10 MB module, `iree-opt` parsing it", [*outline, str(large)], [*parse, str(large)], 1.0),
        ("outline of a 10 MB dump, the bindings parsing it by sections", [*outline, str(dumped)], [*sections, str(dumped)], 1.0),
        ("`check` of a 1 MB module, `iree-opt` as pip installs it", [*check, str(small)], [*installed, str(small)], 3.0),
        ("`check` of a 1 MB module, the program behind that command", [*check, str(small)], [*parse, str(small)], 3.0),
        ("`check` of a 10 MB module, `iree-opt` parsing it", [*check, str(large)], [*parse, str(large)], 3.0),
        ("`check` of a 10 MB dump, the bindings parsing it by sections", [*check, str(dumped)], [*sections, str(dumped)], 3.0),
    ]


def compare(name: str, ours: Sequence[str], theirs: Sequence[str], bound: float, rounds: int) -> Row:
    """Both commands in turn, `rounds` times."""
    pairs = [(measured(ours), measured(theirs)) for _ in range(rounds)]
    return Row(name, least([pair[0] for pair in pairs]), least([pair[1] for pair in pairs]), bound)


def measured(command: Sequence[str]) -> Sample:
    """One run of a command that must succeed."""
    launched = [sys.executable, "-I", "-S", str(HERE / "once.py"), *command]
    done = subprocess.run(launched, capture_output=True, text=True, env=_environment(), check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr)
    seconds, megabytes = map(float, done.stdout.split())
    return Sample(seconds, megabytes)


def _environment() -> dict[str, str]:
    """Ours, but for what would make Python compile its modules at every start."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def least(samples: Sequence[Sample]) -> Sample:
    """The least time, and the most memory, of several runs."""
    return Sample(min(sample.seconds for sample in samples), max(sample.megabytes for sample in samples))


if __name__ == "__main__":
    main()
