"""Slices of what an op reads, in front of it."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch_lens.ir import types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import generic, sizes
from dispatch_lens.rewrites.draft import Draft

Listed = Iterable[Size | str]


def taken(
    draft: Draft, at: Op, of: generic.Argument, made: types.TensorType, offsets: Listed, lengths: Listed, strides: Listed
) -> generic.Argument:
    """The slice, a `made`, of an operand, with a line in front of `at` that takes it."""
    name = draft.fresh("slice")
    lists = f"{sizes.listed(offsets)} {sizes.listed(lengths)} {sizes.listed(strides)}"
    draft.insert_before(at, [f"{name} = tensor.extract_slice {of.name}{lists} : {of.type} to {made}"])
    return generic.Argument(name, made, of.map)
