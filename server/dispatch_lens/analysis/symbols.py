"""Symbols of a whole text: two definitions of one name in one table, and calls that do not fit the function that they call.

A text may come in pieces (`features/pieces.py`), which define and call one another's symbols: places here are the whole text's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from dispatch_lens.analysis import function_results
from dispatch_lens.ir import types
from dispatch_lens.ir.list_lengths import elements
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.syntax.tree import Group, Item
from dispatch_lens.text import Range

_DEFINERS = frozenset(
    ["func.func", "util.func", "util.global", "flow.func", "flow.executable", "stream.executable", "hal.executable"]
    + ["memref.global", "vm.func", "llvm.func", "ml_program.func", "ml_program.global"]
)
CALLED = {"func.call": "func.func", "util.call": "util.func"}
"""The calls that the compiler holds against the function that they name."""
_NO_OP = re.compile(r"(?:\s+|//[^\n]*|[#!][\w$.\-]+[ \t]*=[^\n]*)*")


class Placed(NamedTuple):
    """An op, and what to add to its offsets for the text's."""

    start: int
    op: Op

    @property
    def range(self) -> Range:
        return self.op.range.shift(self.start)

    @property
    def name_range(self) -> Range:
        return self.op.name_range.shift(self.start)


def definitions(ops: Sequence[Placed]) -> Iterator[list[Placed]]:
    """The definitions of each symbol table, the table of the text itself first. `ops` are all that stand at the top."""
    modules = [one for one in ops if one.op.name == "builtin.module"]
    inside: dict[int, list[Placed]] = {id(one.op): [] for one in modules}
    outside: list[Placed] = []
    for one in ops:
        around = next((other for other in modules if other is not one and other.range.contains(one.range.start)), None)
        (outside if around is None else inside[id(around.op)]).append(one)
    yield outside
    for one in modules:
        own = (Placed(one.start, op) for region in one.op.regions for op in region.ops)
        yield sorted([*inside[id(one.op)], *own], key=lambda placed: placed.range.start)


def twice(text: str, table: Sequence[Placed]) -> Iterator[Problem]:
    """The definitions of a table that have the name of an earlier one, with nothing but ops between the two."""
    seen: dict[str, Placed] = {}
    before: Placed | None = None
    for one in table:
        if before is not None and not _follows(text, before, one):
            seen.clear()
        before = one
        name = one.op.symbol if one.op.name in _DEFINERS else None
        first = seen.setdefault(name, one) if name is not None else one
        if first is not one:
            related = ((first.name_range, f"`@{name}` is first defined here"),)
            yield Problem(one.name_range, f"`@{name}` is defined twice", related)


def _follows(text: str, one: Placed, other: Placed) -> bool:
    """Whether no prose stands between the two."""
    clear = _NO_OP.match(text, one.range.end, other.range.start)
    return clear is not None and clear.end() == other.range.start


def wrong_calls(calls: Sequence[Placed], tables: Sequence[Sequence[Placed]]) -> Iterator[Problem]:
    """Calls with other operands or results than the function has, where one function has that name."""
    functions: dict[tuple[str, str], list[Placed]] = {}
    for one in (one for table in tables for one in table if one.op.name in CALLED.values() and one.op.symbol):
        functions.setdefault((one.op.name, one.op.symbol or ""), []).append(one)
    for call in calls:
        called = functions.get((CALLED.get(call.op.name, ""), _callee(call.op) or ""), [])
        if len(called) == 1 and not called[0].op.shape.problems and not call.op.shape.problems:
            problem = next(_of_call(call, called[0]), None)
            yield from (problem,) if problem is not None else ()


def called(call: Op) -> Op | None:
    """The function that a call names, where it stands beside the one that calls."""
    caller = next((each for each in call.ancestors() if each.symbol is not None), None)
    function = call.module.symbols.get(_callee(call) or "") if call.name in CALLED else None
    if function is None or caller is None or function.parent is not caller.parent:
        return None
    return function if function.name == CALLED[call.name] else None


def _callee(op: Op) -> str | None:
    first = op.shape.items[0] if op.shape.items else None
    is_plain = first is not None and first.kind == "SYMBOL" and [item.kind for item in op.shape.items[1:2]] == ["paren"]
    return op.head.text(first).lstrip("@").strip('"') if first is not None and is_plain else None


def _of_call(call: Placed, function: Placed) -> Iterator[Problem]:
    items = function.op.shape.items
    at = next((i for i, item in enumerate(items) if item.kind == "SYMBOL"), len(items))
    signature = items[at + 1] if at + 1 < len(items) else None
    if not isinstance(signature, Group) or signature.kind != "paren":
        return
    taken = [_type(function.op, argument) for argument in elements(signature.items)]
    given = [call.op.operand_type(operand.index) for operand in call.op.operands]
    yield from _sides(call, function, "operand", given, taken)
    made = [_type(function.op, result) for result in function_results.stated(items)]
    if call.op.results:
        yield from _sides(call, function, "result", [call.op.result_type(i) for i in range(len(call.op.results))], made)


def _sides(
    call: Placed, function: Placed, side: str, here: Sequence[types.Type | None], there: Sequence[types.Type | None]
) -> Iterator[Problem]:
    name = f"@{function.op.symbol}"
    place = call.name_range
    if len(here) != len(there):
        counted = [f"{len(of)} {side}{'' if len(of) == 1 else 's'}" for of in (here, there)]
        related = ((function.name_range, f"`{name}` has {counted[1]}"),)
        yield Problem(place, f"a call with {counted[0]}, `{name}` has {counted[1]}", related)
        return
    for i, (one, other) in enumerate(zip(here, there)):
        if types.surely_differ(one, other):
            related = ((function.name_range, f"{side} {i} of `{name}` is a `{other}`"),)
            yield Problem(place, f"{side} {i} is a `{one}` here, and a `{other}` in `{name}`", related)


def _type(op: Op, argument: Sequence[Item]) -> types.Type | None:
    """The type in `T`, `T {…}`, or `%a: T`; None for that of a function."""
    items = argument[2:] if [item.kind for item in argument[:2]] == ["USE", "COLON"] else argument
    return function_results.stated_type(op.module, items)
