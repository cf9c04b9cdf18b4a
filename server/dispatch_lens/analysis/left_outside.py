"""Ops that formation left outside of dispatches and that become dispatches of their own later.

A slice that is one stretch of memory becomes a copy command, and any other is wrapped in a dispatch
(`isOffsetSizeAndStrideStructurallyMappableToFlow` in Flow/Conversion/TensorToFlow/Utils.cpp). What only dispatches
read is cloned into them, and a slice also into a slice that is wrapped; what something else reads as well is not.
"""

from __future__ import annotations

from collections.abc import Iterable

from dispatch_lens.analysis import kinds
from dispatch_lens.ir import flow, linalg, tensor
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Slice


def left_outside(ops: Iterable[Op]) -> tuple[Op, ...]:
    """Those among a function's own ops, in text order. None where formation, which leaves no contraction outside, is not done."""
    left = tuple(op for op in ops if _needs_dispatch(op))
    return () if any(kinds.op_kind(op) in kinds.HEAVY for op in left) else left


def _needs_dispatch(op: Op) -> bool:
    if op.name == "tensor.insert_slice":
        return _is_slow_insert(op)
    if op.name == "tensor.extract_slice":
        return _is_slow(tensor.extract_slice(op)) and not all(map(_is_slow_insert, _readers_outside(op)))
    return kinds.op_kind(op) is not None and bool(_readers_outside(op))


def _is_slow(found: Slice | None) -> bool:
    return found is not None and not _is_one_stretch(found)


def _is_slow_insert(op: Op) -> bool:
    return _is_slow(tensor.insert_slice(op))


def _is_one_stretch(found: Slice) -> bool:
    """Whether the elements lie side by side: from the last dim on whole dims, one that may be partial, then single elements."""
    shape = linalg.shape_of(found.source if found.dest is None else found.dest)
    if shape is None or len(found.offsets) != len(shape) or any(stride != 1 for stride in found.strides):
        return False
    dims = zip(found.offsets, found.sizes, shape)
    is_whole = [offset == 0 and length is not None and size == length for offset, size, length in dims]
    partial = next((dim for dim in reversed(range(len(shape))) if not is_whole[dim]), 0)
    return all(size == 1 for size in found.sizes[:partial])


def _readers_outside(op: Op) -> tuple[Op, ...]:
    """The readers that are in no dispatch."""
    readers = op.results[0].users if op.results else ()
    return tuple(one for one in readers if one.name != "tensor.dim" and not any(map(flow.is_dispatch, (one, *one.ancestors()))))
