"""Every op of a text as plain data, for programs that want to know what was read: the answer of `dispatch-lens ops`.

Positions are MLIR's: 1-based lines, 1-based columns in UTF-8 bytes. An op that the parser adds without text is not here.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import document_problems
from dispatch_lens.ir import hal, known_ops, result_counts
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand


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
    payload_of = _payload_of(op)
    place = document.lines.position(shift + _place(payload_of or op))
    operands = tuple(_operand_name(operand) for operand in op.operands)
    results = result_counts.result_count(op) if payload_of is None else 1
    regions = max(len(op.regions), known_ops.region_count(op.name) or 0, hal.extern_regions(op))
    return OpRow(place.line, place.column, op.name, op.depth, results, operands, tuple(op.attributes), regions)


def _place(op: Op) -> int:
    """Where the compiler says that the op is: at its name, but for one whose own parser says it of the operands."""
    start = op.name_range.start
    custom = op.name == "stablehlo.reduce" and not op.is_in_generic_form
    return op.head.range(op.shape.items[0]).start if custom and op.shape.items else start


def _payload_of(op: Op) -> Op | None:
    """The `linalg.map` of the short form `linalg.map { arith.addf } ins(…)`, for the op in its braces.

    The compiler gives that op the map's position, and one result that has no name.
    """
    around = op.parent
    if around is None or op.block is None or around.dialect != "linalg":
        return None
    between = op.module.text[around.name_range.end : op.block.region.range.start]
    return None if between.strip() else around


def _operand_name(operand: Operand) -> str:
    member = operand.value.member
    return operand.value.name if member is None else f"{operand.value.name}#{member}"
