"""What the real compiler's parser and verifier say of a document, in the document's offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from dispatch_lens.compiler import protocol
from dispatch_lens.features.document import Document
from dispatch_lens.ir.module import Problem
from dispatch_lens.text import LineIndex, Range


class VerificationError(Exception):
    """The compiler gave no answer; the message is one sentence for people."""


class Part(NamedTuple):
    """A section's text, and where it begins in the document."""

    start: int
    text: str


def parts(document: Document) -> tuple[Part, ...]:
    """The sections that the compiler is asked about: those that are read."""
    return tuple(Part(section.body_start, section.body(document.text)) for section in document.sections_to_check)


def verify(asked: Iterable[Part], compiler: protocol.Compiler) -> tuple[Problem, ...]:
    """The compiler's errors, in text order and the document's offsets. Raises VerificationError."""
    return tuple(problem for part in asked for problem in _of_part(part, compiler))


def _of_part(part: Part, compiler: protocol.Compiler) -> Iterator[Problem]:
    said = compiler.verify(part.text)
    if isinstance(said, protocol.CompilerFailure):
        raise VerificationError(said.message)
    lines = LineIndex(part.text)
    for one in said:
        if one.severity != "error" or one.artefact_of_scope:
            continue
        related = tuple(
            (_range(lines, note.position).shift(part.start), note.message) for note in one.notes if note.position is not None
        )
        yield Problem(_range(lines, one.position).shift(part.start), one.message, related)


def _range(lines: LineIndex, position: protocol.Position | None) -> Range:
    """From the position to the end of the word there; the first line's where there is none."""
    start = lines.offset(position.line, position.column) if position is not None else 0
    end = start
    while end < len(lines.text) and (lines.text[end].isalnum() or lines.text[end] in "_.%@#$"):
        end += 1
    return Range(start, max(end, min(start + 1, len(lines.text))))
