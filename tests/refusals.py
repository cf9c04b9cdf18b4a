"""Fixtures of refusals: modules in which an op is refused what its expectation names, for the reason that it gives."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens import rewrites
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import extract
from dispatch_lens.rewrites.rewrite import Refused
from shared import FIXTURES

FOLDER = FIXTURES / "refusals"
MARK = "\n// -----\n\n"
NO_COMPILER = "no-compiler"
"""The file of what none of the installed compilers reads: texts that are being written, cut out, or older than they are."""


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.mlir"))


def cases(name: str) -> list[str]:
    return (FOLDER / f"{name}.mlir").read_text().split(MARK)


def of_compilers() -> Iterator[str]:
    """The cases that compilers read."""
    return (case for name in names() if name != NO_COMPILER for case in cases(name))


def refused(op: Op) -> Iterator[tuple[str, Refused]]:
    """What is refused at the op, by its name: rewrites, and to cut the op out with its reader or without."""
    asked = [(rewrite.name, rewrite.apply(op)) for rewrite in rewrites.ALL]
    asked += [("extract", extract.module_of((op,), ())), ("extract --pair", extract.with_reader(op))]
    return ((name, answer) for name, answer in asked if isinstance(answer, Refused))
