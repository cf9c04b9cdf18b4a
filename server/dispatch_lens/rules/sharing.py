"""Questions that several rules ask about two neighbouring dispatches: who else reads a tensor, could two loop nests be one.

Once dispatches are outlined, their bodies work on collapsed dims, and what stood between two of them when they were
formed is not to be seen any more.
"""

from __future__ import annotations

import math

from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import linalg, types, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rules.rule import Context


def readers(value: Value) -> tuple[Op, ...]:
    """The ops around dispatches that read the tensor, a return among them; what only asks its size is none."""
    return tuple(op for op in uses.value_consumers(value) if op.name != "tensor.dim")


def other_readers(link: Link) -> tuple[Op, ...]:
    """The ops that read the tensor, or what a reshape on the way to the consumer makes of it, beside the consumer."""
    way = {link.consumer.op, *link.edge.via}
    values = [link.edge.value, *(result for op in link.edge.via for result in op.results)]
    return tuple(dict.fromkeys(op for value in values for op in readers(value) if op not in way))


def is_fusable_read(link: Link) -> bool:
    """Whether the consumer is elementwise and reads each element of the tensor once: no broadcast, gather, slice or window.

    False where the text does not show the reading op.
    """
    if link.consumer.kind not in ("elementwise", "transpose") or link.use is None:
        return False
    read = linalg.structured(link.use.op)
    used = read.map_of(link.use) if read is not None else None
    if read is None or used is None or not read.is_all_parallel or _elements(link.use.value) != _elements(link.edge.value):
        return False
    return used.is_permutation or len(used.used_dims) == _non_unit_loops(read)


def waits_for_another(context: Context, link: Link) -> bool:
    """Whether the consumer also reads a dispatch that comes later than the producer: it is fused there, or nowhere."""
    return any(other.producer.ordinal > link.producer.ordinal for other in context.links_to(link.consumer))


def leads_with_result_dims(op: linalg.StructuredOp) -> bool:
    """Whether the result's dims are the op's first loops, in order: `(d0, d1, d2) -> (d0, d1)`."""
    dims = op.result_map().result_dims
    return dims == tuple(range(len(dims)))


def _elements(value: Value) -> int | None:
    """How many elements the tensor has; None where that is not known."""
    sizes = value.type.shape if isinstance(value.type, types.TensorType) else None
    return None if sizes is None or None in sizes else math.prod(size or 0 for size in sizes)


def _non_unit_loops(op: linalg.StructuredOp) -> int:
    return sum(size != 1 for size in op.static_loop_ranges)
