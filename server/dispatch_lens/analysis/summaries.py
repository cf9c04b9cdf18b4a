"""A dispatch in one line: `conv 1x32x257x257, 3x3 depthwise NCHW, f32 + elementwise`.

The line names the root op's result shape, what is special of its kind, its element types, and the other ops' kinds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from dispatch_lens.analysis import kinds, windows
from dispatch_lens.ir import affine, flow, linalg, types
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Operand


def summary(ops: Sequence[Op], body: Block | None) -> str:
    """The line for a dispatch with these compute ops; `body` tells what one without any moves."""
    root = kinds.root_of(ops)
    if root is None:
        return _copy(body)
    kind = kinds.op_kind(root) or root.name
    found = linalg.structured(root)
    describe = _DESCRIPTIONS.get(kind)
    text = describe(found) if describe and found is not None else _plain(root)
    return f"{kind.rpartition('.')[2]} {text}{_others(root, ops)}"


def shape(of: types.Type | None) -> str:
    """`1x32x257x257`, `?` for a dynamic dim; `scalar` for no dims, `?` where the type is not known."""
    inner = types.shaped(of) if of is not None else None
    if inner is None or inner.shape is None:
        return "?" if of is None else str(of)
    return "x".join("?" if size is None else str(size) for size in inner.shape) or "scalar"


def _others(root: Op, ops: Sequence[Op]) -> str:
    counted = Counter((kinds.op_kind(op) or op.name).rpartition(".")[2] for op in ops if op is not root)
    return "".join(f" + {kind}" if count == 1 else f" + {count} {kind}" for kind, count in counted.items())


def _plain(op: Op) -> str:
    """`32x64 -> 4x64x8x1, f32` for any op with a tensor to read and a tensor to give."""
    source = op.operands[0] if op.operands else None
    given = source and linalg.type_of(source)
    result = op.result_type(0)
    change = f"{shape(given)} -> " if given is not None and shape(given) != shape(result) else ""
    return f"{change}{shape(result)}{_elements([given], result)}"


def _conv(op: linalg.StructuredOp) -> str:
    found = windows.window(op)
    result = _result_type(op)
    words = f", {found.text}" if found is not None and found.text else ""
    return f"{shape(result)}{words}{_ins_elements(op)}"


def _contraction(op: linalg.StructuredOp) -> str:
    lhs, rhs, out = (of.used_dims for of in (op.indexing_maps[0], op.indexing_maps[1], op.result_map()))
    parts = {"B": lhs & rhs & out, "M": (lhs - rhs) & out, "N": (rhs - lhs) & out, "K": (lhs | rhs) - out}
    sizes = (f"{name}={_extent(op, dims)}" for name, dims in parts.items() if dims)
    return f"{' '.join(sizes)}{_ins_elements(op)}"


def _extent(op: linalg.StructuredOp, dims: frozenset[int]) -> str:
    return "x".join("?" if (size := op.static_loop_ranges[dim]) is None else str(size) for dim in sorted(dims))


def _reduction(op: linalg.StructuredOp) -> str:
    source = linalg.type_of(op.ins[0]) if op.ins else None
    return f"{shape(source)} -> {shape(_result_type(op))}{_ins_elements(op)}"


def _elementwise(op: linalg.StructuredOp) -> str:
    return f"{shape(_result_type(op))}{_permuted(op)}{_ins_elements(op)}"


def _transpose(op: linalg.StructuredOp) -> str:
    source = linalg.type_of(op.ins[0])
    by = f" by {list(op.permutation)}" if op.permutation is not None else ""
    return f"{shape(source)} -> {shape(_result_type(op))}{by}{_ins_elements(op)}"


def _permuted(op: linalg.StructuredOp) -> str:
    """The permutation of the only full-rank input, where it is not the identity."""
    vectors = [affine.permutation_vector(of) for of in op.in_maps if of.is_permutation]
    out = affine.permutation_vector(op.result_map())
    if len(vectors) != 1 or vectors[0] is None or out is None or vectors[0] == out:
        return ""
    return f", transposed by {[vectors[0].index(loop) for loop in out]}"


def _ins_elements(op: linalg.StructuredOp) -> str:
    return _elements([linalg.type_of(operand) for operand in _shaped_ins(op)], _result_type(op))


def _shaped_ins(op: linalg.StructuredOp) -> list[Operand]:
    return [operand for operand in op.ins if linalg.shape_of(operand)]


def _elements(sources: Sequence[types.Type | None], result: types.Type | None) -> str:
    """`, f32`, or `, i8 x i8 -> i32` where types differ."""
    names = [name for source in sources if (name := _element(source)) is not None]
    given = _element(result)
    if given is None:
        return ""
    different = list(dict.fromkeys(names))
    return f", {given}" if different in ([], [given]) else f", {' x '.join(different)} -> {given}"


def _element(of: types.Type | None) -> str | None:
    inner = types.shaped(of) if of is not None else None
    return str(inner.element) if inner is not None else None


def _result_type(op: linalg.StructuredOp) -> types.Type | None:
    return op.op.result_type(0) or (linalg.type_of(op.inits[0]) if op.inits else None)


def _copy(body: Block | None) -> str:
    """`copy 3x513x513 into 3x515x515 at [0, 1, 1], f32` for a dispatch that loads and stores."""
    stores = [store for op in body.ops if (store := flow.tensor_store(op)) is not None] if body else []
    tensor = stores[0].tensor if stores else None
    if tensor is None:
        return "copy"
    store = stores[0]
    offsets = ["?" if not isinstance(offset, int) else str(offset) for offset in store.offsets]
    into = shape(tensor)
    sizes = "x".join("?" if not isinstance(size, int) else str(size) for size in store.sizes)
    place = "" if sizes == into else f" into {into} at [{', '.join(offsets)}]"
    return f"copy {sizes}{place}, {tensor.element}"


_DESCRIPTIONS: Mapping[str, Callable[[linalg.StructuredOp], str]] = {
    "conv": _conv,
    "pooling": _conv,
    "contraction": _contraction,
    "reduction": _reduction,
    "elementwise": _elementwise,
    "gather": _elementwise,
    "transpose": _transpose,
    "broadcast": _reduction,
}
