"""The language server against IREE's own, with one client in one run, on modules and dumps of four sizes: part of `make bench`.

Times are what a person waits for, from the first byte sent to the answer, in milliseconds; both servers have started before.
"""

from __future__ import annotations

import argparse
import re
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path

import inputs
import page
from lsp_client import Client, File, Place, started

HERE = Path(__file__).parent
OURS = [sys.executable, "-m", "dispatch_lens", "serve"]
THEIRS = [sys.executable, str(HERE / "iree_server.py")]
HEAD = ("measure", "ours", "theirs", "at most", "kept")
TYPO, DEAD = "one typo in one op of ResNet-18", "sections of a dump that answer"
SIZES = (0.1, 1, 10, 50)
HOVERS, EDITS = 80, 40
READ_A_SECOND = 4e6
"""Bytes of a text that a person is taken to look at without a question, after which all is read that is read without one."""
PATIENCE = 10.0
"""Seconds after which a measure is not repeated any more."""
SECONDS_BETWEEN_LOOKS = 0.05
"""At the memory, while a whole file is read."""
_OP = re.compile(r"^ +%[\w:]+ = +(?=[a-z]+\.)")


@dataclass
class Measured:
    """Milliseconds of one server on one text, and the megabytes that it had at the most."""

    first: float = 0.0
    hovers_at_once: list[float] = field(default_factory=list[float])
    hovers: list[float] = field(default_factory=list[float])
    edits: list[float] = field(default_factory=list[float])
    burst: float = 0.0
    remarks: list[float] = field(default_factory=list[float])
    megabytes: float = 0.0


@dataclass(frozen=True)
class Row:
    """One measure on one text: what it was for both, what ours may be at the most."""

    name: str
    ours: float
    theirs: float
    most: float | None
    unit: str = "ms"

    def __str__(self) -> str:
        most = _number(self.most, self.unit) if self.most is not None else ""
        verdict = "" if self.most is None else "yes" if self.ours <= self.most else "no"
        return f"| {self.name} | {_number(self.ours, self.unit)} | {_number(self.theirs, self.unit)} | {most} | {verdict} |"


def main() -> None:
    """Measure, and write the table into the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=Path, default=Path(tempfile.gettempdir()) / "dispatch-lens-bench")
    parser.add_argument("--sizes", type=float, nargs="*", default=SIZES)
    arguments = parser.parse_args()
    arguments.inputs.mkdir(parents=True, exist_ok=True)
    rows = page.rows("server")
    for name, path in texts(arguments.inputs, arguments.sizes):
        rows = [row for row in rows if not row.startswith(f"| {name}: ")] + [str(row) for row in measured(name, path)]
        rows.sort(key=_size)
        page.write("server", HEAD, rows)
    page.write("broken", HEAD, broken(arguments.inputs))


def broken(folder: Path) -> list[str]:
    """What still answers: the ops of a model after one typo, and the sections of a dump that prints functions alone."""
    model = inputs.OUTLINED.read_text()
    dump = inputs.dump(folder, page.compiler_tools() / "iree-compile", 10).read_text()
    rows: list[str] = []
    for name, text, asked, most in (
        (f"{TYPO}, ops that answer", model, _after_a_typo, "all but that"),
        (f"{DEAD}", dump, _by_section, "all"),
    ):
        ours, theirs = (_answering(command, text, asked) for command in (OURS, THEIRS))
        kept = "yes" if ours[0] >= ours[1] - (most != "all") else "no"
        rows.append(f"| {name} | {ours[0]} of {ours[1]} | {theirs[0]} of {theirs[1]} | {most} | {kept} |")
    print(*rows, sep="\n", flush=True)
    return rows


def _answering(command: Sequence[str], text: str, asked: Callable[[File], Sequence[Place]]) -> tuple[int, int]:
    """How many of the places answer a hover, and how many there are."""
    with started(command) as client:
        file = File(client, "file:///text.mlir", text)
        file.open()
        places = asked(file)
        return sum(file.hover(place) is not None for place in places), len(places)


def _after_a_typo(file: File) -> Sequence[Place]:
    places = spread(file.lines, len(file.lines))
    middle = places[len(places) // 2]
    file.client.send(file.typing(Place(middle.line, len(file.lines[middle.line])), " (("))
    return places


def _by_section(file: File) -> Sequence[Place]:
    """The first op of each section that has one."""
    begins = [line for line, text in enumerate(file.lines) if text.startswith("// -----// IR Dump ")]
    sections = zip(begins, [*begins[1:], len(file.lines)])
    found = (next((place for at in range(*lines) if (place := op_name(file.lines, at)) is not None), None) for lines in sections)
    return [place for place in found if place is not None]


def texts(folder: Path, sizes: Sequence[float]) -> Iterator[tuple[str, Path]]:
    for size in sizes:
        yield f"{size:g} MB module", inputs.module(folder, size)
        yield f"{size:g} MB dump", inputs.dump(folder, page.compiler_tools() / "iree-compile", size)


def measured(name: str, path: Path) -> list[Row]:
    """Every measure on one text, theirs first: hovers are asked where they answer."""
    text = path.read_text()
    theirs, places = _theirs(path.as_uri(), text)
    ours = _ours(path.as_uri(), text, places)
    found = list(rows(name, ours, theirs))
    print(*found, sep="\n", flush=True)
    return found


def rows(name: str, ours: Measured, theirs: Measured) -> Iterator[Row]:
    share = {"0.1": 3.0, "1": None}.get(name.split()[0], 0.7)
    is_small = name.startswith(("0.1 ", "1 "))
    yield Row(f"{name}: opened, to the first hover", ours.first, theirs.first, share and share * theirs.first)
    yield Row(f"{name}: one character, to the next hover (p95)", p95(ours.edits), statistics.median(theirs.edits), 25)
    if theirs.burst:
        most = 250 if name.startswith("10 ") else None
        yield Row(f"{name}: ten keystrokes, to the next hover", ours.burst, theirs.burst, most)
    yield Row(f"{name}: hover just after opening (p95)", p95(ours.hovers_at_once), p95(theirs.hovers_at_once), None)
    yield Row(f"{name}: hover (p95)", p95(ours.hovers), p95(theirs.hovers), None if is_small else 10)
    if theirs.remarks:
        most = 300 if name.startswith("1 ") else None
        remarks = p95(ours.remarks), p95(theirs.remarks)
        yield Row(f"{name}: one character, to the remarks on the whole file (p95)", *remarks, most)
    yield Row(f"{name}: memory", ours.megabytes, theirs.megabytes, 300 if name.startswith("10 ") else None, "MB")


def _theirs(uri: str, text: str) -> tuple[Measured, list[Place]]:
    with started(THEIRS) as client:
        file = File(client, uri, text)
        candidates = spread(file.lines, 2 * HOVERS)
        first = _opened(file, candidates)
        places = [place for place in candidates if file.hover(place) is not None][:HOVERS]
        return _measured(file, places, first), places


def _ours(uri: str, text: str, places: list[Place]) -> Measured:
    with started(OURS) as client:
        file = File(client, uri, text)
        found = _measured(file, places, _opened(file, places))
        found.megabytes = max(found.megabytes, _most_megabytes(client, file.diagnostics) if found.burst else client.megabytes())
        return found


def _most_megabytes(client: Client, work: Callable[[], object]) -> float:
    """The most that is seen while something is done."""
    with ThreadPoolExecutor(1) as other:
        working = other.submit(work)
        most = client.megabytes()
        while not working.done():
            wait([working], timeout=SECONDS_BETWEEN_LOOKS)
            most = max(most, client.megabytes())
        working.result()
    return most


def _opened(file: File, places: Sequence[Place]) -> float:
    """Milliseconds from opening to the first hover in the middle."""
    begin = time.perf_counter()
    file.open()
    file.hover(places[len(places) // 2])
    return _passed(begin)


def _measured(file: File, places: Sequence[Place], first: float) -> Measured:
    found = Measured(first)
    half = len(places) // 2
    found.hovers_at_once = list(_repeated(lambda at: _timed(lambda: file.hover(places[2 * at])), half))
    time.sleep(len(file.opening) / READ_A_SECOND)
    found.hovers = list(_repeated(lambda at: _timed(lambda: file.hover(places[2 * at + 1])), half))
    found.edits = list(_repeated(lambda at: _typed(file, places[at * 7 % len(places)], 1), EDITS))
    if len(file.lines) < 300_000:
        found.burst = _typed(file, places[len(places) // 2], 10)
    if len(file.lines) < 30_000 and file.lines[0].startswith("module"):
        file.diagnostics()
        found.remarks = list(_repeated(lambda at: _remarked(file, places[at * 7 % len(places)]), 10))
    found.megabytes = file.client.megabytes()
    return found


def _typed(file: File, place: Place, times: int) -> float:
    """Milliseconds from so many spaces typed before an op's name to the hover of the name."""
    messages = [file.typing(place, " ") for _ in range(times)]
    after = op_name(file.lines, place.line) or place

    def typed() -> None:
        for message in messages:
            file.client.send(message)
        file.hover(after)

    return _timed(typed)


def _remarked(file: File, place: Place) -> float:
    """Milliseconds from a space typed to what is said about the whole file."""
    message = file.typing(place, " ")
    begin = time.perf_counter()
    file.client.send(message)
    file.diagnostics()
    return _passed(begin)


def spread(lines: Sequence[str], count: int) -> list[Place]:
    """The names of so many ops, evenly over the text."""
    found = [place for line in range(len(lines)) if (place := op_name(lines, line)) is not None]
    return found[:: max(1, len(found) // count)]


def op_name(lines: Sequence[str], line: int) -> Place | None:
    """Where the name of the op that begins in the line stands, behind its results."""
    match = _OP.match(lines[line])
    return Place(line, match.end()) if match is not None else None


def _repeated(once: Callable[[int], float], times: int) -> Iterator[float]:
    end = time.perf_counter() + PATIENCE
    for at in range(times):
        if at > 2 and time.perf_counter() > end:
            return
        yield once(at)


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return _passed(begin)


def _size(row: str) -> float:
    return float(row.split()[1])


def _passed(begin: float) -> float:
    return (time.perf_counter() - begin) * 1e3


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def _number(value: float, unit: str) -> str:
    return f"{value:,.1f} {unit}".replace(",", " ") if value < 100 else f"{value:,.0f} {unit}".replace(",", " ")


if __name__ == "__main__":
    main()
