"""Hover of a type: its shape in words and its bytes."""

from __future__ import annotations

import re

from dispatch_lens.features.graph import size
from dispatch_lens.ir import flow, type_parser, type_sizes, types

_ELEMENT = re.compile(r"index|[su]?i\d+|b?f\d+\w*|tf32")


def words(of: types.Type) -> str:
    """`3-D tensor of 4 x 8 x 16 f32, 2.0 kB` for a shaped type; empty where there is nothing to add."""
    dispatched = flow.dispatch_tensor(of)
    inner = dispatched.tensor if dispatched is not None else types.shaped(of)
    if inner is None:
        bits = type_sizes.element_bits(of)
        return f"{bits} bits" if bits is not None else ""
    noun = type(inner).__name__.removesuffix("Type").lower()
    access = f"{dispatched.access} " if dispatched is not None else ""
    if inner.shape is None:
        return f"{access}{noun} of unknown rank, {inner.element}"
    dims = " x ".join("?" if dim is None else str(dim) for dim in inner.shape)
    shape = f"{len(inner.shape)}-D {noun} of {dims} {inner.element}" if inner.shape else f"0-D {noun} of one {inner.element}"
    count = type_sizes.num_elements(inner)
    amount = f", {count} elements, {size(type_sizes.bytes_of(inner))}" if count is not None else ", dynamic"
    return f"{access}{shape}{amount}"


def markdown(of: types.Type) -> str:
    """The hover of a type."""
    told = words(of)
    return f"```mlir\n{of}\n```" + (f"\n\n{told}" if told else "")


def element(text: str) -> str | None:
    """The hover of `f32`, `i8`, `index` …; None for another word."""
    bits = type_sizes.element_bits(type_parser.parse_type(text)) if _ELEMENT.fullmatch(text) else None
    return f"`{text}`: {bits} bits" if bits is not None else None
