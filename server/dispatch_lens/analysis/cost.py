"""Bytes and operations: what a value weighs, what an op computes, what a dispatch reads and writes.

Counts are of the program, not of a machine: no caches, no vectors. None wherever a size is dynamic or not stated.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod

from dispatch_lens.ir import flow, linalg, tensor, type_sizes, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value

Bytes = int | None
"""A number of bytes, None where a size is not known."""


def value_bytes(value: Value) -> Bytes:
    """Bytes of a value in memory."""
    return None if value.type is None else type_sizes.bytes_of(value.type)


def flops(ops: Iterable[Op]) -> int | None:
    """Arithmetic operations of structured ops together; moving data counts none."""
    return _total(op_flops(op) for op in ops)


def op_flops(op: Op) -> int | None:
    """Arithmetic operations of one op: iterations times operations in its body, casts, comparisons, selects aside."""
    found = linalg.structured(op)
    if found is None:
        return 0 if op.dialect == "tensor" or tensor.is_relayout(op) else None
    each = _body_flops(found)
    sizes = [size for size in found.static_loop_ranges if size is not None]
    return None if each is None or len(sizes) != found.num_loops else each * prod(sizes)


def region_traffic(op: Op, read: Iterable[Value]) -> tuple[Bytes, Bytes]:
    """Bytes that a `flow.dispatch.region` yields, and those of the values that it reads from around it.

    Empty tensors and fills are not read: the compiler makes them anew inside the dispatch.
    """
    inputs = [value for value in read if _is_read(value)]
    return _total(map(value_bytes, inputs)), _total(map(value_bytes, op.results))


def body_traffic(body: Block) -> tuple[Bytes, Bytes]:
    """Bytes that the body of an outlined dispatch loads and stores; None where it has no store of a tensor."""
    ops = [inner for op in body.ops for inner in op.walk_where(_moves)]
    loads = [load for op in ops if (load := flow.tensor_load(op)) is not None]
    stores = [store for op in ops if (store := flow.tensor_store(op)) is not None]
    if not stores:
        return None, None
    read = _total(_slice_bytes(load.sizes, load.tensor) for load in loads)
    return read, _total(_slice_bytes(store.sizes, store.tensor) for store in stores)


def _moves(op: Op) -> bool:
    return flow.tensor_load(op) is not None or flow.tensor_store(op) is not None


_ARITHMETIC = ("add", "sub", "mul", "div", "max", "min", "neg", "rem", "ceildiv", "floordiv")
_NAMED_BODY: dict[str, int] = {"mul_add": 2, "yield": 0, "softmax": 5}


def _body_flops(op: linalg.StructuredOp) -> int | None:
    if op.payload is not None:
        return sum(_is_arithmetic(inner) for inner in op.payload.ops)
    if op.named is None or op.named.body in ("given", "by_kind", "winograd", "random"):
        return 1 if op.is_elementwise else None
    return _NAMED_BODY.get(op.named.body, 0 if op.category == "fill" else 1)


def _is_arithmetic(op: Op) -> bool:
    return op.dialect in ("math", "complex") or op.name.removeprefix("arith.").startswith(_ARITHMETIC)


def _is_read(value: Value) -> bool:
    if not isinstance(value.type, types.TensorType):
        return False
    return value.op is None or not (tensor.is_empty(value.op) or value.op.name == "linalg.fill")


def _slice_bytes(sizes: Sequence[Size], of: types.TensorType | None) -> Bytes:
    numbers = [size for size in sizes if isinstance(size, int)]
    if of is None or len(numbers) != len(sizes):
        return None
    return type_sizes.bytes_of(types.TensorType(tuple(numbers), of.element))


def _total(parts: Iterable[int | None]) -> int | None:
    listed = list(parts)
    known = [part for part in listed if part is not None]
    return sum(known) if len(known) == len(listed) else None
