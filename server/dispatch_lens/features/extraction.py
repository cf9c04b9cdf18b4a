"""A dispatch or a pair of them cut out of a document, for an issue report or to try rewrites and options on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from dispatch_lens.features.document import Document
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import extract
from dispatch_lens.rewrites.extract import Cut
from dispatch_lens.rewrites.rewrite import Refused


def one(document: Document, line: int) -> Cut | str:
    """The op at the 1-based line as a module, else why not, as a clause."""
    op = _at(document, line)
    return "no op begins on this line" if op is None else _cut(document, [op])


def pair(document: Document, line: int) -> Cut | str:
    """The same with the first op that reads its result, and what stands between."""
    op = _at(document, line)
    return "no op begins on this line" if op is None else _cut(document, extract.with_reader(op))


def _cut(document: Document, ops: Sequence[Op]) -> Cut | str:
    found = extract.module_of(ops, _comments(document, ops))
    return found.reason if isinstance(found, Refused) else found


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
