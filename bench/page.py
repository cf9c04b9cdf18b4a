"""The page of measures, whose tables stand between marks, and the compiler's programs, which both benches start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def write(table: str, head: Sequence[str], rows: Sequence[object]) -> None:
    """Put a table's rows between its marks."""
    begin, end = f"<!-- {table} -->", f"<!-- end {table} -->"
    before, _, rest = PAGE.read_text().partition(begin)
    after = rest.partition(end)[2]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *map(str, rows)]
    PAGE.write_text(f"{before}{begin}\n" + "\n".join(lines) + f"\n{end}{after}")


def compiler_tools() -> Path:
    """The folder of the installed wheel's own programs."""
    import iree.compiler

    return Path(iree.compiler.__file__ or next(iter(iree.compiler.__path__))).parent / "_mlir_libs"
