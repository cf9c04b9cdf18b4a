"""Cut ops out of a program as a module of their own that compiles.

What the ops read becomes arguments; cheap producers (constants, empty tensors, fills, sizes) come along. A constant whose
numbers are many, or not in the text, becomes a splat of its type: the count of dispatches does not depend on them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dispatch_lens.ir import tensor, types, uses
from dispatch_lens.ir.lower import ISOLATED
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import named, places, ties
from dispatch_lens.rewrites.rewrite import Refused

MAX_CONSTANT = 400
"""Characters of a constant that comes along as it is."""
_WORKGROUPS = "flow.dispatch.workgroups"
_ALIAS = re.compile(r"[#!][\w$.\-]+")

_LITERAL = re.compile(r"(?:dense|dense_resource|opaque)<.*> : ", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Cut:
    """The text of the module, and the names of the ops that were cut out."""

    text: str
    ops: tuple[str, ...]


def around(op: Op) -> Op:
    """What stands for the op among the ops of its function: the dispatch, the loop or the op itself."""
    found = op
    while found.parent is not None and (found.parent.name not in ISOLATED or found.parent.name == _WORKGROUPS):
        found = found.parent
    return found


def computes(op: Op) -> bool:
    """Whether the op makes tensors or numbers of others, as an op of a function of its own can."""
    values = (*op.results, *uses.read_values(op))
    return bool(op.results) and op.name not in ISOLATED - {_WORKGROUPS} and not any(_is_foreign(value.type) for value in values)


def with_reader(op: Op) -> tuple[Op, ...] | Refused:
    """The op and the first dispatch or structured op that reads what it makes, with what stands between them."""
    chosen: dict[Op, None] = {op: None}
    waiting = [op]
    while waiting:
        reader = next(filter(computes, uses.consumers(waiting.pop())), None)
        if reader is None:
            return Refused("no op of its function that computes a tensor reads what it makes")
        chosen[reader] = None
        if tensor.reshape(reader) is not None or reader.name.startswith(("tensor.", "flow.tensor.")):
            waiting.append(reader)
    return tuple(chosen)


def module_of(ops: Sequence[Op], comments: Sequence[str]) -> Cut | Refused:
    """A module with one function that holds these ops of one block, `comments` at its head."""
    first = ops[0]
    if first.parent is not None and first.parent.name not in ISOLATED:
        return Refused("the op is inside another op: take that one")
    other = next((op for op in ops if op.results and not computes(op)), None if any(op.results for op in ops) else first)
    if other is not None:
        return Refused(f"`{other.name}` is not an op that computes a tensor")
    kept = _with_producers(ops)
    defined = named.definitions(kept)
    if isinstance(defined, Refused):
        return defined
    made = {value for op in kept for value in op.results}
    arguments = [value for value in _read(kept) if value not in made]
    given = [value for op in ops for value in op.results if _is_result(value, ops)]
    unknown = next((value for value in (*arguments, *given) if value.type is None), None)
    if unknown is not None:
        return Refused(f"the text does not tell the type of `{places.spelled(unknown)}`")
    function = _function(_free_symbol(defined), first.module, kept, arguments, given)
    body = "".join([*(named.text(op) for op in defined), function])
    head = [*(f"// {line}\n" for line in comments), *_aliases(first.module, body)]
    return Cut("".join([*head, body]), tuple(op.name for op in ops))


def _is_foreign(of: types.Type | None) -> bool:
    """Whether the type is a dialect's own: of a buffer, of memory, of what a dispatch is given."""
    return isinstance(of, (types.DialectType, types.MemRefType))


def _is_result(value: Value, ops: Sequence[Op]) -> bool:
    """Whether something outside reads it, or nothing does."""
    readers = uses.value_consumers(value)
    return any(reader not in ops for reader in readers) or not readers


def _with_producers(ops: Sequence[Op]) -> list[Op]:
    found: dict[Op, None] = dict.fromkeys(ops)
    waiting = list(ops)
    while waiting:
        for value in uses.read_values(waiting.pop()):
            if value.op is not None and value.op not in found and tensor.is_leaf(value.op):
                found[value.op] = None
                waiting.append(value.op)
    return sorted(found, key=lambda op: op.range.start)


def _read(ops: Sequence[Op]) -> list[Value]:
    return list(dict.fromkeys(value for op in ops for value in uses.read_values(op)))


def _free_symbol(defined: Sequence[Op]) -> str:
    """`main`, with as many `_` that none begins with it: the compiler names a function's dispatches after it."""
    name = "main"
    while any((op.symbol or "").startswith(name) for op in defined):
        name += "_"
    return name


def _function(name: str, module: Module, kept: Sequence[Op], arguments: Sequence[Value], given: Sequence[Value]) -> str:
    stem = _free_stem(module.text)
    names = {value: f"%{stem}{i}" for i, value in enumerate(arguments)}
    taken = ", ".join(f"{names[value]}: {value.type}" for value in arguments)
    kinds = ", ".join(str(value.type) for value in given)
    lines = [_moved(op, names) for op in kept]
    returned = ", ".join(places.spelled(value) for value in given)
    body = "\n".join([*lines, f"  return {returned} : {kinds}"])
    return f"func.func @{name}({taken}) -> ({kinds}) {{\n{body}\n}}\n"


def _free_stem(text: str) -> str:
    """`arg`, with as many `_` as no name of the text begins with."""
    stem = "arg"
    while re.search(rf"%{stem}\d", text):
        stem += "_"
    return stem


def _aliases(module: Module, text: str) -> list[str]:
    """The definitions of the aliases that the text names, and of those that these name."""
    wanted: dict[str, None] = {}
    waiting = [text]
    while waiting:
        for name in _ALIAS.findall(waiting.pop()):
            if name in module.aliases and name not in wanted:
                wanted[name] = None
                waiting.append(module.aliases[name])
    return [f"{name} = {module.aliases[name]}\n" for name in module.aliases if name in wanted]


def _moved(op: Op, names: dict[Value, str]) -> str:
    """The op's text two blanks in, arguments by their new names, large constants as splats."""
    text, start = op.module.text, op.range.start
    uses_of = [use for inner in op.walk() for use in inner.operands if use.value in names]
    tied = ((place, names[use.value]) for use in uses_of for place in ties.to(use.op, use.value))
    edits = sorted({*((use.range, names[use.value]) for use in uses_of), *tied})
    pieces: list[str] = []
    at = start
    for place, name in edits:
        pieces += [text[at : place.start], name]
        at = place.end
    moved = "".join([*pieces, text[at : op.range.end]])
    moved = _splat(op, moved) if op.name == "arith.constant" else moved
    indent = start - (text.rfind("\n", 0, start) + 1)
    lines = moved.split("\n")
    return "\n".join([f"  {lines[0]}", *(f"  {line[indent:] if not line[:indent].strip() else line}" for line in lines[1:])])


def _splat(op: Op, text: str) -> str:
    """The constant, where its numbers are too many or elided as a splat of a number of its type."""
    kind = op.result_type(0)
    if not isinstance(kind, types.TensorType) or (len(text) <= MAX_CONSTANT and "elided" not in text and "resource" not in text):
        return text
    number = "1.000000e-01" if isinstance(kind.element, types.FloatType) else "true" if str(kind.element) == "i1" else "1"
    return _LITERAL.sub(f"dense<{number}> : ", text, count=1)
