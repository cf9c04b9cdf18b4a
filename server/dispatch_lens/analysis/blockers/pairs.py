"""The findings of one function: each edge between two pieces of work, pairs without an edge, and ops with no neighbour."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from dispatch_lens.analysis import elementwise_fusion
from dispatch_lens.analysis.blockers import siblings
from dispatch_lens.analysis.blockers.between import blocker_between
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.neighbours import Edge, Neighbourhood, Piece
from dispatch_lens.analysis.blockers.refusals import Refusal, blocker_of, deciding_reason
from dispatch_lens.analysis.blockers.verdicts import REMEMBERED, Judged, as_written, is_preformed, judged
from dispatch_lens.analysis.fusion.eras import Era, Options
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.analysis.fusion.op_kinds import is_bit_extend_op, yields_an_extract
from dispatch_lens.ir.module import Op


@dataclass(frozen=True, slots=True)
class Question:
    """A function, and the rules under which its dispatches are looked at."""

    function: Op
    era: Era
    options: Options

    @property
    def neighbourhood(self) -> Neighbourhood:
        return as_written(self.function, self.era, self.options)

    @property
    def plain(self) -> Judged:
        """What formation does by these options."""
        return judged(self.function, self.era, self.options)

    @property
    def aggressive(self) -> Judged:
        """What it does where fusion is aggressive too."""
        return judged(self.function, self.era, _made_aggressive(self.options))


@lru_cache(REMEMBERED)
def _made_aggressive(options: Options) -> Options:
    return replace(options, aggressive=True)


@lru_cache(REMEMBERED)
def findings(question: Question) -> tuple[Finding, ...]:
    """All that there is to say about the function, in text order of the producers."""
    return tuple(found for piece in question.neighbourhood.pieces for found in findings_from(question, piece))


def findings_from(question: Question, piece: Piece) -> Iterator[Finding]:
    """What is said of the piece and those that read it, its later siblings, and the piece alone."""
    edges = question.neighbourhood.edges_from.get(piece, ())
    for edge in edges:
        yield finding(question, edge)
    yield from siblings.siblings(question.neighbourhood, piece)
    if not edges and piece not in question.neighbourhood.readers:
        yield from _alone(piece)


def finding(question: Question, edge: Edge) -> Finding:
    """Whether the two ends share a dispatch, and if not, why."""
    between = blocker_between(edge)
    if between is not None:
        return Finding(edge.maker, edge.reader, "never-tried", between[0], None, between[1], (), edge.via)
    if edge.producer.kind == edge.consumer.kind == "mover":
        return Finding(
            edge.maker, edge.reader, "never-tried", "non-fusable-op", None, "both only move data, outside of dispatches"
        )
    if edge.consumer.kind == "cloned" and edge.producer.kind == "cloned":
        return Finding(edge.maker, edge.reader, "cloned", None)
    if edge.producer.kind == "cloned":
        return _cloned(question, edge)
    if is_preformed(edge):
        sentence = "one of the two is in a dispatch region already, and formation never looks into one"
        return Finding(edge.maker, edge.reader, "never-tried", "preformed-region", None, sentence)
    if question.era.may_keep_dequantization_apart and _is_dequantized(edge):
        return Finding(edge.maker, edge.reader, "never-tried", "dequantization-before-contraction", None, _APART_ON_CPU)
    return _judged(question, edge)


_APART_ON_CPU = "an op that widens elements and computes is cloned into its readers, but not into a contraction on a CPU"


def _is_dequantized(edge: Edge) -> bool:
    """Whether a formed dispatch widens elements for a contraction."""
    reader = linalg_op(edge.reader)
    work = [op for op in edge.producer.members if linalg_op(op) is not None]
    is_alone = edge.producer.kind == "region" and work == [edge.maker] and is_bit_extend_op(edge.maker)
    return is_alone and reader is not None and reader.is_contraction


def inner_findings(question: Question, piece: Piece) -> Iterator[Finding]:
    """The edges inside one piece: what was fused."""
    members = set(piece.members)
    for reader in piece.members:
        for maker in dict.fromkeys(operand.value.op for operand in reader.operands):
            if maker is not None and maker in members and linalg_op(maker) is not None and linalg_op(reader) is not None:
                yield Finding(maker, reader, "fused", None)


def _cloned(question: Question, edge: Edge) -> Finding:
    if question.era.leaves_gathers and yields_an_extract(edge.maker):
        return Finding(edge.maker, edge.reader, "never-tried", "gather-left-outside", None, _LEFT_OUTSIDE)
    readers = {other.consumer for other in question.neighbourhood.edges_from[edge.producer]}
    code = "dequant-multi-use" if len(readers) > 1 else None
    reader = linalg_op(edge.reader)
    is_kept = question.era.may_keep_dequantization_apart and reader is not None and reader.is_contraction
    sentence = f"it is cloned into each dispatch that reads it{_BUT_ON_CPU if is_kept and is_bit_extend_op(edge.maker) else ''}"
    return Finding(edge.maker, edge.reader, "cloned", code, None, sentence)


_LEFT_OUTSIDE = "formation leaves an op that only gathers elements outside of dispatches, and afterwards it gets one of its own"
_BUT_ON_CPU = "; on a CPU a contraction takes it only with `--iree-dispatch-creation-block-matmul-producer-fusion=false`"


def _judged(question: Question, edge: Edge) -> Finding:
    plain = question.plain
    if plain.are_together(edge.maker, edge.reader):
        return Finding(edge.maker, edge.reader, "fused", None)
    aggressive = question.aggressive
    lifted = not question.options.aggressive and aggressive.are_together(edge.maker, edge.reader)
    lifted = lifted and not (question.era.moves_root_to_consumer and edge.reader.dialect == "iree_linalg_ext")
    first = plain.verdict(edge.maker, edge.reader)
    second = aggressive.verdict(edge.maker, edge.reader)
    reason = deciding_reason(first, None if lifted else second)
    code = blocker_of(Refusal(edge, reason, lifted))
    sides = reason.disagreement if reason is not None else ()
    sentence = reason.sentence if reason is not None else _never_tried(question, edge)
    outcome = "refused" if reason is not None else "never-tried"
    before = elementwise_fusion.become_one(*(plain.copy_of.get(op, op) for op in (edge.maker, edge.reader)))
    return Finding(edge.maker, edge.reader, outcome, code, reason, sentence, sides, (), lifted, before)


def _never_tried(question: Question, edge: Edge) -> str:
    root = edge.consumer.op
    name = f"that of {root.name}" if root is not edge.reader else "its own"
    return f"{edge.reader.name} had its dispatch, {name}, before the two were looked at"


def _alone(piece: Piece) -> Iterator[Finding]:
    found = linalg_op(piece.op)
    if found is not None and found.is_pure_transpose:
        sentence = "nothing that computes stands before or behind this transpose, so it needs a dispatch of its own"
        yield Finding(piece.op, None, "no-edge", "transpose-at-edge", None, sentence)
