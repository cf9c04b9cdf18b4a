"""What ops name by symbols: the functions, globals and executables that must come along where the ops go."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import places
from dispatch_lens.rewrites.rewrite import Refused
from dispatch_lens.syntax.tree import STRING

_SYMBOL = re.compile(rf"{STRING}|(?:::)?@([\w$.\-]+)")
_PUBLIC = re.compile(r"(?<=func )(?:public )?(?=@)")


def definitions(ops: Sequence[Op]) -> tuple[Op, ...] | Refused:
    """The ops beside the function of these that define what they name, and what those name, in text order."""
    known = {op.symbol: op for op in _beside(ops[0]) if op.symbol is not None}
    found: dict[Op, None] = {}
    waiting = list(ops)
    while waiting:
        op = waiting.pop()
        for name in _names(op.text) - {inner.symbol for inner in op.walk()}:
            if name not in known:
                return Refused(f"it names `@{name}`, which this text does not define")
            if known[name] not in found:
                found[known[name]] = None
                waiting.append(known[name])
    return tuple(sorted(found, key=lambda op: op.range.start))


def text(op: Op) -> str:
    """The definition at the left margin; a function is private, so that nothing is kept but what the ops call."""
    start = op.module.text.rfind("\n", 0, op.range.start) + 1
    indent = op.range.start - start
    found = _PUBLIC.sub("private ", op.text, count=1) if op.name.endswith(".func") else op.text
    lines = found.split("\n")
    return "\n".join([lines[0], *(line[indent:] if not line[:indent].strip() else line for line in lines[1:])]) + "\n"


def _beside(op: Op) -> Iterable[Op]:
    function = places.definition_around(op)
    if function is None:
        return ()
    return function.block.ops if function.block is not None else function.module.ops


def _names(text: str) -> set[str]:
    """The symbols that stand by themselves or lead a path; what is inside strings is none."""
    found = (match for match in _SYMBOL.finditer(text) if match[1] is not None and not match[0].startswith("::"))
    return {match[1] for match in found}
