"""A dispatch or a pair of them cut out of a document, for an issue report or to try rewrites and options on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from dispatch_lens.features.document import Document
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import chains, extract, inline_dispatch
from dispatch_lens.rewrites.extract import Cut
from dispatch_lens.rewrites.rewrite import Applied, Refused
from dispatch_lens.text import Range

NOTHING = "no op begins on this line"


def one(document: Document, line: int) -> Cut | str:
    """The op at the 1-based line as a module, else why not, as a clause."""
    op = _at(document, line)
    return NOTHING if op is None else _cut(document, [op])


def pair(document: Document, line: int) -> Cut | str:
    """The same with the first op that reads its result, and what stands between."""
    op = _at(document, line)
    if op is None:
        return NOTHING
    ops = extract.with_reader(op)
    return ops.reason if isinstance(ops, Refused) else _cut(document, ops)


def lines(document: Document, first: int, last: int) -> Cut | str:
    """The ops that begin on the 1-based lines from `first` to `last`, those of the first one's function."""
    found = dict.fromkeys(op for line in range(first, last + 1) if (op := _at(document, line)) is not None)
    ops = [op for op in found if extract.computes(op)]
    return _cut(document, [op for op in ops if op.block is ops[0].block]) if ops else NOTHING


def _cut(document: Document, ops: Sequence[Op]) -> Cut | str:
    comments = _comments(document, ops)
    found = extract.module_of(_inlined(ops), comments)
    return found.reason if isinstance(found, Refused) else found


def _inlined(ops: Sequence[Op]) -> Sequence[Op]:
    """The ops, in the place of each call of an executable what it runs, where that can be written there."""
    calls = [op for op in ops if op.name == "flow.dispatch"]
    if not calls:
        return ops
    module = ops[0].module
    places = [op.range for op in ops]
    for op in sorted(calls, key=lambda call: -call.range.start):
        at = module.op_at(op.name_range.start)
        outcome = inline_dispatch.REWRITE.apply(at) if at is not None else None
        if not isinstance(outcome, Applied):
            continue
        module = chains.after(module, outcome)
        places = [Range(_moved(place.start, outcome), _moved(place.end, outcome)) for place in places]
    inside = (op for op in module.walk() if op.depth == ops[0].depth)
    return [op for op in inside if any(place.start <= op.range.start < place.end for place in places)]


def _moved(offset: int, outcome: Applied) -> int:
    """Where the offset is after the edits in front of it."""
    before = (edit for edit in outcome.edits if edit.range.end <= offset)
    return offset + sum(len(edit.text) - (edit.range.end - edit.range.start) for edit in before)


def _comments(document: Document, ops: Sequence[Op]) -> tuple[str, ...]:
    what = ", ".join(op.name for op in ops)
    command = "iree-compile --compile-to=flow --iree-hal-target-backends=llvm-cpu THIS_FILE -o - | grep -c '= flow.dispatch @'"
    return (f"{what} of {PurePath(document.uri).name}. Its dispatches:", command)


def _at(document: Document, line: int) -> Op | None:
    """The op that stands for the first one that begins on the line, among the ops of its function."""
    starts = document.lines.starts
    if line > len(starts):
        return None
    start, end = starts[line - 1], starts[line] if line < len(starts) else len(document.text)
    for section in document.sections:
        if section.body_start <= start < section.end:
            ops = document.module(section).walk()
            shift = section.body_start
            found = next((op for op in ops if start <= op.name_range.start + shift < end), None)
            return extract.around(found) if found is not None else None
    return None
