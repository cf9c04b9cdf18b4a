"""Views of tensor ops: reshapes, pads, slices, concat and casts.

Each function answers None for another op, and for an op whose text lacks what the view needs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import index_lists, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value

Reassociation: TypeAlias = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Reshape:
    """`tensor.expand_shape` or `collapse_shape`: group i of `reassociation` is the expanded dims of collapsed dim i."""

    op: Op
    kind: Literal["expand", "collapse"]
    source: Operand
    reassociation: Reassociation
    source_type: types.TensorType | None
    result_type: types.TensorType | None

    @property
    def expanded_type(self) -> types.TensorType | None:
        return self.result_type if self.kind == "expand" else self.source_type

    @property
    def collapsed_type(self) -> types.TensorType | None:
        return self.source_type if self.kind == "expand" else self.result_type

    @property
    def only_touches_units(self) -> bool:
        """Whether folding dims of size 1 takes the reshape away."""
        if self.source_type is None or self.result_type is None:
            return False
        return types.without_units(self.source_type.shape) == types.without_units(self.result_type.shape)


@dataclass(frozen=True, eq=False)
class Pad:
    """`tensor.pad`: `low` and `high` have one entry a dim; `value` is what the region yields."""

    op: Op
    source: Operand
    low: tuple[Size, ...]
    high: tuple[Size, ...]
    value: Value | None


@dataclass(frozen=True, eq=False)
class Slice:
    """`tensor.extract_slice`, or `insert_slice` with its `dest`; one entry a dim of the larger tensor."""

    op: Op
    source: Operand
    dest: Operand | None
    offsets: tuple[Size, ...]
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]


@dataclass(frozen=True, eq=False)
class Concat:
    """`tensor.concat` of the sources along `dim`."""

    op: Op
    dim: int
    sources: tuple[Operand, ...]


def reshape(op: Op) -> Reshape | None:
    """The op as a reshape with a reassociation."""
    kind = _RESHAPES.get(op.name)
    found = op.attributes.get("reassociation") if kind else None
    groups = attrs.reassociation(found) if found is not None else None
    if kind is None or groups is None or not op.operands:
        return None
    return Reshape(op, kind, op.operands[0], groups, tensor_type(op.operands[0]), result_tensor_type(op))


def pad(op: Op) -> Pad | None:
    """The op as a `tensor.pad`."""
    if op.name != "tensor.pad" or not op.operands:
        return None
    low, high = index_lists.clause(op, "low"), index_lists.clause(op, "high")
    segments = index_lists.segments(op)
    if segments is not None and len(segments) == 3:
        low = index_lists.mixed(op, "static_low", segments[1])
        high = index_lists.mixed(op, "static_high", segments[2])
    if low is None or high is None:
        return None
    return Pad(op, op.operands[0], low, high, _yielded(op))


def extract_slice(op: Op) -> Slice | None:
    """The op as a `tensor.extract_slice`."""
    if op.name != "tensor.extract_slice" or not op.operands:
        return None
    lists = _slice_lists(op, 1)
    return Slice(op, op.operands[0], None, *lists) if lists is not None else None


def insert_slice(op: Op) -> Slice | None:
    """The op as a `tensor.insert_slice`."""
    if op.name != "tensor.insert_slice" or len(op.operands) < 2:
        return None
    lists = _slice_lists(op, 2)
    return Slice(op, op.operands[0], op.operands[1], *lists) if lists is not None else None


def kept_dims(sizes: Sequence[Size], shape: Sequence[int | None]) -> list[int] | None:
    """The dims that a slice of these sizes keeps for a result of this shape, as it drops some of size 1; None where it cannot be.

    A size that is a value stands for a dynamic dim.
    """
    kept: list[int] = []
    for dim, size in enumerate(sizes):
        stated = size if isinstance(size, int) else None
        if len(kept) < len(shape) and shape[len(kept)] == stated:
            kept.append(dim)
        elif stated != 1:
            return None
    return kept if len(kept) == len(shape) else None


def concat(op: Op) -> Concat | None:
    """The op as a `tensor.concat`."""
    if op.name != "tensor.concat":
        return None
    attribute = op.attributes.get("dim")
    stated = attribute.value if isinstance(attribute, attrs.IntegerAttr) else None
    dim = stated if stated is not None else index_lists.number_in_parens(op, "dim")
    return None if dim is None else Concat(op, dim, op.operands)


def cast(op: Op) -> Operand | None:
    """The source of a `tensor.cast`."""
    return op.operands[0] if op.name == "tensor.cast" and op.operands else None


def is_empty(op: Op) -> bool:
    """Whether the op makes a tensor without contents: `tensor.empty`, `linalg.init_tensor` as it was spelled before."""
    return op.name in ("tensor.empty", "linalg.init_tensor", "flow.tensor.empty")


def is_leaf(op: Op) -> bool:
    """Whether the op makes its result of nothing that is computed: a constant, a tensor without contents, one that is filled."""
    return op.name in ("arith.constant", "linalg.fill") or is_empty(op)


def is_relayout(op: Op) -> bool:
    """Whether the op is a pack or unpack, of the tensor dialect (until 3.2) or of linalg."""
    return op.name in ("tensor.pack", "tensor.unpack", "linalg.pack", "linalg.unpack")


def tensor_type(operand: Operand) -> types.TensorType | None:
    """The operand's type where it is a tensor."""
    found = operand.op.operand_type(operand.index) or operand.value.type
    return found if isinstance(found, types.TensorType) else None


def result_tensor_type(op: Op) -> types.TensorType | None:
    """The type of the only result where it is a tensor."""
    found = op.result_type(0)
    return found if isinstance(found, types.TensorType) else None


_RESHAPES: dict[str, Literal["expand", "collapse"]] = {
    "tensor.expand_shape": "expand",
    "tensor.collapse_shape": "collapse",
}
_Lists: TypeAlias = tuple[tuple[Size, ...], tuple[Size, ...], tuple[Size, ...]]


def _slice_lists(op: Op, tensors: int) -> _Lists | None:
    """Offsets, sizes, strides; `tensors` counts the operands before them."""
    segments = index_lists.segments(op)
    if segments is not None and len(segments) == tensors + 3:
        names = ("static_offsets", "static_sizes", "static_strides")
        found = [index_lists.mixed(op, name, segment) for name, segment in zip(names, segments[tensors:])]
    else:
        found = list(index_lists.brackets(op))
    known = [entry for entry in found if entry is not None]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def _yielded(op: Op) -> Value | None:
    last = op.regions[0].ops[-1] if op.regions and op.regions[0].ops else None
    return last.operands[0].value if last is not None and len(last.operands) == 1 else None
