"""Which ops the elementwise fusion that runs before formation makes one generic, as far as the text as it stands tells.

Mirrors areFusableAsElementwiseOps in DispatchCreation/FusionUtils.cpp and the conditions of MLIR's own pattern. Named ops
count as the generics that they become; a contraction stays named, and two equal operands count as one. Reshapes that move
first are not followed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.ir import affine, linalg, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import IntegerType, TensorType
from dispatch_lens.ir.value import Operand

_MOST_OPERANDS = 16


def are_fusable_as_elementwise_ops(use: Operand) -> bool:
    """Whether the maker of the operand and the op that reads it become one generic by this use."""
    maker = use.value.op
    producer, consumer = linalg_op(maker) if maker is not None else None, linalg_op(use.op)
    if producer is None or consumer is None or use not in consumer.ins or not _become_generics(producer, consumer):
        return False
    used, made = consumer.map_of(use), producer.result_map(use.value.index)
    if used is None or not producer.is_all_parallel or len(used.results) != producer.num_loops or not made.is_permutation:
        return False
    return _has_room(producer, consumer) and _is_wanted(use, producer, consumer, used)


def become_one(maker: Op, reader: Op) -> bool:
    """Whether the two become one generic by some use of the one by the other."""
    return any(use.value.op is maker and are_fusable_as_elementwise_ops(use) for use in reader.operands)


def merged_with(op: Op) -> frozenset[Op]:
    """The op and all that elementwise fusion joins to it, along any number of edges."""
    return _merged(op).ops


def merged_with_readers(op: Op, at_once: Collection[str]) -> frozenset[Op]:
    """The op and the readers that become one generic of several results with it, one after the other.

    FuseMultiUseElementwiseProducer.cpp: a reader joins where it reads the value before anybody else does. `at_once` names
    the ops that read what a reader makes as soon as it is made, wherever they stand.
    """
    return frozenset((op, *(reader for reader, _ in _joining(op, at_once))))


def each_merged_with_readers(ops: Iterable[Op], at_once: Collection[str]) -> Iterator[frozenset[Op]]:
    """The same of each of the ops, in text order, but of those whose readers are told with an earlier one."""
    told: set[Op] = set()
    for op in ops:
        if op not in told:
            joining = tuple(_joining(op, at_once))
            told.update(reader for reader, is_only in joining if is_only)
            yield frozenset((op, *(reader for reader, _ in joining)))


def _joining(op: Op, at_once: Collection[str]) -> Iterator[tuple[Op, bool]]:
    """The readers that join, and of each whether all that would join it comes to this op too: no other reader waits meanwhile."""
    joined = {op}
    readers = _readers(op)
    while readers:
        reader = min(readers, key=lambda each: each.frame.start)
        if not _are_alike(op, reader):
            return
        joined.add(reader)
        further = _readers(reader)
        if any(user.name in at_once for user in further):
            yield reader, False
            return
        yield reader, len(readers) == 1
        readers = (readers | further) - joined


def _readers(op: Op) -> set[Op]:
    return {user for result in op.results for user in result.users if user.name != "tensor.dim"}


@dataclass(frozen=True, eq=False)
class _Merged:
    """Ops that elementwise fusion makes one, and whether all of them are parallel: no op that reduces takes them in before."""

    ops: frozenset[Op]
    is_parallel: bool


def _merged(op: Op) -> _Merged:
    """What the op is merged into: found once for all the ops of it, and kept with the function."""
    *_, outermost = op, *op.ancestors()
    known = outermost.once(_nothing_merged)
    if op not in known:
        found, pending = {op}, [op]
        while pending:
            more = [other for other in _neighbours(pending.pop()) if other not in found]
            found.update(more)
            pending += more
        is_parallel = all((one := linalg_op(each)) is not None and one.is_all_parallel for each in found)
        known.update(dict.fromkeys(found, _Merged(frozenset(found), is_parallel)))
    return known[op]


def _nothing_merged(_: Op) -> dict[Op, _Merged]:
    return {}


def _are_alike(op: Op, reader: Op) -> bool:
    """Whether the two are elementwise, work on one iteration space, and widen no elements."""
    producer, consumer = linalg_op(op), linalg_op(reader)
    if producer is None or consumer is None or op.name == "linalg.fill":
        return False
    if not (producer.is_elementwise and consumer.is_elementwise) or producer.num_loops != consumer.num_loops:
        return False
    widens = op_kinds.is_bit_extend_op(op) or op_kinds.is_bit_extend_op(reader)
    return op.block is reader.block and not widens and _merged(op).is_parallel and _merged(reader).is_parallel


def _neighbours(op: Op) -> Iterator[Op]:
    for use in op.operands:
        if use.value.op is not None and are_fusable_as_elementwise_ops(use):
            yield use.value.op
    for result in op.results:
        yield from (use.op for use in result.uses if are_fusable_as_elementwise_ops(use))


def _become_generics(producer: linalg.StructuredOp, consumer: linalg.StructuredOp) -> bool:
    return producer.op.name != "linalg.fill" and (consumer.is_generic or not consumer.is_contraction)


def _has_room(producer: linalg.StructuredOp, consumer: linalg.StructuredOp) -> bool:
    values = {o.value for o in producer.operands} | {o.value for o in consumer.operands if o.value.op is not producer.op}
    return len(values) < _MOST_OPERANDS


def _is_wanted(use: Operand, producer: linalg.StructuredOp, consumer: linalg.StructuredOp, used: affine.AffineMap) -> bool:
    if all(_is_boolean(result.type) for result in producer.op.results) or producer.only_yields_input:
        return True
    if consumer.is_all_parallel and producer.payload is not None and not any(a.uses for a in producer.payload.arguments):
        return True
    if len(set(use.value.users)) != 1 or _only_broadcasts(consumer):
        return False
    if op_kinds.is_bit_extend_op(consumer.op) and len(list(uses.consumers(consumer.op))) != 1:
        return False
    if op_kinds.is_bit_truncate_op(producer.op) and not _may_follow_truncate(consumer):
        return False
    return consumer.is_all_parallel or (used.is_permutation and not consumer.is_contraction and not consumer.is_convolution)


def _may_follow_truncate(consumer: linalg.StructuredOp) -> bool:
    if op_kinds.is_bit_extend_op(consumer.op):
        return False
    return op_kinds.is_bit_truncate_op(consumer.op) or (consumer.is_all_parallel and len(consumer.ins) == 1)


def _only_broadcasts(consumer: linalg.StructuredOp) -> bool:
    return consumer.only_yields_input and len(consumer.in_maps[0].results) < len(consumer.result_map().results)


def _is_boolean(type_: object) -> bool:
    return isinstance(type_, TensorType) and type_.element == IntegerType(1)
