"""What is wrong with the text of a document: the problems of its sections, in the document's offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from weakref import WeakKeyDictionary

from dispatch_lens.analysis import branches, function_results, symbols, verify
from dispatch_lens.features.document import Document
from dispatch_lens.features.pieces import Piece
from dispatch_lens.ir import check
from dispatch_lens.ir.module import Module, Problem
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import Range

BYTECODE = "ML\ufffdR"
"""How MLIR bytecode begins when it is read as text."""
_FOUND: WeakKeyDictionary[Module, tuple[Problem, ...]] = WeakKeyDictionary()


def document_problems(document: Document) -> tuple[Problem, ...]:
    """The problems of every section, in text order, each section read in one."""
    wholes = ((section, (Piece(section.body_start, document.module(section)),)) for section in document.sections)
    return tuple(problem for section, pieces in wholes for problem in _of_section(document, section, pieces))


def problems_in(document: Document, sections: Iterable[Section]) -> tuple[Problem, ...]:
    """The problems of some sections of the document, in text order."""
    if document.text.startswith(BYTECODE):
        return (Problem(Range(0, len(BYTECODE)), "this is MLIR bytecode, and no text: `iree-opt` prints it as one"),)
    cut = ((section, document.pieces_of(section)) for section in sections)
    return tuple(problem for section, pieces in cut for problem in _of_section(document, section, pieces))


def _of_section(document: Document, section: Section, pieces: Sequence[Piece]) -> list[Problem]:
    starts = {piece.module: piece.start for piece in pieces}
    found = [_shifted(problem, piece.start) for piece in pieces for problem in piece_problems(piece.module)]
    calls = [op for module in starts for op in module.walk_where(check.is_call)]
    calls = [op for op in calls if not any(op.range.contains(one.range.start) for one in piece_problems(op.module))]
    misspelt = check.misspelt_calls(calls, list(starts), section.body(document.ir))
    found += [_shifted(problem, starts[op.module]) for op, problem in misspelt]
    found += _of_symbols(document.ir, pieces, [symbols.Placed(starts[op.module], op) for op in calls])
    return _one_a_place(found)


def _of_symbols(text: str, pieces: Sequence[Piece], calls: Sequence[symbols.Placed]) -> Iterator[Problem]:
    """The problems of definitions and calls; pieces begin where they do in the text."""
    ops = [symbols.Placed(piece.start, op) for piece in pieces for op in piece.module.ops]
    tables = list(symbols.definitions(sorted(ops, key=lambda one: one.range.start)))
    for table in tables:
        yield from symbols.twice(text, table)
    yield from symbols.wrong_calls(calls, tables)


def _one_a_place(found: Iterable[Problem]) -> list[Problem]:
    """In text order; of problems that begin at one place the first that was found: the others follow from it."""
    first: dict[int, Problem] = {}
    for problem in found:
        first.setdefault(problem.range.start, problem)
    return sorted(first.values(), key=lambda problem: problem.range)


def _shifted(problem: Problem, start: int) -> Problem:
    related = tuple((place.shift(start), text) for place, text in problem.related)
    return Problem(problem.range.shift(start), problem.message, related)


def piece_problems(module: Module) -> tuple[Problem, ...]:
    """The problems of one piece, in its offsets; kept as long as its IR."""
    found = _FOUND.get(module)
    if found is None:
        found = _FOUND[module] = _problems(module)
    return found


def _problems(module: Module) -> tuple[Problem, ...]:
    checked = check.problems(module)
    told = {problem.range.start for problem in checked}
    asked = (*verify.problems(module), *function_results.problems(module), *branches.problems(module))
    more = (problem for problem in asked if problem.range.start not in told)
    return tuple(sorted((*checked, *more), key=lambda problem: problem.range))
