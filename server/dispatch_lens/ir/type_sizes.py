"""How many elements, bits and bytes a value of a type takes; None where the type does not tell."""

from __future__ import annotations

from functools import lru_cache
from math import prod

from dispatch_lens.ir.types import (
    ComplexType,
    FloatType,
    IndexType,
    IntegerType,
    MemRefType,
    ShapedType,
    TensorType,
    Type,
    VectorType,
    shaped,
)


def element_bits(of: Type) -> int | None:
    """Bits of one value: of the type, or of its element where it is shaped. Index counts 64, as IREE lowers it."""
    match of:
        case IntegerType(width) | FloatType(_, width):
            return width
        case IndexType():
            return 64
        case ComplexType(element):
            bits = element_bits(element)
            return None if bits is None else 2 * bits
        case _:
            inner = shaped(of)
            return None if inner is None else _element_bits_of(inner)


def storage_bytes(of: Type) -> int | None:
    """Bytes that one value takes when stored alone: i1 takes 1, i24 takes 4. IREE's getRoundedElementByteWidth."""
    bits = element_bits(of)
    return None if bits is None else 1 << max(0, (bits + 7) // 8 - 1).bit_length()


def num_elements(of: Type) -> int | None:
    """The product of the dims; None where one is dynamic or scalable, or where the type has no shape."""
    inner = shaped(of)
    if inner is None or inner.shape is None or None in inner.shape:
        return None
    if isinstance(inner, VectorType) and any(inner.scalable):
        return None
    return prod(d for d in inner.shape if d is not None)


@lru_cache(maxsize=4096)
def bytes_of(of: Type) -> int | None:
    """Bytes of a value in memory: scalars as `storage_bytes`, shaped types dense; 2- and 4-bit elements are packed."""
    inner = shaped(of)
    if inner is None:
        return storage_bytes(of)
    count, bits, each = num_elements(inner), element_bits(inner), storage_bytes(inner)
    if count is None or bits is None or each is None:
        return None
    if isinstance(inner.element, VectorType):
        lanes = bytes_of(inner.element)
        return None if lanes is None else count * lanes
    return (count * bits + 7) // 8 if bits in (2, 4) else count * each


def _element_bits_of(inner: ShapedType) -> int | None:
    return None if isinstance(inner.element, (TensorType, MemRefType)) else element_bits(inner.element)
