"""What is wrong with the text of a document: the problems of its sections, in the document's offsets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from weakref import WeakKeyDictionary

from dispatch_lens.analysis import verify
from dispatch_lens.features.document import Document
from dispatch_lens.ir import check
from dispatch_lens.ir.module import Module, Problem
from dispatch_lens.syntax.dump import Section

_FOUND: WeakKeyDictionary[Module, tuple[Problem, ...]] = WeakKeyDictionary()


def document_problems(document: Document) -> tuple[Problem, ...]:
    """The problems of every section, in text order."""
    return problems_in(document, document.sections)


def problems_in(document: Document, sections: Iterable[Section]) -> tuple[Problem, ...]:
    """The problems of some sections of the document, in text order."""
    return tuple(_shifted(document, sections))


def _shifted(document: Document, sections: Iterable[Section]) -> Iterator[Problem]:
    for section in sections:
        for problem in section_problems(document.module(section)):
            related = tuple((place.shift(section.body_start), text) for place, text in problem.related)
            yield Problem(problem.range.shift(section.body_start), problem.message, related)


def section_problems(module: Module) -> tuple[Problem, ...]:
    """The problems of one section, in the section's offsets; kept as long as its IR."""
    found = _FOUND.get(module)
    if found is None:
        found = _FOUND[module] = _problems(module)
    return found


def _problems(module: Module) -> tuple[Problem, ...]:
    checked = check.problems(module)
    told = {problem.range.start for problem in checked}
    more = (problem for problem in verify.problems(module) if problem.range.start not in told)
    return tuple(sorted((*checked, *more), key=lambda problem: problem.range))
