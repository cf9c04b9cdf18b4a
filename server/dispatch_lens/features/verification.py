"""What the real compiler's parser and verifier say of a document, in the document's offsets."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.compiler import protocol
from dispatch_lens.features.document import Document
from dispatch_lens.ir.module import Problem
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import LineIndex, Range


class VerificationError(Exception):
    """The compiler gave no answer; the message is one sentence for people."""


def verify(document: Document, compiler: protocol.Compiler) -> tuple[Problem, ...]:
    """The compiler's errors in the sections that are read, in text order. Raises VerificationError."""
    return tuple(problem for section in document.sections_to_check for problem in _of_section(document, section, compiler))


def _of_section(document: Document, section: Section, compiler: protocol.Compiler) -> Iterator[Problem]:
    body = section.body(document.text)
    said = compiler.verify(body)
    if isinstance(said, protocol.CompilerFailure):
        raise VerificationError(said.message)
    lines = LineIndex(body)
    for one in said:
        if one.severity != "error" or one.artefact_of_scope:
            continue
        related = tuple(
            (_range(lines, note.position).shift(section.body_start), note.message)
            for note in one.notes
            if note.position is not None
        )
        yield Problem(_range(lines, one.position).shift(section.body_start), one.message, related)


def _range(lines: LineIndex, position: protocol.Position | None) -> Range:
    """From the position to the end of the word there; the first line's where there is none."""
    start = lines.offset(position.line, position.column) if position is not None else 0
    end = start
    while end < len(lines.text) and (lines.text[end].isalnum() or lines.text[end] in "_.%@#$"):
        end += 1
    return Range(start, max(end, min(start + 1, len(lines.text))))
