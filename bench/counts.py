"""What `fix` does to the dispatches of whole models, as the compiler counts them: a row a model for docs/dispatch-counts.md.

    python bench/counts.py --python PYTHON_WITH_IREE [--run] MODEL.mlir...

A cell is sites, executables, sites that only transpose, sites that are elementwise, and sites without data tiling. Constants that
a dump left out are filled in. `--run` also runs the model before and after, on the same random inputs.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import TypeAlias

from dispatch_lens import rewrites
from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.features import fixes, proved_fixes, prover
from dispatch_lens.features.document import Document
from dispatch_lens.features.filled import filled
from dispatch_lens.flags import table

PAGE = Path(__file__).parent.parent / "docs" / "dispatch-counts.md"
MARKS = ("<!-- rewrites -->", "<!-- end rewrites -->")
NO_TILING = "--iree-opt-data-tiling=false"
Difference: TypeAlias = "protocol.Comparison | protocol.CompilerFailure"
LIMITS = protocol.Limits(request_seconds=900.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("models", nargs="+", type=Path)
    arguments = parser.parse_args()
    compiler = bridge.Bridge(tuple(find.from_python(str(Path(arguments.python).absolute()), "configured-python")), LIMITS)
    for path in map(Path.absolute, arguments.models):
        _add(row(compiler, path, arguments.run))
    compiler.close()


def row(compiler: bridge.Bridge, path: Path, runs: bool) -> str:
    text, version = path.read_text(), compiler.installs()[0].version
    document = Document(path.as_uri(), 0, text)
    asked = prover.Prover(compiler, prover.start_flags(document.uri, text))
    safe = fixes.fixed(document, rewrites.ALL, table.release(version) or table.NEWEST)
    started = time.monotonic()
    proved = proved_fixes.proved(document, rewrites.ALL, compiler)
    seconds = time.monotonic() - started
    cells = [_counted(asked, each, more) for each in (text, safe.text, proved.text) for more in ((), (NO_TILING,))]
    same = [_compared(asked, text, each) if runs else "-" for each in (safe.text, proved.text)]
    name = "/".join(path.parts[-3:])
    before, safely, surely = (cells[i] + " · " + cells[i + 1].partition(" ")[0] for i in (0, 2, 4))
    made = f"{len(proved.steps)} in {seconds:.0f} s"
    return f"| {name} | {version} | {before} | {safely} | {len(safe.steps)} | {same[0]} | {surely} | {made} | {same[1]} |"


def _counted(asked: prover.Prover, text: str, more: tuple[str, ...]) -> str:
    answer = asked.compiler.compile_to_flow(filled(text), (*asked.flags, *more), prover.TARGET)
    if isinstance(answer, protocol.CompilerFailure):
        return answer.message
    report = Document("flow", 0, answer.flow_text).report
    kinds = [len(report.standalone_transposes), report.by_kind.get("elementwise", 0)]
    return f"{answer.sites}/{answer.executables} t{kinds[0]} e{kinds[1]}"


def _compared(asked: prover.Prover, before: str, after: str) -> str:
    """How near the results are; where they differ, or there are none, also to those of the general form of the text before."""
    if before == after:
        return "-"
    answer = _difference(asked, asked.program(before), after)
    if not isinstance(answer, protocol.CompilerFailure) and answer.is_same:
        return _told(answer)
    return f"{_told(answer)}; of the general form {_told(_difference(asked, asked.general_form(before), after))}"


def _difference(asked: prover.Prover, before: protocol.Program | protocol.CompilerFailure, after: str) -> Difference:
    if isinstance(before, protocol.CompilerFailure):
        return before
    return asked.compiler.compare(before, asked.program(after), protocol.Inputs(), prover.TARGET)


def _told(answer: Difference) -> str:
    if isinstance(answer, protocol.CompilerFailure):
        return answer.message
    return "to the bit" if answer.equal_bits else f"within {answer.max_rel:.1e}"


def _add(line: str) -> None:
    """The row in the page, in the place of an older one of the same model and compiler."""
    print(line, flush=True)
    page = PAGE.read_text()
    before, _, rest = page.partition(MARKS[0])
    rows, _, after = rest.partition(MARKS[1])
    key = line.split("|")[1:3]
    head, rule, *others = rows.strip().splitlines()
    kept = sorted([*(each for each in others if each.split("|")[1:3] != key), line])
    PAGE.write_text("\n".join([before + MARKS[0], head, rule, *kept, MARKS[1]]) + after)


if __name__ == "__main__":
    main()
