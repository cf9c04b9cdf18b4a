"""The iteration space of an op as dispatch formation asks for it: iterator types, a map for each operand and result.

Covers the ops that implement IREE's LinalgFusionOpInterface and those that only implement MLIR's TilingInterface. It
does not know external ops of plugins; they have no iteration space here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir.affine import AffineMap
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.types import TensorType
from dispatch_lens.ir.value import Operand

NOT_STRUCTURED = frozenset(
    {"linalg.softmax", "linalg.pack", "linalg.unpack", "linalg.yield", "linalg.index"}
    | {f"linalg.winograd_{part}_transform" for part in ("filter", "input", "output")}
)


@dataclass(frozen=True, eq=False)
class Iteration:
    """Iterator types by loop, maps by operand index and by result index; a map is None where the op has none there.

    `static_loop_ranges` has None for a dynamic loop. `inits` are the indices of the destination operands, None for an
    op that is not in destination-passing style.
    """

    iterator_types: tuple[str, ...]
    operand_maps: Mapping[int, AffineMap | None]
    result_maps: tuple[AffineMap | None, ...]
    static_loop_ranges: tuple[int | None, ...]
    inits: frozenset[int] | None

    @property
    def num_loops(self) -> int:
        return len(self.iterator_types)

    @cached_property
    def is_all_parallel(self) -> bool:
        return all(kind == "parallel" for kind in self.iterator_types)

    @cached_property
    def outer_parallel_loops(self) -> tuple[bool, ...]:
        """For each loop whether it and all loops around it are parallel. LoopMappingUtils.cpp:getOuterParallelLoops."""
        outer: list[bool] = []
        for kind in self.iterator_types:
            outer.append(kind == "parallel" and all(outer))
        return tuple(outer)

    @cached_property
    def num_non_unit_loops(self) -> int:
        """The loops whose size is not known to be 1."""
        return sum(size != 1 for size in self.static_loop_ranges)

    def map_of(self, use: Operand) -> AffineMap | None:
        return self.operand_maps.get(use.index)

    def map_of_result(self, index: int) -> AffineMap | None:
        return self.result_maps[index] if index < len(self.result_maps) else None


def iteration(op: Op) -> Iteration | None:
    """The op's iteration space; None for an op without one, or whose text does not tell it. Memoised on the op."""
    return op.once(_read)


def linalg_op(op: Op) -> linalg.StructuredOp | None:
    """The op where it implements linalg's own interface: not softmax, pack, unpack or a winograd transform."""
    if op.dialect != "linalg" or op.name in NOT_STRUCTURED:
        return None
    return linalg.structured(op)


def shape_of_value(op: Op, index: int) -> tuple[int | None, ...] | None:
    """The shape of an operand, as the text states it."""
    return linalg.shape_of(op.operands[index]) if index < len(op.operands) else None


def _read(op: Op) -> Iteration | None:
    if linalg_op(op) is not None:
        return op.once_for_shape(_of_structured)
    reader = _READERS.get(op.name)
    if reader is not None:
        return reader(op)
    return _parallel_over_operand(op) if op.dialect == "iree_linalg_ext" else None


def _of_structured(op: Op) -> Iteration | None:
    found = linalg_op(op)
    if found is None:
        return None
    maps = {operand.index: m for operand, m in zip(found.operands, found.indexing_maps)}
    ranges = _last_sizes(found.num_loops, [(linalg.shape_of(o), maps[o.index]) for o in found.operands])
    inits = frozenset(operand.index for operand in found.inits)
    return Iteration(found.iterator_types, maps, found.init_maps, ranges, inits)


def _last_sizes(loops: int, operands: Sequence[tuple[tuple[int | None, ...] | None, AffineMap]]) -> tuple[int | None, ...]:
    """The size of each loop by the last operand dim that is this loop, else 0. LinalgOp::getStaticLoopRanges."""
    sizes: list[int | None] = [0] * loops
    for shape, of in operands:
        for dim, size in zip(of.result_dims, shape or ()):
            if dim is not None:
                sizes[dim] = size
    return tuple(sizes)


def _attention(op: Op) -> Iteration | None:
    """AttentionOp and OnlineAttentionOp: given maps; all loops parallel but those of K1 and K2."""
    maps = linalg.maps_attribute(op)
    roles = linalg.roles(op)
    if maps is None or roles is None or len(maps) != len(op.operands):
        return None
    ins, inits = roles
    query, key, value, output = maps[0], maps[1], maps[2], maps[len(ins)]
    reduced = _attention_reductions(query, key, value, output)
    kinds = tuple("reduction" if dim in reduced else "parallel" for dim in range(query.num_dims))
    ranges: list[int | None] = [0] * query.num_dims
    for of, operand in ((value, ins[2]), (query, ins[0])):
        for dim, size in zip(of.result_dims, linalg.shape_of(operand) or ()):
            if dim is not None:
                ranges[dim] = size
    by_index = {operand.index: m for operand, m in zip(op.operands, maps)}
    return Iteration(kinds, by_index, maps[len(ins) :], tuple(ranges), frozenset(o.index for o in inits))


def _attention_reductions(query: AffineMap, key: AffineMap, value: AffineMap, output: AffineMap) -> frozenset[int]:
    """K1 and K2: the dims of the key but the batch ones. AttentionOpDetail::inferFromIndexingMaps."""
    q, k, v, o = (m.used_dims for m in (query, key, value, output))
    return k - ((q & v) | (k & o))


def _custom_op(op: Op) -> Iteration | None:
    maps = linalg.maps_attribute(op)
    kinds = _iterator_types(op)
    roles = linalg.roles(op)
    if maps is None or kinds is None or roles is None or len(maps) != len(op.operands):
        return None
    ranges = _agreed_sizes(len(kinds), [(linalg.shape_of(o), m) for o, m in zip(op.operands, maps)])
    by_index = {operand.index: m for operand, m in zip(op.operands, maps)}
    return Iteration(kinds, by_index, maps[len(roles[0]) :], ranges, frozenset(o.index for o in roles[1]))


def _quantize(op: Op) -> Iteration | None:
    """Quantize_affine and dequantize_affine: given maps, all loops parallel. Known by what 3.13 does with them."""
    maps = linalg.maps_attribute(op)
    roles = linalg.roles(op)
    if maps is None or roles is None or len(maps) != len(op.operands):
        return None
    loops = maps[-1].num_dims
    ranges = _last_sizes(loops, [(linalg.shape_of(o), m) for o, m in zip(op.operands, maps)])
    by_index = {operand.index: m for operand, m in zip(op.operands, maps)}
    inits = frozenset(o.index for o in roles[1])
    return Iteration(("parallel",) * loops, by_index, maps[len(roles[0]) :], ranges, inits)


def _agreed_sizes(loops: int, operands: Sequence[tuple[tuple[int | None, ...] | None, AffineMap]]) -> tuple[int | None, ...]:
    """The size of each loop where all static operand dims agree on one, else None. CustomOp::getStaticLoopRanges."""
    found: list[set[int]] = [set() for _ in range(loops)]
    for shape, of in operands:
        for dim, size in zip(of.result_dims, shape or ()):
            if dim is not None and size is not None:
                found[dim].add(size)
    return tuple(next(iter(sizes)) if len(sizes) == 1 else None for sizes in found)


def _iterator_types(op: Op) -> tuple[str, ...] | None:
    attribute = op.attributes.get("iterator_types")
    if not isinstance(attribute, attrs.ArrayAttr):
        return None
    kinds: list[str] = []
    for element in attribute.elements:
        text = element.body if isinstance(element, attrs.DialectAttr) else None
        text = element.value if isinstance(element, attrs.StringAttr) else text
        if text is None:
            return None
        kinds.append(text)
    return tuple(kinds)


def _scatter(op: Op) -> Iteration | None:
    """ScatterOp: loops over the updates; the original and the result have no map; batch loops reduce unless unique."""
    updates, indices, original = shape_of_value(op, 0), shape_of_value(op, 1), linalg.shape_of(op.operands[-1])
    depth = _length(op, "dimension_map")
    if updates is None or indices is None or original is None or depth is None:
        return None
    rank = len(updates)
    batch = rank - (len(original) - depth)
    kinds = tuple("reduction" if i < batch and not _has_unique_indices(op) else "parallel" for i in range(rank))
    maps: dict[int, AffineMap | None] = {0: affine.identity(rank), 1: affine.identity(len(indices))}
    if len(op.operands) > 3:
        maps[2] = AffineMap(rank, 0, tuple(Dim(i) for i in range(batch)))
    last = len(op.operands) - 1
    maps[last] = None
    return Iteration(kinds, maps, (None,) * len(op.results), updates, frozenset({last}))


def _gather(op: Op) -> Iteration | None:
    output, indices = linalg.shape_of(op.operands[-1]), shape_of_value(op, 1)
    if output is None or indices is None:
        return None
    rank, last = len(output), len(op.operands) - 1
    maps: dict[int, AffineMap | None] = {0: None, 1: affine.identity(len(indices)), last: affine.identity(rank)}
    return Iteration(("parallel",) * rank, maps, (affine.identity(rank),), output, frozenset({last}))


def _has_unique_indices(op: Op) -> bool:
    attribute = op.attributes.get("unique_indices")
    if isinstance(attribute, attrs.BoolAttr):
        return attribute.value
    return "unique_indices(false)" not in op.text.replace(" ", "")


def _arg_compare(op: Op) -> Iteration | None:
    shape, roles, dimension = shape_of_value(op, 0), linalg.roles(op), _number(op, "dimension")
    if shape is None or roles is None or dimension is None:
        return None
    rank = len(shape)
    kinds = tuple("reduction" if i == dimension else "parallel" for i in range(rank))
    kept = AffineMap(rank, 0, tuple(Dim(i) for i in range(rank) if i != dimension))
    maps: dict[int, AffineMap | None] = {o.index: affine.identity(rank) for o in roles[0]}
    maps |= {o.index: kept for o in roles[1]}
    return Iteration(kinds, maps, (kept,) * len(roles[1]), shape, frozenset(o.index for o in roles[1]))


def _softmax(op: Op) -> Iteration | None:
    shape, dimension = shape_of_value(op, 0), _number(op, "dimension")
    if shape is None or dimension is None:
        return None
    rank = len(shape)
    kinds = tuple("reduction" if i == dimension else "parallel" for i in range(rank))
    same = affine.identity(rank)
    return Iteration(kinds, {0: same, 1: same}, (same,), shape, frozenset({1}))


def _encoding(op: Op) -> Iteration | None:
    """Set and unset_encoding: all loops of the result parallel, identity maps."""
    shape = _result_shape(op)
    if shape is None:
        return None
    same = affine.identity(len(shape))
    maps: dict[int, AffineMap | None] = {0: same, 1: same}
    return Iteration(("parallel",) * len(shape), maps, (same,), shape, None)


def _over_result(op: Op) -> Iteration | None:
    """Pad and unpack: parallel over the result, without maps."""
    shape = _result_shape(op)
    return None if shape is None else Iteration(("parallel",) * len(shape), {}, (), shape, None)


def _parallel_over_operand(op: Op) -> Iteration | None:
    """An op that tiles by its first operand: all loops parallel but its `dimension`, without maps."""
    shape = shape_of_value(op, 0)
    if shape is None:
        return None
    reduced = _number(op, "dimension")
    kinds = tuple("reduction" if i == reduced else "parallel" for i in range(len(shape)))
    return Iteration(kinds, {}, (), shape, None)


def _result_shape(op: Op) -> tuple[int | None, ...] | None:
    type_ = op.result_type(0)
    return type_.shape if isinstance(type_, TensorType) else None


def _length(op: Op, name: str) -> int | None:
    attribute = op.attributes.get(name)
    found = attrs.ints(attribute) if attribute is not None else None
    return None if found is None else len(found)


def _number(op: Op, name: str) -> int | None:
    """An integer attribute, written `name = 1` or `name(1)`."""
    attribute = op.attributes.get(name)
    if isinstance(attribute, attrs.IntegerAttr):
        return attribute.value
    _, found, after = op.text.partition(f"{name}(")
    digits = after.partition(")")[0].strip()
    return int(digits) if found and digits.isdigit() else None


_READERS: Mapping[str, Callable[[Op], Iteration | None]] = {
    "iree_linalg_ext.attention": _attention,
    "iree_linalg_ext.online_attention": _attention,
    "iree_linalg_ext.custom_op": _custom_op,
    "iree_linalg_ext.quantize_affine": _quantize,
    "iree_linalg_ext.dequantize_affine": _quantize,
    "iree_linalg_ext.scatter": _scatter,
    "iree_linalg_ext.gather": _gather,
    "iree_linalg_ext.arg_compare": _arg_compare,
    "linalg.softmax": _softmax,
    "iree_encoding.set_encoding": _encoding,
    "iree_encoding.unset_encoding": _encoding,
    "tensor.pad": _over_result,
    "linalg.unpack": _over_result,
    "tensor.unpack": _over_result,
    "linalg.pack": _parallel_over_operand,
    "tensor.pack": _parallel_over_operand,
}
