"""Remarks on ops whose dispatches are not formed yet: pairs that the release will leave apart, with the predicate that refuses.

Each rule names the obstacles that are its own. Passes that run before formation are known as far as `analysis` knows them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice
from dispatch_lens.rules.rule import Certainty, Context, Remark

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding
    from dispatch_lens.analysis.blockers.remedies import Remedy


def remarks(context: Context, rule: str, blockers: Collection[str]) -> Iterator[Remark]:
    """A remark for each op that one of these obstacles keeps apart from a neighbour, and for which a remedy is known."""
    if not context.forecast:
        return
    from dispatch_lens.analysis.blockers.remedies import remedy_for

    reported: set[Op] = set()
    for found in context.forecast:
        consumer, place = found.consumer, _place(found)
        if found.blocker not in blockers or consumer is None or found.producer in reported or place is None:
            continue
        remedy = remedy_for(found, context.version, context.target)
        if not remedy.text or remedy.kind in ("by-design", "none-needed"):
            continue
        reported.add(found.producer)
        yield Remark(
            rule,
            context.place(place),
            _message(found, consumer),
            _reason(found),
            _suggestion(remedy),
            Certainty.PREDICTED if found.outcome == "refused" else Certainty.POSSIBLE,
            tuple(advice.related(context, op, role) for op, role in _ends(found, consumer) if op is not place),
        )


_BESIDE = "horizontal-siblings"


def _place(found: Finding) -> Op | None:
    """The op that would fall away, else the one that reads."""
    if found.between:
        return found.between[0]
    return found.producer if _moves_data(found) else found.consumer


def _moves_data(found: Finding) -> bool:
    return (found.blocker or "").startswith(("transpose-", "pad-"))


def _message(found: Finding, consumer: Op) -> str:
    maker, reader = f"`{found.producer.name}`", f"`{consumer.name}`"
    if found.blocker == _BESIDE:
        return f"{reader} reads the tensor that {maker} reads, and the two will be two dispatches"
    if _moves_data(found):
        what = "padding" if found.producer.name == "tensor.pad" else "transpose"
        return f"this {what} will be a step of its own before {reader}"
    if found.between:
        return f"{advice.listed(found.between)} will stand between two dispatches, {maker} and {reader}"
    return f"{reader} will be a dispatch of its own, apart from {maker}"


def _reason(found: Finding) -> str:
    by = f"`{found.reason.predicate}` refuses: " if found.reason is not None else ""
    sides = "".join(f"; {side.what} `{side.text}`" for side in found.disagreement)
    return f"{by}{found.sentence}{sides}"


def _suggestion(remedy: Remedy) -> str:
    return remedy.text + (f" (known risk: {remedy.risk})" if remedy.risk else "")


def _ends(found: Finding, consumer: Op) -> Iterator[tuple[Op, str]]:
    yield found.producer, "reads the same tensor" if found.blocker == _BESIDE else "makes the tensor"
    yield consumer, "reads the tensor"
