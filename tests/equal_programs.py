"""Whether two texts are one program: what each function gives is the same tree of ops, whatever its values are called.

Two values of equal ops on equal operands are taken for one, and ops that nothing needs count for nothing. Not for programs
with effects or with blocks that branch.
"""

from __future__ import annotations

import re
from functools import cache

from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.value import Value

_BLANKS = re.compile(r"\s+")
_NAME = re.compile(r"%[\w$.\-]+(?:#\d+)?|#[A-Za-z][\w$]*")


def program(text: str) -> tuple[str, ...]:
    """The trees of the functions, in text order; equal for equal programs."""
    module = lower(text)
    functions = [op for op in module.walk() if op.name.endswith(".func")]
    return tuple(_tree(function, _named(module, function)) for function in functions)


def _named(module: Module, function: Op) -> dict[Value, str]:
    return {value: f"argument {value.index}" for region in function.regions for value in region.blocks[0].arguments}


def _tree(op: Op, known: dict[Value, str]) -> str:
    """The op with what its operands are in the place of their names; each region by what ends it."""

    @cache
    def of(value: Value) -> str:
        if value in known:
            return known[value]
        return f"({_tree(value.op, known)})#{value.index}" if value.op is not None else value.name

    inner = [_region(op, number, known) for number in range(len(op.regions))]
    end = op.regions[0].range.start if op.regions else op.range.end
    after = op.module.text[op.regions[-1].range.end : op.range.end] if op.regions else ""
    head = op.module.text[op.name_range.start : end]
    operands = iter(op.operands)
    spelled = {
        f"{each.value.name}{'' if each.value.member is None else f'#{each.value.member}'}": each.value for each in operands
    }
    head = head if not op.name.endswith(".func") else "func"
    filled = _NAME.sub(lambda found: _meaning(found[0], op.module, spelled, of), f"{head} {after}")
    return _BLANKS.sub(" ", f"{filled} {inner}").strip()


def _meaning(name: str, module: Module, spelled: dict[str, Value], of: object) -> str:
    if name.startswith("#"):
        return module.aliases.get(name, name)
    return of(spelled[name]) if name in spelled else name  # type: ignore[operator]


def _region(op: Op, number: int, known: dict[Value, str]) -> str:
    block = op.regions[number].blocks[0]
    inside = {value: f"{op.depth}.{number}.{value.index}" for value in block.arguments} if not op.name.endswith(".func") else {}
    ends = block.ops[-1] if block.ops else None
    kinds = ", ".join(str(value.type) for value in block.arguments)
    return f"[{kinds}] {_tree(ends, known | inside) if ends is not None else ''}"
