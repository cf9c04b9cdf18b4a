"""Which obstacles between dispatches that a text has formed can be lifted, so that fewer are left.

The formed dispatches are looked at as the ops that they were made of. What aggressive fusion lifts is told where it
leaves fewer dispatches; of the other obstacles, those where the ops at both ends are such that lifting one helps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

from dispatch_lens.analysis.blockers import forecast, joins, pairs
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.blockers.remedies import remedy_for
from dispatch_lens.analysis.blockers.verdicts import REMEMBERED
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import tensor
from dispatch_lens.ir.module import Op


def missed(question: Question) -> tuple[Finding, ...]:
    """The findings of which this can be said, in text order of the producers; kept with the function's IR."""
    return _kept(question, None, lambda: _missed(question, pairs.findings(question)))


def missed_by(question: Question, blockers: tuple[str, ...]) -> tuple[Finding, ...]:
    """Those of `missed` with one of these obstacles; where they are few this asks for less."""
    return _kept(
        question, blockers, lambda: _missed(question, (one for one in pairs.findings(question) if one.blocker in blockers))
    )


def near_older(question: Question) -> tuple[Finding, ...]:
    """The pairs that the rules up to 3.8 may keep apart by the order of loops: these rules fuse them, or nearly."""
    return _kept(question, near_older, lambda: (one for one in pairs.findings(question) if _is_near_older(one)))


def lifts(question: Question, found: Finding, version: Version) -> bool:
    """Whether aggressive fusion joins the two by these rules too, which may be others than those of the finding."""
    pair = found.producer, found.consumer
    same = (one for one in pairs.findings(question) if (one.producer, one.consumer) == pair and one.is_apart)
    ours = (one for one in same if one.blocker in forecast.BY_AGGRESSIVE_FUSION and remedy_for(one, version).kind == "option")
    return any(one.consumer is not None and _joins(question).are_won(one.producer, one.consumer) for one in ours)


def _is_near_older(found: Finding) -> bool:
    return found.outcome == "fused" or found.blocker in _NEAR_OLDER


def _missed(question: Question, findings: Iterable[Finding]) -> Iterator[Finding]:
    told: set[object] = set()
    for found in findings:
        if found.outcome == "fused" and _become_one(question, found):
            yield _apart_in_the_text(found)
        code = found.blocker
        if code is None or not found.is_apart or found.consumer is None:
            continue
        if code in forecast.BY_AGGRESSIVE_FUSION:
            ends = _joins(question).ends(found.producer, found.consumer)
            if ends not in told and _joins(question).are_won(found.producer, found.consumer):
                told.add(ends)
                yield found
        elif code in _CAN_BE_LIFTED and _CAN_BE_LIFTED[code](found):
            yield replace(found, blocker=_BY_NOW.get(code, code), sentence=_WHERE_FORMED.get(code, found.sentence))


def _kept(question: Question, what: object, find: Callable[[], Iterator[Finding]]) -> tuple[Finding, ...]:
    """What was found before of the function: after an edit most functions are those of the reading before."""
    known = question.function.once(_found_before)
    key = (question.era, question.options, what)
    if key not in known:
        known[key] = tuple(find())
    return known[key]


def _found_before(_: Op) -> dict[object, tuple[Finding, ...]]:
    """What was found of a function, by the question: at first nothing."""
    return {}


@lru_cache(REMEMBERED)
def _joins(question: Question) -> joins.Joins:
    return joins.joins(question)


LOOP_MAPS = Version(1, (3, 9, 0))
"""The release from which the order of loops keeps nothing apart."""

BY_ORDER_OF_LOOPS = ("depthwise-nchw-then-elementwise", "loops-in-another-order")
"""What keeps ops apart by the rules before that only. A rewrite lifts it, which does no harm by newer rules."""

_NEAR_OLDER = ("conv-output-transposed", *BY_ORDER_OF_LOOPS)

_BY_NOW = {"transpose-into-matmul": "transpose-into-contraction"}
"""By code, the obstacle that it is where it still stands: a matmul's own form for a transposed operand was not taken."""

_WHERE_FORMED = {
    "collapse-between-root-and-elementwise": "the collapse stands between, and dispatches form of ops that read each other",
}
"""By code, the sentence where its own one speaks of what happens before dispatches form."""

FORMED_APART = ("formed-apart", "transpose-formed-apart")
"""Two formed dispatches that the rules make one."""


def _become_one(question: Question, found: Finding) -> bool:
    """Whether both dispatches of the text are one as a whole when they are formed anew, and nothing of them goes elsewhere."""
    pieces = [question.neighbourhood.piece_of(op) for op in (found.producer, found.consumer)]
    members = [op for piece in pieces if piece is not None and piece.kind == "region" for op in piece.members]
    plain = question.plain
    both = found.producer in members and found.consumer in members
    return both and all(plain.are_together(found.producer, op) for op in members if plain.has_dispatch(op))


def _apart_in_the_text(found: Finding) -> Finding:
    """Two formed dispatches that these rules make one: another release or other options kept them apart."""
    reader = linalg_op(found.consumer) if found.consumer is not None else None
    code = "transpose-formed-apart" if reader is not None and reader.is_pure_transpose else "formed-apart"
    sentence = "by these rules the two are one dispatch; another release or other options kept them apart"
    return replace(found, outcome="never-tried", blocker=code, sentence=sentence)


def _is_between_elementwise(found: Finding) -> bool:
    """The reader takes each element once, is the only one, and is in no dispatch of another op that does more."""
    reader = linalg_op(found.consumer) if found.consumer is not None else None
    alone = all(forecast.has_one_reader(op) for op in (found.producer, *found.between))
    return reader is not None and reader.is_elementwise and alone and not _follows_another(reader.op)


def _differs_in_order_alone(found: Finding) -> bool:
    """The reader also has no more loops than the producer, as those rules want it."""
    maker, reader = linalg_op(found.producer), linalg_op(found.consumer) if found.consumer is not None else None
    return _is_between_elementwise(found) and maker is not None and reader is not None and reader.num_loops <= maker.num_loops


def _follows_another(op: Op) -> bool:
    """Whether a contraction, convolution or reduction is in front of the op in its dispatch: that is what it was fused with."""
    around = op.parent
    before = around.regions[0].ops[: op.index] if around is not None and around.name == "flow.dispatch.region" else ()
    found = (linalg_op(each) for each in before)
    return any(each is not None and not each.is_all_parallel for each in found)


def _pads_as_it_is(found: Finding) -> bool:
    """The copy into the filled tensor would not move past a collapse_shape, and is read as it is, but for dims of size 1."""
    inserted = tensor.insert_slice(found.producer)
    between = [tensor.reshape(op) for op in found.between]
    if any(shape is None or not shape.only_touches_units for shape in between):
        return False
    return inserted is None or not forecast.moves_past_collapse(inserted.source.value, found.producer.results[0])


def _unpacked(found: Finding) -> bool:
    """Of a contraction's packs and its unpack the last, so that each contraction is told once."""
    return "mmt4d" in found.producer.name


def _always(found: Finding) -> bool:
    return True


_CAN_BE_LIFTED: Mapping[str, Callable[[Finding], bool]] = {
    **{code: stays for code, stays in forecast.STAYS.items() if code != "transpose-before-named-conv"},
    "pad-before-conv": _pads_as_it_is,
    "dequantization-before-contraction": _always,
    "data-tiled-contraction": _unpacked,
    "transpose-pad-conv": _always,
    "transpose-into-matmul": forecast.STAYS["transpose-into-contraction"],
    "unit-dim-reshape-between": _is_between_elementwise,
    "collapse-between-root-and-elementwise": _is_between_elementwise,
    "depthwise-nchw-then-elementwise": _is_between_elementwise,
    "loops-in-another-order": _differs_in_order_alone,
}
