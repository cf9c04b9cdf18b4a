"""Concats that cost a copy for each of their operands: by the op itself, and by the insert_slices that it has become."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.ir import tensor, types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value


def copies_what_is_computed(op: Op) -> bool:
    """Whether the op joins tensors that ops compute, along a dim that is not the outermost, so that none is one piece."""
    if (concat := tensor.concat(op)) is not None:
        values = [source.value for source in concat.sources]
        return len(values) > 1 and all(op_kinds.is_computed(value.op) and _lies_apart(value, op.results[0]) for value in values)
    chain = _chain_from(op)
    sources = [source for one in chain if (source := _source(one)) is not None]
    return len(chain) > 1 and all(
        op_kinds.is_computed(source.op) and _lies_apart(source, chain[-1].results[0]) for source in sources
    )


def _chain_from(first: Op) -> Sequence[Op]:
    """The insert_slices that fill one tensor, from the one that begins it; empty where `first` begins none."""
    begun = tensor.insert_slice(first)
    into = begun.dest.value.op if begun is not None and begun.dest is not None else None
    if into is None or into.name != "tensor.empty":
        return ()
    chain = [first]
    while (following := _next(chain[-1])) is not None and following not in chain:
        chain.append(following)
    return chain


def _next(op: Op) -> Op | None:
    users = [user for result in op.results for user in result.users]
    found = tensor.insert_slice(users[0]) if len(users) == 1 else None
    return found.op if found is not None and found.dest is not None and found.dest.value in op.results else None


def _source(op: Op) -> Value | None:
    found = tensor.insert_slice(op)
    return found.source.value if found is not None else None


def _lies_apart(part: Value, whole: Value) -> bool:
    """Whether the part is no one piece of the whole: a dim before the one that is shorter is not 1."""
    own, full = types.sizes(part.type), types.sizes(whole.type)
    shorter = next((dim for dim, (one, other) in enumerate(zip(own, full)) if one != other), None)
    return shorter is not None and any(size != 1 for size in own[:shorter])
