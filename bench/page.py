"""The page of measures, whose tables stand between marks, and the compiler's programs, which both benches start."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "performance.md"


def rows(table: str) -> list[str]:
    """The rows that stand between a table's marks."""
    found = PAGE.read_text().partition(f"<!-- {table} -->\n")[2].partition(f"<!-- end {table} -->")[0]
    return found.splitlines()[2:]


def write(table: str, head: Sequence[str], lines: Sequence[str]) -> None:
    """Put the rows of a table between its marks."""
    begin, end = f"<!-- {table} -->", f"<!-- end {table} -->"
    before, _, rest = PAGE.read_text().partition(begin)
    after = rest.partition(end)[2]
    whole = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head), *lines]
    PAGE.write_text(f"{before}{begin}\n" + "\n".join(whole) + f"\n{end}{after}")


def compiler_tools() -> Path:
    """The folder of the installed wheel's own programs."""
    import iree.compiler

    return Path(iree.compiler.__file__ or next(iter(iree.compiler.__path__))).parent / "_mlir_libs"
