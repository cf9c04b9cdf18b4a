"""Why ops are in one dispatch or not: the story of a place and its neighbours, or of two places, as plain data.

Offsets are the document's. On ops the story is what formation would do; on formed regions, what it does with their ops
side by side; of outlined text it says what the text cannot tell any more.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dispatch_lens.analysis.blockers import pairs, siblings
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.neighbours import Edge, Piece
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.blockers.remedies import Remedy
from dispatch_lens.analysis.fusion.formation import dispatching_functions
from dispatch_lens.features import why_outlined
from dispatch_lens.features.document import Document
from dispatch_lens.features.why_asked import DEFAULT, Asked, Under
from dispatch_lens.features.why_story import Pair, Place, Story
from dispatch_lens.ir import uses
from dispatch_lens.ir.module import Op


def why(document: Document, offset: int, other: int | None = None, under: Under = DEFAULT) -> Story:
    """The story of the dispatch at `offset` and its neighbours, or of the two at `offset` and `other`."""
    asked = Asked.at(document, offset, under)
    if asked is None:
        return why_outlined_story(document, offset)
    if other is not None and not asked.holds(other):
        return Story("two places in different functions", (), "a dispatch never holds ops of two functions")
    first = asked.piece_at(offset)
    if first is None:
        return _at_no_work(asked, offset)
    if other is None:
        return Story(asked.heading(first.op), tuple(asked.pairs(_around(asked.question, first))))
    second = asked.piece_at(other)
    if second is None:
        return _at_no_work(asked, other)
    return _between(asked, first, second, {asked.op_at(offset), asked.op_at(other)})


def why_all(document: Document, under: Under = DEFAULT) -> tuple[Story, ...]:
    """One story a function of the sections that are read, with every pair of neighbours in it."""
    found: list[Story] = []
    is_outlined = False
    for section, module in document.as_formed.read_sections:
        for function in dispatching_functions(module):
            asked = Asked.of(document, section, function, under)
            if asked is None:
                is_outlined = True
                continue
            heading = f"@{function.symbol}" if function.symbol else function.name
            found.append(Story(heading, tuple(asked.pairs(pairs.findings(asked.question)))))
    if not found or (is_outlined and not any(story.pairs for story in found)):
        return (why_outlined_story(document, None),)
    return tuple(story for story in found if story.pairs) or tuple(replace(story, note=_NO_PAIR) for story in found)


_NO_PAIR = "no two pieces of work read the same tensor, or one what the other makes"


def why_outlined_story(document: Document, offset: int | None) -> Story:
    """What can still be said where the text holds no ops that formation looks at."""
    found = why_outlined.outlined(document, offset)
    said = tuple(
        Pair(
            producer=edge.producer,
            consumer=edge.consumer,
            verdict="unknown",
            blocker=None,
            looks_like=None,
            predicate=None,
            reason=edge.reason,
            places=tuple(Place(role, place) for role, place in edge.places),
            disagreement=(),
            remedy=Remedy("unknown", found.command),
            certainty="possible",
            release=document.spoken.likely.label,
            titles=edge.titles,
        )
        for edge in found.edges
    )
    return Story(found.heading, said, found.note)


def _around(question: Question, piece: Piece) -> Iterator[Finding]:
    """The piece's own ops, those that it reads, those that read it, and its siblings."""
    yield from pairs.inner_findings(question, piece)
    for edge in question.neighbourhood.edges:
        if edge.consumer is piece:
            yield pairs.finding(question, edge)
    yield from pairs.findings_from(question, piece)
    for other in question.neighbourhood.pieces:
        if other is not piece and other.op.range.start < piece.op.range.start:
            yield from (found for found in siblings.siblings(question.neighbourhood, other) if found.consumer in piece.members)


def _between(asked: Asked, first: Piece, second: Piece, named: set[Op | None]) -> Story:
    """The edges between two pieces; where the two ops named are the ends of one of them, that one alone."""
    heading = f"{asked.heading(first.op)} and {asked.heading(second.op)}"
    if first is second:
        return Story(heading, tuple(asked.pairs(pairs.inner_findings(asked.question, first))), "the two are in one dispatch")
    ends = {first, second}
    direct = [edge for edge in asked.question.neighbourhood.edges if {edge.producer, edge.consumer} == ends]
    exact = [edge for edge in direct if edge.maker in named and edge.reader in named]
    if direct:
        return Story(heading, tuple(asked.pairs(pairs.finding(asked.question, edge) for edge in exact or direct)))
    beside = [found for piece in ends for found in siblings.siblings(asked.question.neighbourhood, piece)]
    beside = [found for found in beside if asked.question.neighbourhood.piece_of(found.consumer) in ends]
    if beside:
        return Story(heading, tuple(asked.pairs(iter(beside))))
    return _far_apart(asked, heading, first, second)


def _far_apart(asked: Asked, heading: str, first: Piece, second: Piece) -> Story:
    """No tensor goes from one to the other in one step: the steps of a way between them are told instead."""
    for start, goal in ((first, second), (second, first)):
        way = _way(asked.question, start, goal)
        if way:
            note = f"the tensor goes through {len(way) - 1} other pieces of work on the way; each step is told"
            return Story(heading, tuple(asked.pairs(iter(way))), note)
    return Story(heading, (), "neither reads what the other makes, and they share no input, so nothing would be won")


def _way(question: Question, start: Piece, goal: Piece) -> list[Finding]:
    came_by: dict[Piece, tuple[Edge, ...]] = {start: ()}
    pending = [start]
    edges = question.neighbourhood.edges
    while pending and goal not in came_by:
        piece = pending.pop(0)
        for edge in edges:
            if edge.producer is piece and edge.consumer not in came_by:
                came_by[edge.consumer] = (*came_by[piece], edge)
                pending.append(edge.consumer)
    return [pairs.finding(question, edge) for edge in came_by.get(goal, ())]


def _at_no_work(asked: Asked, offset: int) -> Story:
    """A place between pieces of work: the pairs that it stands between, if any."""
    op = asked.op_at(offset)
    if op is None or op is asked.question.function:
        return Story("no op", (), "no op that works on tensors is at this place")
    edges = [edge for edge in asked.question.neighbourhood.edges if op in edge.via]
    if edges:
        return Story(op.name, tuple(asked.pairs(pairs.finding(asked.question, edge) for edge in edges)))
    readers = ", ".join(dict.fromkeys(reader.name for reader in uses.consumers(op))) or "nothing"
    return Story(op.name, (), f"{op.name} is no dispatch of its own; it is read by {readers}")
