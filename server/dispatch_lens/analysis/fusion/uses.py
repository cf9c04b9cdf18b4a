"""Which uses of a value are considered for fusing a consumer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dispatch_lens.analysis.fusion.eras import Era, Options
from dispatch_lens.analysis.fusion.reasons import Reason, refuse
from dispatch_lens.analysis.fusion.scope import Scope, uses_of
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand

_LEAVES = ("return", ".export", "compute_barrier.end")


def get_fusable_uses(op: Op, scope: Scope, era: Era, options: Options) -> Mapping[Op, Sequence[Operand]] | Reason:
    """The uses by consumer, in text order; a refusal where several ops read it and mode is plain.

    FormDispatchRegions.cpp:getFusableUses, since 3.6. From 3.9 on only those in the op's own block. Uses by tensor.dim do
    not count; up to 3.11 two uses by one op are two.
    """
    uses = [use for use in uses_of(op) if use.op.name != "tensor.dim"]
    consumers = dict.fromkeys(use.op for use in uses)
    if not options.aggressive and len(consumers if era.fuses_multi_use_producers else uses) != 1:
        return _several("get_fusable_uses", op, tuple(consumers))
    found: dict[Op, list[Operand]] = {}
    for use in _sorted_by_dominance(uses):
        if era.fuses_across_blocks or scope.holds(use.op):
            found.setdefault(use.op, []).append(use)
    if uses and not found:
        sentence = f"{uses[0].op.name} is in another block than {op.name}"
        return refuse("get_fusable_uses", sentence, "different-block", uses[0])
    return found


def dominating_use(op: Op, options: Options) -> Operand | Reason:
    """The use whose owner dominates all others, and in plain mode the only one. getFusableUse, up to 3.8."""
    uses = [use for use in uses_of(op) if use.op.name != "tensor.dim"]
    if not options.aggressive and len(uses) != 1:
        return _several("get_fusable_use", op, tuple(dict.fromkeys(use.op for use in uses)))
    first = next((use for use in uses if all(_dominates(use.op, other.op) for other in uses)), None)
    if first is None:
        return refuse("get_fusable_use", f"no reader of {op.name} comes before all others", "different-block")
    return first


def _sorted_by_dominance(uses: Sequence[Operand]) -> list[Operand]:
    """The uses sorted as the compiler's sort does: two that do not dominate each other may stay in use-list order."""
    found: list[Operand] = []
    for use in uses:
        at = 0 if found and _comes_before(use, found[0]) else len(found)
        while at and _comes_before(use, found[at - 1]):
            at -= 1
        found.insert(at, use)
    return found


def _comes_before(first: Operand, second: Operand) -> bool:
    return first.op is not second.op and _dominates(first.op, second.op)


def _dominates(first: Op, second: Op) -> bool:
    """Whether `first` is `second`, holds it, or stands before it in the block of one of its ancestors."""
    around: Op | None = second
    while around is not None and around.block is not first.block:
        around = around.parent
    return around is not None and first.index <= around.index


def _several(predicate: str, op: Op, consumers: Sequence[Op]) -> Reason:
    if not consumers:
        return refuse(predicate, f"nothing reads the result of {op.name}", None, None, (), (("producer", op),))
    blocker = _blocker(consumers)
    places = tuple(("reader", consumer) for consumer in consumers)
    who = f"{len(consumers)} ops read" if len(consumers) > 1 else f"{consumers[0].name} reads more than once"
    sentence = f"{who} the result of {op.name}, and only aggressive fusion looks at such a value"
    return refuse(predicate, sentence, blocker, None, (), (("producer", op), *places))


def _blocker(consumers: Sequence[Op]) -> str:
    names = [consumer.name for consumer in consumers]
    if any(name.endswith(".trace") for name in names):
        return "tensor-trace"
    return "producer-also-returned" if any(name.endswith(_LEAVES) for name in names) else "multi-use-producer"
