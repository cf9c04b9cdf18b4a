"""What slices, reshapes, casts and index lists of tensors ask of their types: where two places disagree.

The checks read an op's shape and the types of its operands alone. Where a size is not in the text nothing is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, pairwise

from dispatch_lens.counts import counted
from dispatch_lens.ir import index_lists, linalg, reading, tensor, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Op, Problem
from dispatch_lens.ir.value import Operand
from dispatch_lens.syntax.tree import Group, Item
from dispatch_lens.text import Range


def slices(op: Op) -> Iterator[Problem]:
    """Offsets, sizes and strides against the larger tensor, sizes against the smaller one."""
    found = tensor.extract_slice(op) or tensor.insert_slice(op)
    if found is None:
        return
    larger = found.source if found.dest is None else found.dest
    outer = tensor.tensor_type(larger)
    inner = tensor.result_tensor_type(op) if found.dest is None else tensor.tensor_type(found.source)
    if outer is None or inner is None or outer.shape is None or inner.shape is None:
        return
    lists = {"offsets": found.offsets, "sizes": found.sizes, "strides": found.strides}
    for words, sizes in lists.items():
        if len(sizes) != len(outer.shape):
            message = f"{len(sizes)} {words}, `{larger.value.name}` has rank {len(outer.shape)}"
            yield Problem(op.name_range, message, _typed(larger, outer))
            return
    yield from _bounds(op, found, larger, outer.shape)
    if tensor.kept_dims(found.sizes, inner.shape) is None:
        related = _typed(found.source, inner) if found.dest is not None else ()
        message = f"the sizes {_listed(found.sizes)} make no `{inner}`, nor with dims of size 1 left out"
        yield Problem(op.name_range, message, related)


def _bounds(op: Op, found: tensor.Slice, larger: Operand, shape: types.Shape) -> Iterator[Problem]:
    for dim, (length, offset, size, stride) in enumerate(zip(shape, found.offsets, found.sizes, found.strides)):
        if length is None or not isinstance(offset, int) or offset < 0:
            continue
        last = offset + (size - 1) * stride if isinstance(size, int) and isinstance(stride, int) and size > 0 else offset
        if max(offset, last) >= length and (size or not isinstance(size, int)):
            message = f"the slice reaches element {max(offset, last)} of dim {dim}, `{larger.value.name}` has {length} there"
            yield Problem(op.name_range, message, ((larger.range, f"dim {dim} has size {length}"),))
            return


def expanded_sizes(op: Op) -> Iterator[Problem]:
    """The sizes in `output_shape` against the type of the result."""
    sizes, made = index_lists.clause(op, "output_shape"), tensor.result_tensor_type(op)
    if op.name != "tensor.expand_shape" or sizes is None or made is None or made.shape is None:
        return
    if len(sizes) != len(made.shape):
        yield Problem(op.name_range, f"{len(sizes)} sizes in `output_shape`, the result has rank {len(made.shape)}")
        return
    for dim, (size, length) in enumerate(zip(sizes, made.shape)):
        if (size if isinstance(size, int) else None) != length:
            stated = size if isinstance(size, int) else "a value"
            wanted = "dynamic" if length is None else length
            yield Problem(op.name_range, f"`output_shape` gives {stated} for dim {dim}, which is {wanted} in the result's type")
            return


def casts(op: Op) -> Iterator[Problem]:
    """A `tensor.cast` between types that are not of one shape."""
    source = tensor.cast(op)
    given, made = tensor.tensor_type(source) if source is not None else None, tensor.result_tensor_type(op)
    if source is None or given is None or made is None:
        return
    if types.surely_differ(given.element, made.element) or not _may_be_one(given.shape, made.shape):
        yield Problem(op.name_range, f"a `{given}` cannot be cast to a `{made}`", _typed(source, given))


def _may_be_one(one: types.Shape | None, other: types.Shape | None) -> bool:
    if one is None or other is None:
        return True
    return len(one) == len(other) and all(a is None or b is None or a == b for a, b in zip(one, other))


def indices(op: Op) -> Iterator[Problem]:
    """As many indices as dims: `tensor.extract %t[%i, %j]`."""
    at = _INDEXED.get(op.name)
    if at is None or at >= len(op.operands) or op.is_in_generic_form:
        return
    of, lists = op.operands[at], index_lists.brackets(op)
    shape = linalg.shape_of(of)
    if shape is not None and len(lists) == 1 and len(lists[0]) != len(shape):
        given = f"{len(lists[0])} {'index' if len(lists[0]) == 1 else 'indices'}"
        related = _typed(of, linalg.type_of(of))
        yield Problem(op.name_range, f"{given}, `{of.value.name}` has rank {len(shape)}", related)


_INDEXED = {"tensor.extract": 0, "tensor.insert": 1, "memref.load": 0, "memref.store": 1}
"""Ops with one index a dim, and which operand has the dims."""


def dynamic_sizes(op: Op) -> Iterator[Problem]:
    """One size for each dim of the result that is not known: `tensor.empty(%d) : tensor<4x?xf32>`."""
    sizes = op.shape.items[0] if op.shape.items else None
    made = op.result_type(0)
    if op.name not in _SIZED or not isinstance(sizes, Group) or sizes.kind != "paren" or made is None:
        return
    if isinstance(made, (types.TensorType, types.MemRefType)) and made.shape is not None:
        given, wanted = sum(item.kind == "USE" for item in sizes.items), made.shape.count(None)
        if given != wanted:
            yield Problem(op.head.range(sizes), f"{counted(given, 'size')}, `{made}` has {wanted} dims that are not known")


_SIZED = frozenset(["tensor.empty", "memref.alloc", "memref.alloca"])


def attached_sizes(op: Op) -> Iterator[Problem]:
    """One size in the braces behind a type for each of its dims that is not known: `tensor<4x?xf32>{%d}`."""
    if op.dialect not in _ATTACHING or op.is_in_generic_form:
        return
    for type_, sizes in _pairs(op.shape.items):
        given = [item.kind for item in sizes.items]
        of = _tensor_type(op, type_)
        if of is None or of.shape is None or any(kind not in ("USE", "COMMA") for kind in given):
            continue
        if given.count("USE") != of.shape.count(None):
            message = f"{counted(given.count('USE'), 'size')}, `{of}` has {of.shape.count(None)} dims that are not known"
            yield Problem(op.head.range(sizes), message, ((op.head.range(type_), f"this is a `{of}`"),))
            return


def _tensor_type(op: Op, item: Item) -> types.TensorType | None:
    """The tensor that a type in the head is."""
    found = reading.parse_type(op.module, op.head.text(item)) if item.kind == "TYPE" else None
    return found if isinstance(found, types.TensorType) else None


_ATTACHING = frozenset(["flow", "iree_tensor_ext", "hal", "util"])


def _pairs(items: Sequence[Item]) -> Iterator[tuple[Item, Group]]:
    """Each type and the braces right behind it, groups included."""
    for one, other in pairwise(items):
        if one.kind == "TYPE" and isinstance(other, Group) and other.kind == "brace":
            yield one, other
    yield from chain.from_iterable(_pairs(item.items) for item in items if isinstance(item, Group) and item.kind != "brace")


def _typed(operand: Operand, type_: types.Type | None) -> tuple[tuple[Range, str], ...]:
    return ((operand.range, f"`{operand.value.name}` is a `{type_}`"),)


def _listed(sizes: Sequence[Size]) -> str:
    return "[" + ", ".join(str(size) if isinstance(size, int) else "?" for size in sizes) + "]"


CHECKS = (slices, expanded_sizes, casts, indices, dynamic_sizes)
ATTACHED = (attached_sizes,)
