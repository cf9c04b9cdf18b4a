"""The outline of a section to IR: names resolved to values, uses linked, scopes as MLIR has them.

A name is looked up from its region outwards; `isolated` ops end the search. What nothing defines becomes a free value: no error
in a text that was cut out of a larger one. Doubly defined names, and names a whole function never defines, are problems.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from dispatch_lens.ir.module import Block, Module, Op, Operand, Problem, Region, Value
from dispatch_lens.syntax import outline as syntax
from dispatch_lens.syntax import parse
from dispatch_lens.text import Range

_RESULT = re.compile(r"(%[\w$.\-]+)(?::(\d+))?")
_USE = re.compile(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|(?P<name>%[\w$.\-]+)(?P<member>#\d+)?')
_SIGNATURE_OR_TIE = re.compile(r"@[\w$.\-]+\s*\(\s*%|->\s*(?:\(\s*)?%")
_LABEL = re.compile(r"(%[\w$.\-]+)\s*:\s*")
_ALIAS = re.compile(r"[#!][\w$.\-]+\s*=\s*")

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


class _Lowering:
    def __init__(self, text: str) -> None:
        self.text = text
        self.module = Module(text)
        self.problems: list[Problem] = []
        self.free: dict[str, Value] = {}
        self.pending: list[tuple[Op, _Scope]] = []

    def run(self, aliases: Mapping[str, str], dialect: str) -> Module:
        found = syntax.outline(self.text)
        self.module.aliases = {**aliases, **dict(self.aliases(found))}
        self.problems += (Problem(Range(flaw.at, flaw.at + 1), flaw.message) for flaw in found.flaws)
        scope = _Scope(None)
        self.module.ops = self.ops(found.ops, None, scope, dialect)
        for op, inside in self.pending:
            self.link(op, inside)
        self.module.free_values = tuple(self.free.values())
        self.module.problems = tuple(sorted(self.problems, key=lambda problem: problem.range))
        return self.module

    def aliases(self, found: syntax.Outline) -> Iterator[tuple[str, str]]:
        for alias in found.aliases:
            line_end = self.text.find("\n", alias.start)
            text = self.text[alias.start : line_end if line_end >= 0 else len(self.text)]
            match = _ALIAS.match(text)
            if match:
                yield text[: alias.name_end - alias.start], _alias_body(self.text, alias.start + match.end())

    def ops(self, frames: list[syntax.Frame], block: Block | None, scope: _Scope, dialect: str) -> tuple[Op, ...]:
        return tuple(self.op(frame, block, i, scope, dialect) for i, frame in enumerate(frames))

    def op(self, frame: syntax.Frame, block: Block | None, index: int, scope: _Scope, dialect: str) -> Op:
        text = self.text
        name = text[frame.name_start : frame.name_end].strip('"')
        name = name if "." in name else _qualified(name, dialect)
        end = parse.head_end(text, frame)
        op = Op(
            name,
            self.module,
            frame,
            Range(frame.start, end),
            Range(frame.name_start, frame.name_end),
            block,
            index,
            frame.depth,
        )
        self.pending.append((op, scope))
        if frame.regions:
            self.regions(op, frame, scope)
        op.results = tuple(self.results(op, frame, scope))
        return op

    def results(self, op: Op, frame: syntax.Frame, scope: _Scope) -> Iterator[Value]:
        index = 0
        for match in _RESULT.finditer(self.text, frame.start, frame.name_start):
            count = match.group(2)
            place = Range(match.start(1), match.end(1))
            values = [Value(match.group(1), place, op, index + i, None if count is None else i) for i in range(int(count or 1))]
            index += len(values)
            self.define(scope, match.group(1), values)
            yield from values

    def define(self, scope: _Scope, name: str, values: list[Value]) -> None:
        earlier = scope.find(name)
        if earlier and values and not _is_pasted(earlier[0]):
            related = ((earlier[0].range, f"{name} is first defined here"),)
            self.problems.append(Problem(values[0].range, f"`{name}` is defined twice", related))
        scope.names[name] = values

    def regions(self, op: Op, frame: syntax.Frame, scope: _Scope) -> None:
        outer = None if op.name in ISOLATED else scope
        dialect = op.name.partition(".")[0]
        built: list[Region] = []
        entries = self.entry_arguments(op)
        for i, piece in enumerate(frame.regions):
            region = Region(op, i, Range(piece.start, piece.end))
            inner = _Scope(outer)
            region.blocks = self.blocks(region, piece, inner, dialect, entries.get(i, []))
            built.append(region)
        op.regions = tuple(built)

    def entry_arguments(self, op: Op) -> dict[int, list[tuple[Range, str | None]]]:
        """The arguments that the head defines, by the region that they enter: the next one after them."""
        head = op.head
        region_starts = [region.start for region in op.frame.regions]
        found: dict[int, list[tuple[Range, str | None]]] = {}
        for role in head.shape.roles:
            if role.kind != "define":
                continue
            place = Range(head.offset(role.at), head.offset(role.at + 1))
            into = next((i for i, start in enumerate(region_starts) if start > place.start), 0)
            type_text = None
            if role.type_at is not None:
                type_text = self.text[head.offset(role.type_at[0]) : head.offset(role.type_at[1])]
            found.setdefault(into, []).append((place, type_text))
        return found

    def blocks(
        self,
        region: Region,
        piece: syntax.Region,
        scope: _Scope,
        dialect: str,
        entry: list[tuple[Range, str | None]],
    ) -> tuple[Block, ...]:
        blocks: list[Block] = []
        for i, frame in enumerate(piece.blocks):
            label, arguments = self.label(frame)
            arguments = (entry if i == 0 else []) + arguments
            end = piece.blocks[i + 1].start if i + 1 < len(piece.blocks) else piece.end - 1
            block = Block(region, i, label, Range(frame.start, end))
            block.arguments = tuple(Value(self.text[at.start : at.end], at, block, k) for k, (at, _) in enumerate(arguments))
            block.argument_texts = tuple(type_text for _, type_text in arguments)
            for value in block.arguments:
                self.define(scope, value.name, [value])
            blocks.append(block)
        for block, frame in zip(blocks, piece.blocks):
            block.ops = self.ops(frame.ops, block, scope, dialect)
        return tuple(blocks)

    def label(self, frame: syntax.Block) -> tuple[str | None, list[tuple[Range, str | None]]]:
        text = self.text[frame.start : frame.label_end]
        if not text.startswith("^"):
            return None, []
        arguments: list[tuple[Range, str | None]] = []
        for match in _LABEL.finditer(text):
            place = Range(frame.start + match.start(1), frame.start + match.end(1))
            arguments.append((place, type_prefix(text, match.end())))
        return re.match(r"\^[\w$.\-]+", text).group(), arguments  # type: ignore[union-attr]

    def link(self, op: Op, scope: _Scope) -> None:
        """Resolves the op's operands."""
        operands: list[Operand] = []
        for place, name, member in self.uses(op):
            value = self.resolve(scope, name, member, place)
            operand = Operand(value, op, len(operands), place)
            value.uses.append(operand)
            operands.append(operand)
        op.operands = tuple(operands)

    def uses(self, op: Op) -> Iterator[tuple[Range, str, int | None]]:
        if op.frame.regions or _SIGNATURE_OR_TIE.search(self.text, op.name_range.end, op.range.end):
            return self.uses_by_roles(op)
        return self.plain_uses(op)

    def plain_uses(self, op: Op) -> Iterator[tuple[Range, str, int | None]]:
        """The names in a head that neither defines nor ties any: all are operands."""
        for match in _USE.finditer(self.text, op.name_range.end, op.range.end):
            if match.group("name") is not None:
                member = match.group("member")
                yield Range(match.start(), match.end()), match.group("name"), int(member[1:]) if member else None

    def uses_by_roles(self, op: Op) -> Iterator[tuple[Range, str, int | None]]:
        head = op.head
        for role in head.shape.roles:
            if role.kind == "use":
                place = Range(head.offset(role.at), head.offset(role.at + 1))
                name, _, member = self.text[place.start : place.end].partition("#")
                yield place, name, int(member) if member else None

    def resolve(self, scope: _Scope, name: str, member: int | None, place: Range) -> Value:
        values = scope.find(name)
        if values is not None and (member or 0) < len(values):
            return values[member or 0]
        key = f"{name}#{member}" if member else name
        if key not in self.free:
            self.free[key] = Value(name, place, None, 0, member)
        return self.free[key]


def _is_pasted(value: Value) -> bool:
    """Whether the value is defined outside any op: in text pasted piece by piece, where a piece may come twice."""
    return value.op is not None and value.op.block is None


def _qualified(name: str, dialect: str) -> str:
    builtin = name in ("module", "unrealized_conversion_cast")
    return f"{'builtin' if builtin else 'func' if dialect == 'builtin' or name == 'func' else dialect}.{name}"


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
    for match in re.compile(r'"(?:[^"\\\n]|\\.)*"|->|[<({\[]|[>)}\]]|\n|//').finditer(text, start):
        token = match.group()
        at = match.start()
        if token in "<({[":
            depth += 1
        elif token in ">)}]":
            depth -= 1
        elif token in ("\n", "//") and depth <= 0:
            return text[start:at].strip()
    return text[start:].strip()
