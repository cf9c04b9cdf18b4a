"""A draft of a rewrite: edits that keep untouched text, fresh names, reused aliases, and ops that die with their last use.

It knows names and lines, not what ops mean. An op dies when every use of its results is gone with text that the draft
replaces and no new text names it; only ops without effects do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from itertools import count

from dispatch_lens.ir import affine
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import places, ties
from dispatch_lens.text import Edit, Range

_NAME = re.compile(r"%[\w$.\-]+")
_COMMENT = re.compile(r"[ \t]*//[^\n]*")
_PURE = ("linalg.", "tensor.", "arith.", "math.", "affine.apply", "flow.return", "flow.tensor.empty")
_REGIONS = ("flow.dispatch.region",)


class Draft:
    """Edits of one module, collected; `edits` ends the draft."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self._edits: list[Edit] = []
        self._inserted: dict[int, list[str]] = {}
        self._gone: set[Operand] = set()
        self._erased: dict[Op, None] = {}
        self._fresh: set[str] = set()
        self._written: set[str] = set()

    def edits(self) -> tuple[Edit, ...]:
        """All edits, those that delete what has died with them, in text order."""
        self._erase_dead()
        inserted = [Edit(Range(at, at), "".join(lines)) for at, lines in self._inserted.items()]
        return tuple(sorted([*self._edits, *inserted]))

    def fresh(self, hint: str) -> str:
        """A name that the module does not have yet, as MLIR would number it: `%hint`, `%hint_0`, …; for digits a number."""
        if hint.isdigit():
            return self.number()
        name, number = f"%{hint}", 0
        while self._is_taken(name):
            name, number = f"%{hint}_{number}", number + 1
        self._fresh.add(name)
        return name

    def number(self) -> str:
        """The first number that the module does not have as a name yet: `%0`, `%1`, …"""
        name = next(name for number in count() if not self._is_taken(name := f"%{number}"))
        self._fresh.add(name)
        return name

    @staticmethod
    def names_in(text: str) -> set[str]:
        """The names of values that the text holds."""
        return set(_NAME.findall(text))

    @staticmethod
    def renamed(text: str, names: Mapping[str, str]) -> str:
        """The text with other names for values."""
        return _NAME.sub(lambda found: names.get(found[0], found[0]), text)

    def map_text(self, of: affine.AffineMap) -> str:
        """The map by its alias where the module has one, else spelled out."""
        for name, body in self.module.aliases.items():
            if body.startswith("affine_map") and affine.parse_map(body) == of:
                return name
        return str(of)

    def indent(self, op: Op) -> str:
        """The blanks in front of the op; none where it does not begin its line."""
        before = self.module.text[_line_start(self.module.text, op.range.start) : op.range.start]
        return "" if before.strip() else before

    def insert_before(self, op: Op, lines: Iterable[str]) -> None:
        """New lines in front of the op's, indented like it."""
        indent = self.indent(op)
        start = op.range.start - len(indent)
        for line in lines:
            self._wrote(line)
            self._inserted.setdefault(start, []).append(f"{indent}{line}\n")

    def replace(self, op: Op, text: str) -> None:
        """Another op, or several indented lines, in the place of this one; its uses of operands are gone."""
        self.replace_range(op.range, text)
        self._drop_uses(op)

    def replace_range(self, range_: Range, text: str) -> None:
        """Other text at a range; the uses in it are for the caller to `drop`."""
        self._wrote(text)
        self._edits.append(Edit(range_, text))

    def drop(self, operand: Operand) -> None:
        """Says that replaced text held this use."""
        self._gone.add(operand)

    def redirect(self, value: Value, name: str) -> None:
        """Every use of the value reads `name` instead."""
        for use in value.uses:
            if use not in self._gone:
                self.redirect_use(use, name)

    def redirect_use(self, use: Operand, name: str) -> None:
        if use.op in self._erased:
            return
        first = next(each for each in use.op.operands if each.value is use.value)
        for place in (use.range, *(ties.to(use.op, use.value) if first is use else ())):
            self.replace_range(place, name)
        self._gone.add(use)

    def erase(self, op: Op) -> None:
        """Deletes the op with its line; a comment behind it stays."""
        if op in self._erased:
            return
        for inner in op.walk():
            self._erased[inner] = None
        self._drop_uses(op)
        self._edits.append(Edit(_whole_lines(self.module.text, op.range), ""))

    def _is_taken(self, name: str) -> bool:
        return name in self._fresh or name in self.module.names

    def _wrote(self, text: str) -> None:
        self._written.update(_NAME.findall(text))

    def _drop_uses(self, op: Op) -> None:
        for inner in op.walk():
            self._gone.update(inner.operands)

    def _erase_dead(self) -> None:
        """Deletes producers, backwards, as long as some has lost its last use."""
        waiting = [use.value for use in self._gone]
        while waiting:
            dead = self._dead_op(waiting.pop())
            if dead is None:
                continue
            self._edits = [edit for edit in self._edits if not _within(edit.range, dead.range)]
            self.erase(dead)
            waiting += [operand.value for inner in dead.walk() for operand in inner.operands]

    def _dead_op(self, value: Value) -> Op | None:
        """The op that made the value, or the region around it, where nothing needs it any more."""
        op = value.op
        if op is None or op in self._erased or not op.results or not _is_pure(op) or self._is_replaced(op):
            return None
        return op if all(self._is_dead(result) for result in op.results) else None

    def _is_dead(self, value: Value) -> bool:
        return (
            places.spelled(value) not in self._written
            and value.name not in self._written
            and all(use in self._gone or use.op in self._erased for use in value.uses)
        )

    def _is_replaced(self, op: Op) -> bool:
        return any(_within(op.range, edit.range) for edit in self._edits)


def _is_pure(op: Op) -> bool:
    names = [inner.name for inner in op.walk()]
    return all(name.startswith(_PURE) or name in _REGIONS for name in names)


def _within(inner: Range, outer: Range) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end and inner != Range(outer.end, outer.end)


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _whole_lines(text: str, range_: Range) -> Range:
    """The range with its indentation and line end, where nothing else stands on its lines; a comment stays behind."""
    start = _line_start(text, range_.start)
    if text[start : range_.start].strip():
        return range_
    if _COMMENT.match(text, range_.end):
        return Range(range_.start, range_.end + len(text[range_.end :]) - len(text[range_.end :].lstrip(" \t")))
    end = range_.end
    while end < len(text) and text[end] in " \t\r":
        end += 1
    return Range(start, end + 1) if end < len(text) and text[end] == "\n" else range_
