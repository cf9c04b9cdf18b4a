"""Def-use helpers: what an op reads and who reads it, over regions, and the paths between two ops.

An op with regions reads what any op inside it reads from outside (`captured`); a value that an op inside a region reads
counts, in the block around it, as read by the op that holds the region.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value

Path = tuple[Op, ...]
"""The ops strictly between a producer and a consumer, in the order of the data."""


def read_values(op: Op) -> tuple[Value, ...]:
    """The distinct values that the op or an op inside it reads and that are defined outside it, in text order."""
    return tuple([value for value in dict.fromkeys(_read_in(op)) if not _is_inside(value, op)])


def read_inside(op: Op) -> tuple[Value, ...]:
    """The distinct values that ops inside the op read and that are defined outside it, in text order."""
    if all(region.like is not None for region in op.regions):
        return tuple(dict.fromkeys(_read_inside(op)))
    return tuple([value for value in dict.fromkeys(_read_inside(op)) if not _is_inside(value, op)])


def captured(op: Op) -> tuple[Value, ...]:
    """The values that only ops inside the op read from outside it."""
    own = {operand.value for operand in op.operands}
    return tuple(value for value in read_values(op) if value not in own)


def producers(op: Op) -> tuple[Op, ...]:
    """The distinct ops whose results the op reads, regions included."""
    return tuple(dict.fromkeys(value.op for value in read_values(op) if value.op is not None))


def consumers(op: Op) -> tuple[Op, ...]:
    """The distinct ops of the op's own block that read its results, themselves or inside their regions."""
    found: dict[Op, None] = {}
    for value in op.results:
        found.update((user, None) for user in value_consumers(value))
    return tuple(found)


def value_consumers(value: Value) -> tuple[Op, ...]:
    """The distinct ops of the value's block that read it, themselves or inside their regions."""
    block = defining_block(value)
    lifted = (ancestor_in(block, user) for user in value.users)
    return tuple(dict.fromkeys(op for op in lifted if op is not None))


def before(value: Value, passes_on: Callable[[Op], bool]) -> Value:
    """The value before a chain of ops that pass their first operand on; a text may run in a circle, where it ends."""
    passed: set[Op] = set()
    while (op := value.op) is not None and op not in passed and op.operands and passes_on(op):
        passed.add(op)
        value = op.operands[0].value
    return value


def defining_block(value: Value) -> Block | None:
    """The block that the value belongs to; None for a free value, and for a result at the top of the text."""
    return value.op.block if value.op is not None else value.block


def ancestor_in(block: Block | None, op: Op) -> Op | None:
    """The op of `block` that is `op` or holds it; for no block the op at the top of the text."""
    around: Op | None = op
    while around is not None and around.block is not block:
        around = around.parent
    return around


def paths(producer: Op, consumer: Op, passes: Callable[[Op], bool]) -> tuple[Path, ...]:
    """Every def-use path between two ops of one block on which all ops between them satisfy `passes`."""
    return tuple(_paths(producer, consumer, passes, ()))


def reached(value: Value, passes: Callable[[Op], bool]) -> tuple[tuple[Op, Path], ...]:
    """The consumers that the value reaches through ops that satisfy `passes`, each with the first path that does."""
    found: dict[Op, Path] = {}
    work: list[tuple[Value, Path]] = [(value, ())]
    seen: set[Op] = set()
    while work:
        at, path = work.pop(0)
        for consumer in value_consumers(at):
            if not passes(consumer):
                found.setdefault(consumer, path)
            elif consumer not in seen:
                seen.add(consumer)
                work += [(result, (*path, consumer)) for result in consumer.results]
    return tuple(found.items())


def is_view_like(op: Op) -> bool:
    """Whether the op only gives the same elements another type or shape: reshapes, casts, barriers."""
    return op.name in _VIEW_LIKE


_VIEW_LIKE = frozenset(
    {
        "tensor.expand_shape",
        "tensor.collapse_shape",
        "tensor.reshape",
        "tensor.cast",
        "tensor.bitcast",
        "flow.tensor.reshape",
        "flow.tensor.bitcast",
        "flow.tensor.tie_shape",
        "iree_tensor_ext.bitcast",
        "iree_tensor_ext.compute_barrier.start",
        "iree_tensor_ext.compute_barrier.end",
        "hal.tensor.barrier",
        "util.optimization_barrier",
    }
)


def _read_in(op: Op) -> Iterator[Value]:
    """The values that the op, or an op inside it, reads."""
    yield from [operand.value for operand in op.operands]
    yield from _read_inside(op)


def _read_inside(op: Op) -> Iterator[Value]:
    for region in op.regions:
        if region.like is not None:
            yield from region.like.captured
            continue
        for block in region.blocks:
            for inner in block.ops:
                yield from _read_in(inner)


def _is_inside(value: Value, op: Op) -> bool:
    if value.block is not None:
        holder = value.block.region.op
        return holder is op or op.encloses(holder)
    return value.op is not None and op.encloses(value.op)


def _paths(at: Op, consumer: Op, passes: Callable[[Op], bool], path: Path) -> Iterator[Path]:
    for user in consumers(at):
        if user is consumer:
            yield path
        elif passes(user) and user not in path:
            yield from _paths(user, consumer, passes, (*path, user))
