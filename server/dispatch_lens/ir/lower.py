"""The outline of a section to IR: names resolved to values, uses linked, scopes as MLIR has them.

A name is looked up from its region outwards; `isolated` ops end the search. What nothing defines becomes a free value: no error
in a text that was cut out of a larger one. Doubly defined names, and names a whole function never defines, are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from typing import Any, TypeAlias

from dispatch_lens.ir.likeness import Likeness, Pattern, numbered
from dispatch_lens.ir.module import Block, Module, Op, Problem, Region
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.syntax import outline as syntax
from dispatch_lens.syntax import parse
from dispatch_lens.syntax.tree import STRING
from dispatch_lens.text import Range

_LABEL = re.compile(r"(%[\w$.\-]+)\s*:\s*")
_LABEL_NAME = re.compile(r"\^[\w$.\-]+")
_ALIAS = re.compile(r"[#!][\w$.\-]+\s*=\s*")
_UNKNOWN = Value("", None, 0)
"""What an operand has until its name is resolved."""

_Outlined: TypeAlias = syntax.Region | syntax.PlainRegion
_Argument: TypeAlias = tuple[Range, str | None]
"""Where the name of a block's argument stands, and its type's text."""

ISOLATED = frozenset(
    [
        "builtin.module",
        "func.func",
        "util.func",
        "util.initializer",
        "flow.func",
        "flow.executable",
        "flow.dispatch.workgroups",
        "stream.executable",
        "stream.async.func",
        "stream.cmd.func",
        "hal.executable",
        "hal.executable.variant",
        "hal.executable.source",
        "hal.executable.export",
        "stream.executable.export",
        "flow.executable.export",
        "vm.module",
        "vm.func",
        "vm.initializer",
        "vm.global.ref",
        "vm.rodata",
        "hal.executable.condition",
        "hal.executable.constant.block",
        "llvm.func",
        "gpu.module",
        "gpu.func",
        "spirv.module",
        "spirv.func",
        "transform.named_sequence",
        "hal.dispatch.extern",
        "iree_codegen.dispatch_config",
        "iree_codegen.smt.constraints",
        "pcf.func",
        "ml_program.func",
    ]
)


def lower(text: str, aliases: Mapping[str, str] | None = None, dialect: str = "builtin") -> Module:
    """The IR of one section. Never fails: what the text does not define is a free value, what is wrong is a problem.

    For a piece of a section, `aliases` are those defined outside it, and `dialect` is that of the op around it.
    """
    return _Lowering(text).run(aliases or {}, dialect)


class _Scope:
    """The names of one region, inside the scopes around it up to an isolated op."""

    __slots__ = ("names", "outer")

    def __init__(self, outer: _Scope | None) -> None:
        self.outer = outer
        self.names: dict[str, list[Value]] = {}

    def find(self, name: str) -> list[Value] | None:
        scope: _Scope | None = self
        while scope is not None:
            values = scope.names.get(name)
            if values is not None:
                return values
            scope = scope.outer
        return None

    def defines_any(self, names: set[str]) -> bool:
        scope: _Scope | None = self
        while scope is not None:
            if not scope.names.keys().isdisjoint(names):
                return True
            scope = scope.outer
        return False


class _Lowering:
    def __init__(self, text: str) -> None:
        self.text = text
        self.module = Module(text)
        self.problems: list[Problem] = []
        self.names: dict[tuple[str, str], tuple[str, str]] = {}
        self.unresolved: list[tuple[Operand, str, _Scope]] = []
        self.unread_in: dict[Value, list[Region]] = {}

    def run(self, aliases: Mapping[str, str], dialect: str) -> Module:
        found = syntax.outline(self.text)
        module = self.module
        module.own_aliases = dict(self.aliases(found))
        module.aliases = {**aliases, **module.own_aliases}
        module.readings = _readings(tuple(module.aliases.items()))
        self.problems += (Problem(Range(flaw.at, flaw.at + 1), flaw.message) for flaw in found.flaws)
        module.ops = self.ops(found.ops, None, _Scope(None), dialect)
        module.early_uses, module.free_values = self.late()
        module.problems = tuple(sorted(self.problems, key=lambda problem: problem.range))
        return module

    def aliases(self, found: syntax.Outline) -> Iterator[tuple[str, str]]:
        for alias in found.aliases:
            line_end = self.text.find("\n", alias.start)
            text = self.text[alias.start : line_end if line_end >= 0 else len(self.text)]
            match = _ALIAS.match(text)
            if match:
                yield text[: alias.name_end - alias.start], _alias_body(self.text, alias.start + match.end())

    def ops(self, frames: list[syntax.Frame], block: Block | None, scope: _Scope, dialect: str) -> tuple[Op, ...]:
        return tuple([self.op(frame, block, i, scope, dialect) for i, frame in enumerate(frames)])

    def op(self, frame: syntax.Frame, block: Block | None, index: int, scope: _Scope, dialect: str) -> Op:
        text = self.text
        end = parse.head_end(text, frame)
        shape, names = parse.parse_head(text, frame, end)
        name, own_dialect = self.name(text[frame.name_start : frame.name_end], dialect)
        op = Op(name, own_dialect, self.module, frame, shape, end, block, index)
        if shape.uses:
            op.operands = tuple([self.operand(op, i, names[at], scope) for i, at in enumerate(shape.uses)])
        if frame.regions:
            self.regions(op, frame, scope)
        if shape.results:
            op.results = self.results(op, names[: shape.results], scope)
        return op

    def name(self, spelled: str, dialect: str) -> tuple[str, str]:
        """The full name of an op and its dialect; one string for all ops of a name."""
        key = (spelled, dialect)
        known = self.names.get(key)
        if known is None:
            plain = spelled.strip('"')
            name = plain if "." in plain else _qualified(plain, dialect)
            known = self.names[key] = name, name.partition(".")[0]
        return known

    def results(self, op: Op, names: list[str], scope: _Scope) -> tuple[Value, ...]:
        if len(names) == 1 and ":" not in names[0]:
            value = Value(names[0], op, 0)
            self.define(scope, names[0], [value])
            return (value,)
        results: list[Value] = []
        for spelled in names:
            name, _, count = spelled.partition(":")
            first = len(results)
            group = [Value(name, op, first + i, i) for i in range(int(count))] if count else [Value(name, op, first)]
            self.define(scope, name, group)
            results += group
        return tuple(results)

    def define(self, scope: _Scope, name: str, values: list[Value]) -> None:
        earlier = scope.find(name)
        if earlier and values and not _is_pasted(earlier[0]):
            related = ((earlier[0].range, f"{name} is first defined here"),)
            self.problems.append(Problem(values[0].range, f"`{name}` is defined twice", related))
        scope.names[name] = values

    def regions(self, op: Op, frame: syntax.Frame, scope: _Scope) -> None:
        outer = None if op.name in ISOLATED else scope
        built: list[Region] = []
        entries = self.entry_arguments(op) if op.shape.definitions else {}
        for i, piece in enumerate(frame.regions):
            region = Region(op, i, Range(piece.start, piece.end))
            region.like = self.likeness(piece, scope) if outer and i not in entries else None
            if region.like is not None:
                self.capture(region, region.like)
            else:
                region.built = self.blocks(region, piece, _Scope(outer), op.dialect, entries.get(i, []))
            built.append(region)
        op.regions = tuple(built)

    def capture(self, region: Region, like: Likeness) -> None:
        """Says to the outer values of a region that it uses them."""
        for value in like.captured:
            regions = value.unread = self.unread_in.setdefault(value, [])
            regions.append(region)

    def likeness(self, piece: _Outlined, scope: _Scope) -> Likeness | None:
        """What stands for a plain region that uses and defines names as it may; None where it must be read to be known."""
        found = numbered(self.text[piece.start : piece.end]) if isinstance(piece, syntax.PlainRegion) else None
        pattern = _pattern(found[0]) if found is not None else None
        if found is None or pattern is None:
            return None
        names = found[1]
        captured = {name: values for name in [names[i] for i in pattern.free] if (values := scope.find(name))}
        if len(captured) < len(pattern.free) or scope.defines_any({names[i] for i in pattern.defined}):
            return None
        inner = _Scope(None)
        inner.names = captured

        def read(region: Region) -> tuple[Block, ...]:
            return self.blocks(region, piece, inner, region.op.dialect, [])

        return Likeness(pattern, tuple([values[0] for values in captured.values()]), read)

    def entry_arguments(self, op: Op) -> dict[int, list[_Argument]]:
        """The arguments that the head defines, by the regions that they enter."""
        head = op.head
        region_starts = [region.start for region in op.frame.regions]
        found: dict[int, list[_Argument]] = {}
        for role in op.shape.definitions:
            place = Range(head.offset(role.at), head.offset(role.at + 1))
            into = next((i for i, start in enumerate(region_starts) if start > place.start), 0)
            type_text = None
            if role.type_at is not None:
                type_text = self.text[head.offset(role.type_at[0]) : head.offset(role.type_at[1])]
            found.setdefault(into, []).append((place, type_text))
        for i, (before, region) in enumerate(pairwise(op.frame.regions), start=1):
            if i not in found and i - 1 in found and self.shares_arguments(before, region):
                found[i] = found[i - 1]
        return found

    def shares_arguments(self, before: _Outlined, region: _Outlined) -> bool:
        """Whether the arguments of a region are those of the one before it: `(%i = %init) cond {…} do {…}`."""
        between = self.text[before.end : region.start].strip()
        return between.isalpha() and not region.has_labelled_arguments(self.text)

    def blocks(self, region: Region, piece: _Outlined, scope: _Scope, dialect: str, entry: list[_Argument]) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for i, frame in enumerate(piece.blocks):
            label, arguments = self.label(frame)
            arguments = (entry if i == 0 else []) + arguments
            end = piece.blocks[i + 1].start if i + 1 < len(piece.blocks) else piece.end - 1
            block = Block(region, i, label, Range(frame.start, end))
            block.argument_ranges = tuple([place for place, _ in arguments])
            block.argument_texts = tuple([type_text for _, type_text in arguments])
            names = [self.text[at:to] for at, to in block.argument_ranges]
            block.arguments = tuple([Value(name, None, k, block=block) for k, name in enumerate(names)])
            for value in block.arguments:
                self.define(scope, value.name, [value])
            blocks.append(block)
        for block, frame in zip(blocks, piece.blocks):
            block.ops = self.ops(frame.ops, block, scope, dialect)
        return tuple(blocks)

    def label(self, frame: syntax.Block) -> tuple[str | None, list[_Argument]]:
        text = self.text[frame.start : frame.label_end]
        if not text.startswith("^"):
            return None, []
        places = [Range(frame.start + match.start(1), frame.start + match.end(1)) for match in _LABEL.finditer(text)]
        return _LABEL_NAME.match(text).group(), list(zip(places, _label_types(_LABEL.sub("%:", text))))  # type: ignore[union-attr]

    def operand(self, op: Op, index: int, spelled: str, scope: _Scope) -> Operand:
        name, place = spelled, 0
        if "#" in spelled:
            name, _, member = spelled.partition("#")
            place = int(member)
        values = scope.find(name)
        if values is not None and len(values) > place:
            value = values[place]
            operand = Operand(value, op, index)
            value.read_uses.append(operand)
            return operand
        operand = Operand(_UNKNOWN, op, index)
        self.unresolved.append((operand, spelled, scope))
        return operand

    def late(self) -> tuple[tuple[Operand, ...], tuple[Value, ...]]:
        """Resolves the operands whose names nothing had defined before: those used early, and the free values."""
        early: list[Operand] = []
        free: dict[str, Value] = {}
        for operand, spelled, scope in self.unresolved:
            name, _, member = spelled.partition("#")
            index = int(member or 0)
            values = scope.find(name)
            if values is not None and len(values) > index:
                early.append(operand)
                operand.value = values[index]
            else:
                operand.value = free.setdefault(f"{name}#{index}", Value(name, None, 0, index if member else None))
            operand.value.read_uses.append(operand)
        for value in dict.fromkeys(operand.value for operand in early):
            value.read_uses.sort(key=Operand.place)
        return tuple(early), tuple(free.values())


@lru_cache(maxsize=4)
def _readings(_: tuple[tuple[str, str], ...]) -> dict[tuple[object, ...], Any]:
    """What is read of a shape in all texts under the same aliases."""
    return {}


class _Reading(_Lowering):
    """Lowers every region at once."""

    def likeness(self, piece: _Outlined, scope: _Scope) -> Likeness | None:
        return None


@lru_cache(maxsize=2048)
def _pattern(region: str) -> Pattern | None:
    """The pattern of a region with numbered values; None where ops in it depend on more than what stands in it."""
    module = _Reading(f'"dispatch_lens.any"() ({region}) : () -> ()').run({}, "builtin")
    spelled = (module.text[op.frame.name_start : op.frame.name_end] for op in module.walk())
    are_names = all(value.name[1:].isdigit() for value in module.free_values)
    if module.problems or module.early_uses or not are_names or not all("." in name for name in spelled):
        return None
    return Pattern(module, module.ops[0].regions[0])


def _is_pasted(value: Value) -> bool:
    """Whether the value is defined outside any op: in text pasted piece by piece, where a piece may come twice."""
    return value.op is not None and value.op.block is None


def _qualified(name: str, dialect: str) -> str:
    builtin = name in ("module", "unrealized_conversion_cast")
    return f"{'builtin' if builtin else 'func' if dialect == 'builtin' or name == 'func' else dialect}.{name}"


@lru_cache(maxsize=4096)
def _label_types(label: str) -> tuple[str, ...]:
    """The types of a label's arguments, whose names are emptied."""
    return tuple(type_prefix(label, match.end()) for match in re.finditer("%:", label))


def type_prefix(text: str, start: int) -> str:
    """The type that begins at `start`, up to the comma or bracket that ends it."""
    depth = 0
    for i in range(start, len(text)):
        char = text[i]
        if char in "<([{":
            depth += 1
        elif char in ")]}" or (char == ">" and text[i - 1] != "-"):
            depth -= 1
        if depth < 0 or (depth == 0 and char == ","):
            return text[start:i].strip()
        if depth == 0 and char == " " and text[i + 1 : i + 3] not in ("->", "{ "):
            return text[start:i].strip()
    return text[start:].strip()


def _alias_body(text: str, start: int) -> str:
    """An alias's value: to the end of the line on which its brackets are balanced."""
    at = start
    depth = 0
    for match in re.compile(STRING + r"|->|[<({\[]|[>)}\]]|\n|//").finditer(text, start):
        token = match.group()
        at = match.start()
        if token in "<({[":
            depth += 1
        elif token in ">)}]":
            depth -= 1
        elif token in ("\n", "//") and depth <= 0:
            return text[start:at].strip()
    return text[start:].strip()
