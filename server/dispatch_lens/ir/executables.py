"""Executables in the flow, the stream and the hal spelling: what they export and the functions that compute it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch_lens.ir.module import Module, Op


@dataclass(frozen=True, eq=False)
class Executable:
    """`flow.executable`, `stream.executable` or `hal.executable`.

    `functions` are the functions of its inner modules by symbol; of two variants' functions of one name the first.
    """

    op: Op
    name: str
    exports: tuple[str, ...]
    functions: Mapping[str, Op]

    def function(self, entry: str) -> Op | None:
        """The function that an export runs."""
        return self.functions.get(entry)


def executable(op: Op) -> Executable | None:
    """The op as an executable."""
    if op.name not in _EXECUTABLES or op.symbol is None:
        return None
    exports: dict[str, None] = {}
    functions: dict[str, Op] = {}
    for inner in _definitions(op):
        if inner.symbol is None:
            continue
        if inner.name.endswith("executable.export"):
            exports[inner.symbol] = None
        elif inner.name in FUNCTIONS:
            functions.setdefault(inner.symbol, inner)
    return Executable(op, op.symbol, tuple(exports), functions)


def executables(module: Module) -> tuple[Executable, ...]:
    """The executables of a section, in text order."""
    found: list[Executable] = []
    work = list(module.ops)
    while work:
        op = work.pop(0)
        one = executable(op)
        if one is not None:
            found.append(one)
        elif op.name == "builtin.module":
            work = [inner for region in op.regions for inner in region.ops] + work
    return tuple(found)


FUNCTIONS = ("func.func", "util.func", "flow.func")
_EXECUTABLES = ("flow.executable", "stream.executable", "hal.executable")
_HOLDERS = ("builtin.module", "hal.executable.variant")


def _definitions(op: Op) -> list[Op]:
    """The exports and functions of an executable, through its variants and inner modules."""
    found: list[Op] = []
    for inner in (inner for region in op.regions for inner in region.ops):
        found += _definitions(inner) if inner.name in _HOLDERS else [inner]
    return found
