"""Why ops are in one dispatch or not: the story of a place and its neighbours, or of two places, as plain data.

Offsets are the document's. On ops the story is what formation would do; on formed regions, what it does with their ops
side by side; of outlined text it says what the text cannot tell any more.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from dispatch_lens.analysis import kinds, summaries
from dispatch_lens.analysis.blockers import catalogue, pairs, siblings
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.formed import LOOP_MAPS
from dispatch_lens.analysis.blockers.neighbours import Edge, Piece
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.blockers.remedies import NONE_NEEDED, Remedy, harmless, remedy_for
from dispatch_lens.analysis.fusion import eras
from dispatch_lens.analysis.fusion.formation import dispatching_functions
from dispatch_lens.features import why_outlined
from dispatch_lens.features.document import Document
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import flow, uses
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import Range

TOGETHER = "the two are one dispatch"
Verdict = Literal["fused", "refused", "never-considered", "by-design", "no-blocker", "unknown"]
Certainty = Literal["predicted", "possible"]


@dataclass(frozen=True, slots=True)
class Place:
    """A range of the document and what it has to do with the pair: `producer`, `consumer`, `between`, `operand` …."""

    role: str
    range: Range


@dataclass(frozen=True, slots=True)
class Pair:
    """What is said of two ops, or of one alone (`consumer` is None).

    `blocker` is a code of the catalogue where something keeps the two apart; what only looks like it is in `looks_like`.
    `disagreement` has the maps, types or loop ranges that do not fit, each with what it is. `release` is the one whose
    rules were applied; `older` is the same pair by older rules, where the text may be that old and they say otherwise.
    `titles` tell producer and consumer in one line each: the dispatch's number, the op, what it computes.
    """

    producer: str
    consumer: str | None
    verdict: Verdict
    blocker: str | None
    looks_like: str | None
    predicate: str | None
    reason: str
    places: tuple[Place, ...]
    disagreement: tuple[tuple[str, str], ...]
    remedy: Remedy
    certainty: Certainty
    release: str
    older: Pair | None = None
    titles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Story:
    """The pairs at one place, or between two. `note` says what the text cannot tell, or why there is no pair."""

    heading: str
    pairs: tuple[Pair, ...]
    note: str = ""

    @property
    def blockers(self) -> tuple[str, ...]:
        """The codes of all obstacles, each once."""
        return tuple(dict.fromkeys(pair.blocker for pair in self.pairs if pair.blocker is not None))


@dataclass(frozen=True, slots=True)
class Under:
    """The rules to apply. None: the release that the text speaks, the fusion that its header states (else the default)."""

    release: str | None = None
    aggressive: bool | None = None
    target: str | None = None


def why(document: Document, offset: int, other: int | None = None, under: Under = Under()) -> Story:
    """The story of the dispatch at `offset` and its neighbours, or of the two at `offset` and `other`."""
    asked = _Asked.at(document, offset, under)
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


def why_all(document: Document, under: Under = Under()) -> tuple[Story, ...]:
    """One story a function of the sections that are read, with every pair of neighbours in it."""
    found: list[Story] = []
    is_outlined = False
    for section, module in document.as_formed.read_sections:
        for function in dispatching_functions(module):
            asked = _Asked.of(document, section, function, under)
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


# ---------------------------------------------------------------- which function, which rules


@dataclass(frozen=True, eq=False)
class _Asked:
    """One function of a document, and the rules to ask it by. `start` is the document's offset of its section."""

    document: Document
    start: int
    question: Question
    version: Version
    is_formed: bool
    may_be_older: bool
    target: str | None

    @staticmethod
    def at(document: Document, offset: int, under: Under) -> _Asked | None:
        section = next((s for s in document.sections if s.body_start <= offset <= s.end), None)
        if section is None:
            return None
        functions = dispatching_functions(document.module(section))
        function = next((f for f in functions if f.range.contains(offset - section.body_start)), None)
        return _Asked.of(document, section, function, under) if function is not None else None

    @staticmethod
    def of(document: Document, section: Section, function: Op, under: Under) -> _Asked | None:
        spoken = document.spoken
        version = table.release(under.release) if under.release else None
        version = version or spoken.likely
        era = eras.era_of_version(version.label) or eras.NEWEST
        stated = section.title.options.get("aggressive-fusion") == "true" if section.title is not None else False
        aggressive = stated if under.aggressive is None else under.aggressive
        question = Question(function, era, eras.Options(aggressive=aggressive))
        formed = any(function.walk_where(flow.is_dispatch_region))
        if not formed and any(function.walk_where(flow.is_dispatch)):
            return None
        older = under.release is None and (spoken.first is None or spoken.first < LOOP_MAPS)
        read = document.as_formed if section in document.as_formed.choice.sections else document
        return _Asked(read, section.body_start, question, version, formed, older, under.target)

    def is_obstacle(self, found: Finding, version: Version) -> bool:
        """Whether something keeps the pair apart, known or not, and does not only look like it."""
        if not found.is_apart or found.blocker is None:
            return found.is_apart
        keeps_apart = catalogue.keeps_dispatches_apart if self.is_formed else catalogue.keeps_ops_apart
        return keeps_apart(found.blocker, version)

    def holds(self, offset: int) -> bool:
        return self.question.function.range.contains(offset - self.start)

    def op_at(self, offset: int) -> Op | None:
        module: Module = self.question.function.module
        return module.op_at(offset - self.start)

    def piece_at(self, offset: int) -> Piece | None:
        return self.question.neighbourhood.piece_of(self.op_at(offset))

    @cached_property
    def ordinals(self) -> dict[int, int]:
        """The number of each dispatch by where its op begins, in the function's section."""
        document = self.document
        starts = ((one, document.starts[one.op.module] + one.op.range.start) for one in document.report.dispatches)
        return {start - self.start: one.ordinal for one, start in starts}

    def heading(self, op: Op) -> str:
        ordinal = self.ordinals.get(op.range.start)
        return op.name if ordinal is None else f"dispatch #{ordinal}"

    def title(self, op: Op) -> str:
        piece = self.question.neighbourhood.piece_of(op)
        ordinal = self.ordinals.get(piece.op.range.start) if piece is not None else None
        number = f"#{ordinal} " if ordinal is not None else ""
        what = f"{op.name}, {summaries.summary((op,), None)}" if kinds.op_kind(op) is not None else op.name
        return f"{number}{what}"

    def pairs(self, found: Iterable[Finding]) -> Iterator[Pair]:
        for one in found:
            said = _pair(self, one, self.version)
            yield replace(said, older=_older(self, one, said)) if self.may_be_older else said


def _older(asked: _Asked, found: Finding, said: Pair) -> Pair | None:
    """The pair by the oldest rules, where they keep it apart for another reason."""
    consumer = found.consumer
    if consumer is None or found.outcome in ("no-edge", "never-tried", "cloned"):
        return None
    question = replace(asked.question, era=eras.OLDEST)
    edges = (edge for edge in question.neighbourhood.edges if edge.maker is found.producer and edge.reader is consumer)
    edge = next(edges, None)
    if edge is None:
        return None
    before = pairs.finding(question, edge)
    version = table.release("2024-07") or asked.version
    told = _pair(asked, before, version)
    return told if told.blocker not in (None, said.blocker) else None


# ---------------------------------------------------------------- which pairs


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


def _between(asked: _Asked, first: Piece, second: Piece, named: set[Op | None]) -> Story:
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


def _far_apart(asked: _Asked, heading: str, first: Piece, second: Piece) -> Story:
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


def _at_no_work(asked: _Asked, offset: int) -> Story:
    """A place between pieces of work: the pairs that it stands between, if any."""
    op = asked.op_at(offset)
    if op is None or op is asked.question.function:
        return Story("no op", (), "no op that works on tensors is at this place")
    edges = [edge for edge in asked.question.neighbourhood.edges if op in edge.via]
    if edges:
        return Story(op.name, tuple(asked.pairs(pairs.finding(asked.question, edge) for edge in edges)))
    readers = ", ".join(dict.fromkeys(reader.name for reader in uses.consumers(op))) or "nothing"
    return Story(op.name, (), f"{op.name} is no dispatch of its own; it is read by {readers}")


# ---------------------------------------------------------------- a finding as a pair


def _pair(asked: _Asked, found: Finding, version: Version) -> Pair:
    code = found.blocker
    real = asked.is_obstacle(found, version)
    remedy = _remedy(asked, found, version)
    reason = found.reason
    return Pair(
        producer=found.producer.name,
        consumer=found.consumer.name if found.consumer is not None else None,
        verdict=_verdict(found, remedy),
        blocker=code if real else None,
        looks_like=None if real else code,
        predicate=reason.predicate if reason is not None and real else None,
        reason=_reason(asked, found, version),
        places=tuple(_places(asked, found)),
        disagreement=tuple((side.what, side.text) for side in found.disagreement),
        remedy=remedy,
        certainty="predicted" if found.outcome in ("fused", "refused", "cloned") else "possible",
        release=version.label,
        titles=tuple(asked.title(op) for op in (found.producer, found.consumer) if op is not None),
    )


def _remedy(asked: _Asked, found: Finding, version: Version) -> Remedy:
    if asked.is_obstacle(found, version):
        return remedy_for(found, version, asked.target)
    return harmless(found.blocker) if found.is_apart and found.blocker is not None else NONE_NEEDED


def _verdict(found: Finding, remedy: Remedy) -> Verdict:
    if not found.is_apart:
        return "fused"
    if remedy.kind == "none-needed":
        return "no-blocker"
    if remedy.kind == "by-design":
        return "by-design"
    return "refused" if found.outcome == "refused" else "never-considered"


def _reason(asked: _Asked, found: Finding, version: Version) -> str:
    if found.outcome == "cloned":
        return found.sentence or "it is cloned into the dispatch that reads it"
    if found.outcome != "fused":
        return found.sentence
    piece_of = asked.question.neighbourhood.piece_of
    if not asked.is_formed or piece_of(found.producer) is piece_of(found.consumer):
        return TOGETHER
    return f"by the rules of {version.label} the two would be one dispatch; other options or an older release kept them apart"


def _places(asked: _Asked, found: Finding) -> Iterator[Place]:
    yield Place("producer", found.producer.name_range.shift(asked.start))
    if found.consumer is not None:
        yield Place("consumer", found.consumer.name_range.shift(asked.start))
    yield from (Place("between", op.name_range.shift(asked.start)) for op in found.between)
    for place in found.reason.places if found.reason is not None else ():
        if place.role not in ("producer", "consumer"):
            yield Place(place.role, place.range.shift(asked.start))
