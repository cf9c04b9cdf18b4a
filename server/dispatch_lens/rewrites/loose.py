"""Which ops must not stand loose in front of a formed dispatch that reads them.

Up to 3.8 the pass that forms dispatches looks for readers inside of formed ones too: it joins a loose op to one that does
elementwise work on what it makes, or writes into that, and one region then holds another, which no back end compiles.
"""

from __future__ import annotations

from dispatch_lens.ir import flow, linalg, tensor, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import regions

REASON = "an op would be loose in front of the dispatch that reads it: releases up to 3.8 join the two and compile neither"


def would_join(made: Value, given: Value) -> bool:
    """Whether the op that makes a value, were it loose, would join a formed dispatch that reads it as `given`."""
    readers = (reader for reader, _ in uses.reached(given, _is_reshape) if flow.dispatch_region(reader) is not None)
    inside = (use for reader in readers for op in reader.walk() for use in op.operands)
    return any(_joins(made, use) for use in inside if uses.before(use.value, _is_reshape) is given)


def joins_loose(op: Op) -> bool:
    """Whether a loose op that this one reads would join it, were it a dispatch."""
    read = ((uses.before(use.value, _is_reshape), use) for use in op.operands)
    return any(_is_loose(made) and _joins(made, use) for made, use in read)


def _joins(made: Value, use: Operand) -> bool:
    if made.op is None or not regions.fills_a_dispatch([made.op]):
        return False
    if made.type != use.value.type and not _meets_behind_reshapes(made.op, use):
        return False
    reader = linalg.structured(use.op)
    return regions.computes(use.op) if reader is None else reader.is_all_parallel or use in reader.inits


def _meets_behind_reshapes(maker: Op, use: Operand) -> bool:
    """Whether the compiler first moves the reshapes of an elementwise op away: it does so with expands and dims of size 1."""
    found = linalg.structured(maker)
    reshape = tensor.reshape(use.value.op) if use.value.op is not None else None
    if found is None or reshape is None or not found.is_all_parallel:
        return False
    return reshape.kind == "expand" or reshape.only_touches_units


def _is_loose(made: Value) -> bool:
    return made.op is not None and regions.around(made.op) is None


def _is_reshape(op: Op) -> bool:
    """A slice of everything is none, which the compiler erases."""
    is_whole = tensor.extract_slice(op) is not None and op.result_type(0) == op.operand_type(0)
    return is_whole or tensor.reshape(op) is not None
