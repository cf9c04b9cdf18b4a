"""What `fix` does to the dispatches of whole models, as the compiler counts them: a row a model for docs/dispatch-counts.md.

    python bench/counts.py --python PYTHON_WITH_IREE [--run] MODEL.mlir...

A cell is sites, executables, sites that only transpose, sites that are elementwise. Constants that a dump left out are filled in.
`--run` also runs the model before and after, on the same random inputs.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

from dispatch_lens import rewrites
from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.features import fixes, proved_fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.filled import filled
from dispatch_lens.flags.version import parse_version

PAGE = Path(__file__).parent.parent / "docs" / "dispatch-counts.md"
MARKS = ("<!-- rewrites -->", "<!-- end rewrites -->")
NO_TILING = "--iree-opt-data-tiling=false"
LIMITS = protocol.Limits(request_seconds=900.0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", required=True)
    parser.add_argument("--run", action="store_true")
    parser.add_argument("models", nargs="+", type=Path)
    arguments = parser.parse_args()
    compiler = bridge.Bridge(tuple(find.from_python(str(Path(arguments.python).absolute()), "configured-python")), LIMITS)
    for path in arguments.models:
        _add(row(compiler, path, arguments.run))
    compiler.close()


def row(compiler: bridge.Bridge, path: Path, runs: bool) -> str:
    text = path.read_text()
    started = time.process_time()
    version = compiler.installs()[0].version
    after = fixes.fixed(Document(path.as_uri(), 0, text), rewrites.ALL, parse_version(version))
    seconds = time.process_time() - started
    flags = proved_fixes.start_flags(path.as_uri(), text)
    cells = [cell for each in (text, after.text) for cell in _counted(compiler, filled(each), flags)]
    same = _compared(compiler, filled(text), filled(after.text), flags) if runs else "-"
    name = "/".join(path.parts[-3:])
    return f"| {name} | {version} | {' | '.join(cells)} | {len(after.steps)} in {seconds:.1f} s | {same} |"


def _counted(compiler: bridge.Bridge, text: str, flags: tuple[str, ...]) -> Iterator[str]:
    for more in ((), (NO_TILING,)):
        answer = compiler.compile_to_flow(text, (*flags, *more), "llvm-cpu")
        if isinstance(answer, protocol.CompilerFailure):
            yield answer.message
            continue
        report = Document("flow", 0, answer.flow_text).report
        kinds = [len(report.standalone_transposes), report.by_kind.get("elementwise", 0)]
        yield f"{answer.sites}/{answer.executables} t{kinds[0]} e{kinds[1]}"


def _compared(compiler: bridge.Bridge, before: str, after: str, flags: tuple[str, ...]) -> str:
    answer = compiler.compare(protocol.Program(before, flags), protocol.Program(after, flags), protocol.Inputs())
    if isinstance(answer, protocol.CompilerFailure):
        return answer.message
    return "to the bit" if answer.equal_bits else f"within {answer.max_rel:.1e}"


def _add(line: str) -> None:
    """The row in the page, in the place of an older one of the same model and compiler."""
    print(line, flush=True)
    page = PAGE.read_text()
    before, _, rest = page.partition(MARKS[0])
    table, _, after = rest.partition(MARKS[1])
    key = line.split("|")[1:3]
    rows = [each for each in table.strip().splitlines() if each.split("|")[1:3] != key]
    PAGE.write_text("\n".join([before + MARKS[0], *rows, line, MARKS[1]]) + after)


if __name__ == "__main__":
    main()
