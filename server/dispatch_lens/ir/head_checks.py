"""What is wrong with an op's own text, whatever stands around it: syntax, names, values, types and attributes."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from dispatch_lens.ir import dense_shapes, known_ops, required_attributes, undefined_aliases, value_errors
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.syntax.tree import Leaf
from dispatch_lens.text import Range

_MISSPELT = 0.88


def problems(op: Op) -> Iterator[Problem]:
    """What is wrong, one check after the other."""
    for check in _CHECKS:
        yield from check(op)


def _syntax(op: Op) -> Iterator[Problem]:
    head = op.head
    for problem in head.shape.problems:
        if op.name in _MAY_END_WITH_COMMA and problem.message == "expected another element after ','":
            continue
        at = min(head.offset(problem.at), op.range.end)
        yield Problem(Range(at, at + 1), problem.message)


_MAY_END_WITH_COMMA = frozenset(["vm.import"])
"""Ops whose own parser takes a list that ends with a comma."""


def _constant(op: Op) -> Iterator[Problem]:
    bare = all(item.kind in ("COLON", "TYPE") for item in op.shape.items if item.kind != "brace")
    if op.name == "arith.constant" and bare and not op.is_in_generic_form:
        yield Problem(op.name_range, "expected the constant's value")


_CLAUSES = frozenset(["ins", "outs", "attributes"])


def _no_name(op: Op) -> Iterator[Problem]:
    """A clause where the op's name belongs: `%1 = ins(%a : f32)`."""
    word = op.module.text[op.name_range.start : op.name_range.end]
    if word in _CLAUSES:
        yield Problem(op.name_range, f"expected an op's name before `{word}`")


def _name(op: Op) -> Iterator[Problem]:
    if not known_ops.is_known_dialect(op.dialect) or known_ops.is_known(op.name):
        return
    closest = known_ops.closest(op.name)
    if closest and difflib.SequenceMatcher(None, op.name, closest).ratio() >= _MISSPELT:
        yield Problem(op.name_range, f"no version of IREE has an op `{op.name}`; did you mean `{closest}`?")


def _symbol(op: Op) -> Iterator[Problem]:
    """A function without the symbol that it defines, or with a word before it that says no visibility."""
    if op.name not in _DEFINING or op.is_in_generic_form:
        return
    at = next((i for i, item in enumerate(op.shape.items) if item.kind == "SYMBOL"), None)
    words = [item.text for item in op.shape.items[:at] if isinstance(item, Leaf)]
    if at is None or (op.name != "vm.func" and any(word not in _VISIBILITIES for word in words)):
        yield Problem(op.name_range, f"expected `@name` after `{op.name}`, or behind one of {', '.join(sorted(_VISIBILITIES))}")


_DEFINING = frozenset(["func.func", "util.func", "vm.func"])
_VISIBILITIES = frozenset(["private", "public", "nested"])


def _untyped(op: Op) -> Iterator[Problem]:
    """A terminator that states types of nothing: `util.return : f32`."""
    if op.name.endswith((".return", ".yield")) and op.shape.items and op.shape.items[0].kind == "COLON":
        yield Problem(op.name_range, "expected the values of these types before ':'")


def _values(op: Op) -> Iterator[Problem]:
    """Types and attributes in the head that MLIR would not read."""
    head = op.head
    for leaf in head.shape.leaves:
        if leaf.kind not in ("TYPE", "ATTRIBUTE"):
            continue
        for problem in value_errors.in_value(leaf.text):
            at = head.offset(leaf.start)
            yield Problem(Range(at + problem[0], at + max(problem[0] + 1, 1)), problem[1])


_CHECKS = (
    _syntax,
    _constant,
    _no_name,
    _name,
    _symbol,
    _untyped,
    _values,
    dense_shapes.problems,
    undefined_aliases.in_op,
    required_attributes.problems,
)
