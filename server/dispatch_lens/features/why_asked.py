"""A function of a document under the rules to apply, and what is told of each pair of its ops that is found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

from dispatch_lens.analysis import kinds, summaries
from dispatch_lens.analysis.blockers import catalogue, pairs
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.formed import LOOP_MAPS
from dispatch_lens.analysis.blockers.neighbours import Piece
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.blockers.remedies import NONE_NEEDED, Remedy, harmless, remedy_for
from dispatch_lens.analysis.fusion import eras
from dispatch_lens.analysis.fusion.formation import dispatching_functions
from dispatch_lens.features.document import Document
from dispatch_lens.features.why_story import Pair, Place, Verdict
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import flow
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.syntax.dump import Section

TOGETHER = "the two are one dispatch"


@dataclass(frozen=True, slots=True)
class Under:
    """The rules to apply. None: the release that the text speaks, the fusion that its header states (else the default)."""

    release: str | None = None
    aggressive: bool | None = None
    target: str | None = None


DEFAULT = Under()


@dataclass(frozen=True, eq=False)
class Asked:
    """One function of a document, and the rules to ask it by. `start` is the document's offset of its section."""

    document: Document
    start: int
    question: Question
    version: Version
    is_formed: bool
    may_be_older: bool
    target: str | None

    @staticmethod
    def at(document: Document, offset: int, under: Under) -> Asked | None:
        section = next((s for s in document.sections if s.body_start <= offset <= s.end), None)
        if section is None:
            return None
        functions = dispatching_functions(document.module(section))
        function = next((f for f in functions if f.range.contains(offset - section.body_start)), None)
        return Asked.of(document, section, function, under) if function is not None else None

    @staticmethod
    def of(document: Document, section: Section, function: Op, under: Under) -> Asked | None:
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
        return Asked(read, section.body_start, question, version, formed, older, under.target)

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


def _older(asked: Asked, found: Finding, said: Pair) -> Pair | None:
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


def _pair(asked: Asked, found: Finding, version: Version) -> Pair:
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


def _remedy(asked: Asked, found: Finding, version: Version) -> Remedy:
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


def _reason(asked: Asked, found: Finding, version: Version) -> str:
    if found.outcome == "cloned":
        return found.sentence or "it is cloned into the dispatch that reads it"
    if found.outcome != "fused":
        return found.sentence
    piece_of = asked.question.neighbourhood.piece_of
    if not asked.is_formed or piece_of(found.producer) is piece_of(found.consumer):
        return TOGETHER
    return f"by the rules of {version.label} the two would be one dispatch; other options or an older release kept them apart"


def _places(asked: Asked, found: Finding) -> Iterator[Place]:
    yield Place("producer", found.producer.name_range.shift(asked.start))
    if found.consumer is not None:
        yield Place("consumer", found.consumer.name_range.shift(asked.start))
    yield from (Place("between", op.name_range.shift(asked.start)) for op in found.between)
    for place in found.reason.places if found.reason is not None else ():
        if place.role not in ("producer", "consumer"):
            yield Place(place.role, place.range.shift(asked.start))
