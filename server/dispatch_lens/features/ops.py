"""Every op of a text as plain data, for programs that want to know what was read: the answer of `dispatch-lens ops`.

Positions are MLIR's: 1-based lines, 1-based columns in UTF-8 bytes. An op that the parser adds without text is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import document_problems
from dispatch_lens.ir import known_ops, reading
from dispatch_lens.ir.module import Op, Operand


@dataclass(frozen=True, slots=True)
class OpRow:
    """One op. `line` and `column` are those of its name; `depth` counts the ops around it.

    `regions` counts those that the op always has although the text leaves them out.
    """

    line: int
    column: int
    name: str
    depth: int
    results: int
    operands: tuple[str, ...]
    attributes: tuple[str, ...]
    regions: int


@dataclass(frozen=True, slots=True)
class ErrorRow:
    """One problem, at the first character of its range."""

    line: int
    column: int
    message: str


def op_rows(document: Document) -> tuple[OpRow, ...]:
    """The ops of all sections, in text order."""
    return tuple(
        _op_row(document, section.body_start, op)
        for section in document.sections
        for op in document.module(section).walk()
        if op.name_range.end > op.name_range.start
    )


def error_rows(document: Document) -> tuple[ErrorRow, ...]:
    """The problems of all sections, in text order."""
    places = ((document.lines.position(problem.range.start), problem) for problem in document_problems(document))
    return tuple(ErrorRow(place.line, place.column, problem.message) for place, problem in places)


def _op_row(document: Document, shift: int, op: Op) -> OpRow:
    place = document.lines.position(shift + _compiler_location(op))
    operands = tuple(_operand_name(operand) for operand in op.operands)
    regions = max(len(op.regions), known_ops.region_count(op.name) or 0)
    return OpRow(place.line, place.column, op.name, op.depth, reading.result_count(op), operands, tuple(op.attributes), regions)


def _compiler_location(op: Op) -> int:
    """Where the compiler says the op is: at its name, but for the payload of `linalg.map { arith.addf }` at the map's."""
    around = op.parent
    if around is None or op.block is None or around.dialect != "linalg":
        return op.name_range.start
    is_payload = not op.module.text[around.name_range.end : op.block.region.range.start].strip()
    return around.name_range.start if is_payload else op.name_range.start


def _operand_name(operand: Operand) -> str:
    member = operand.value.member
    return operand.value.name if member is None else f"{operand.value.name}#{member}"
