"""Remarks on pairs of ops that are in two dispatches, or will be, and could be in one: what `analysis` finds, in words.

Each rule names the obstacles that are its own, so that one obstacle is told once. The words for dispatches that the text
has formed are the rule's; those for ops without dispatches are here.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import TYPE_CHECKING, TypeAlias

from dispatch_lens.flags.version import Version
from dispatch_lens.ir import flow
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice
from dispatch_lens.rules.rule import Certainty, Context, Related, Remark

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding
    from dispatch_lens.analysis.blockers.remedies import Remedy

Words: TypeAlias = "Callable[[Context, Finding, Op], str]"
"""The message on two formed dispatches, by the op that reads."""


def remarks(context: Context, rule: str, blockers: Collection[str], words: Words) -> Iterator[Remark]:
    """A remark for each op that one of these obstacles keeps apart from its readers, where a remedy is known."""
    if not context.findings:
        return
    from dispatch_lens.analysis.blockers.remedies import remedy_for, since

    reported: set[Op] = set()
    for found in context.findings:
        if found.blocker not in blockers or found.consumer is None or found.producer in reported:
            continue
        remedy = remedy_for(found, context.version, context.target)
        if not _is_worth_telling(context, remedy):
            continue
        reported.add(found.producer)
        place = _place(found, found.consumer)
        yield Remark(
            rule,
            context.place(place),
            words(context, found, found.consumer) if context.is_formed else _message(found, found.consumer),
            reason(found),
            suggestion(remedy, since(found, context.oldest, context.version, context.target)),
            _certainty(context, found, remedy),
            tuple(related for related in _related(context, found) if related.range != context.place(place)),
        )


def _certainty(context: Context, found: Finding, remedy: Remedy) -> Certainty:
    """Where insert_slices are seen, whether the program had a concat for them is not known."""
    from dispatch_lens.analysis.blockers.remedies import surely_joins

    if not surely_joins(remedy) or not context.is_certain(found):
        return Certainty.POSSIBLE
    if found.blocker == "concat-between" and found.consumer is not None and found.consumer.name == "tensor.insert_slice":
        return Certainty.POSSIBLE
    return Certainty.PREDICTED if found.outcome == "refused" or context.is_formed else Certainty.POSSIBLE


def _is_worth_telling(context: Context, remedy: Remedy) -> bool:
    """Whether something can be done, or is known against what could be; of formed dispatches also that nothing helps."""
    if remedy.kind == "unknown":
        return remedy.says_why and (context.is_formed or bool(remedy.options))
    return remedy.kind in ("option", "rewrite")


def reason(found: Finding) -> str:
    """The predicate that refuses, what it says, and what disagrees."""
    by = f"`{found.reason.predicate}` refuses: " if found.reason is not None else ""
    sides = "".join(f"; {_named(found, side.what)} `{side.text}`" for side in found.disagreement)
    return f"{by}{found.sentence}{sides}"


def _named(found: Finding, what: str) -> str:
    """What a side is, by the op's name in place of its role."""
    ends = (("producer's", found.producer), ("consumer's", found.consumer))
    named = ((role, op) for role, op in ends if op is not None and what.startswith(role))
    return next((f"`{op.name}`'s{what.removeprefix(role)}" for role, op in named), what)


def suggestion(remedy: Remedy, since: Version | None = None) -> str:
    """What to do, with the release that brought the options and what is known against them."""
    options = f"`{' '.join(remedy.options)}`"
    text = remedy.text if since is None else remedy.text.replace(options, f"{options} (from {since.label} on)", 1)
    return text + (f" (known risk: {remedy.risk})" if remedy.risk else "")


def other_readers(found: Finding) -> tuple[Op, ...]:
    """The ops that read the producer's result beside the consumer; those in another formed dispatch as that dispatch."""
    own = flow.dispatch_region(found.producer.parent) if found.producer.parent is not None else None
    results = found.producer.results
    if own is not None:
        results = [made for made, yielded in zip(own.op.results, own.yielded) if yielded.op is found.producer]
    home = found.consumer.parent if found.consumer is not None else None
    readers = (user if user.parent is home else _dispatch_around(user) for value in results for user in value.users)
    passed_on = (*found.between, found.consumer, home)
    return tuple(dict.fromkeys(op for op in readers if op not in passed_on and op.name != "tensor.dim"))


def _dispatch_around(op: Op) -> Op:
    return next((holder for holder in op.ancestors() if holder.name == "flow.dispatch.region"), op)


_BESIDE = "horizontal-siblings"


def _place(found: Finding, consumer: Op) -> Op:
    """The op that would fall away, else the one that reads."""
    if _moves_data(found) or found.blocker == "data-tiled-contraction":
        return found.producer
    return found.between[0] if found.between else consumer


def _moves_data(found: Finding) -> bool:
    return (found.blocker or "").startswith(("transpose-", "pad-")) and found.blocker != "transpose-formed-apart"


def _message(found: Finding, consumer: Op) -> str:
    maker, reader = f"`{found.producer.name}`", f"`{consumer.name}`"
    if found.blocker == _BESIDE:
        return f"{reader} reads the tensor that {maker} reads, and the two will be two dispatches"
    if found.blocker == "concat-between":
        return of_concat(consumer)
    if _moves_data(found):
        what = "padding" if found.producer.name == "tensor.pad" else "transpose"
        return f"this {what} will be a step of its own before {reader}"
    if found.between:
        return f"{advice.listed(found.between)} will stand between two dispatches, {maker} and {reader}"
    return f"{reader} will be a dispatch of its own, apart from {maker}"


def of_concat(op: Op) -> str:
    """What a concat costs: by the op itself, or by the first of the insert_slices that do the same."""
    what = "this concat copies" if op.name == "tensor.concat" else "what begins here copies"
    return f"{what} each of the tensors that it joins, in a step of its own"


def _related(context: Context, found: Finding) -> Iterator[Related]:
    beside = found.blocker == _BESIDE
    yield advice.related(context, found.producer, "reads the same tensor" if beside else "makes the tensor")
    if found.consumer is not None:
        yield advice.related(context, found.consumer, "reads the tensor")
    yield from (advice.related(context, op, "stands between the two") for op in found.between)
    if not beside:
        yield from (advice.related(context, op, "reads the tensor as well") for op in other_readers(found)[:_MOST_READERS])


_MOST_READERS = 4
