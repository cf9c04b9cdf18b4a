"""What kind of work an op and a dispatch do, in one word: conv, contraction, reduction, pooling, transpose …

A dispatch takes the kind of its heaviest op. An op that has no such word is its own kind, `tensor.pack` for one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain

from dispatch_lens.ir import linalg
from dispatch_lens.ir.affine_expr import Dim
from dispatch_lens.ir.module import Block, Op

MEMCPY = "memcpy"
"""The kind of a dispatch that only loads and stores."""

COPIES = (MEMCPY, "copy")
"""The kinds that only move bytes, with an op for it or without."""

HEAVY = ("conv", "contraction", "reduction", "pooling")
"""The kinds that a dispatch takes from any one of its ops, the first of them that it has."""


def compute_ops(body: Block) -> tuple[Op, ...]:
    """The ops of a dispatch's body that work on tensors, those in loops included, fills and reshapes left out."""
    return tuple(op for op in through_control_flow(body) if op_kind(op) is not None)


def through_control_flow(body: Block) -> Iterator[Op]:
    """The ops of a block, and those in its loops and branches."""
    for op in body.ops:
        yield op
        inner = op.regions if op.dialect == "scf" else ()
        for block in chain.from_iterable(region.blocks for region in inner):
            yield from through_control_flow(block)


def op_kind(op: Op) -> str | None:
    """The kind of one op; None for an op that is no work of its own: a fill, an empty tensor, a reshape, an index."""
    if op.dialect not in _DIALECTS or op.name in _IGNORED:
        return None
    if op.name == "linalg.generic":
        return _generic_kind(op)
    return next((kind for parts, kind in _BY_NAME if any(part in op.name for part in parts)), op.name)


def dispatch_kind(ops: Sequence[Op]) -> str:
    """The kind of a dispatch with these compute ops."""
    kinds = [op_kind(op) or "" for op in ops]
    heavy = next((kind for kind in HEAVY if kind in kinds), None)
    if heavy is not None or not kinds:
        return heavy or MEMCPY
    if "elementwise" in kinds or "gather" in kinds:
        return "elementwise"
    return kinds[0] if len(set(kinds)) == 1 else "mixed"


def root_of(ops: Sequence[Op]) -> Op | None:
    """The op that a dispatch is named after: the first of its heavy kind, else the last of its kind, else the last."""
    kind = dispatch_kind(ops)
    if kind in HEAVY:
        return next(op for op in ops if op_kind(op) == kind)
    same = [op for op in ops if op_kind(op) == kind or (kind == "elementwise" and op_kind(op) == "gather")]
    return (same or ops)[-1] if ops else None


def kind_of_name(entry: str) -> str:
    """The kind that IREE wrote into the name of a dispatch, for a call whose executable is not in the text."""
    return next((kind for part, kind in _BY_ENTRY if part in entry), "unknown")


_DIALECTS = ("linalg", "tensor", "iree_linalg_ext", "iree_encoding")
_IGNORED = frozenset(
    {
        "linalg.fill",
        "linalg.yield",
        "linalg.index",
        "linalg.init_tensor",
        "tensor.empty",
        "tensor.yield",
        "tensor.extract",
        "tensor.dim",
        "tensor.cast",
        "tensor.collapse_shape",
        "tensor.expand_shape",
        "tensor.splat",
        "iree_linalg_ext.yield",
    }
)
_BY_NAME = (
    (("linalg.transpose",), "transpose"),
    (("conv",), "conv"),
    (("pool",), "pooling"),
    (("matmul", "vecmat", "matvec", "linalg.dot", "mmt4d", "linalg.contract"), "contraction"),
    (("linalg.reduce", "linalg.softmax"), "reduction"),
    (("linalg.broadcast",), "broadcast"),
    (("linalg.map", "linalg.elem"), "elementwise"),
    (("tensor.pad",), "pad"),
    (("tensor.insert_slice", "tensor.extract_slice", "tensor.concat"), "slice"),
)
_BY_ENTRY = (
    ("slow_memcpy", MEMCPY),
    ("conv", "conv"),
    ("matmul", "contraction"),
    ("mmt4d", "contraction"),
    ("matvec", "contraction"),
    ("vecmat", "contraction"),
    ("pooling", "pooling"),
    ("reduction", "reduction"),
    ("softmax", "reduction"),
    ("elementwise", "elementwise"),
    ("transpose", "transpose"),
    ("broadcast", "broadcast"),
    ("unpack", "tensor.unpack"),
    ("pack", "tensor.pack"),
    ("pad", "pad"),
)


def _generic_kind(op: Op) -> str:
    found = linalg.structured(op)
    if found is None:
        return "elementwise"
    names = [inner.name for inner in found.payload.ops] if found.payload else []
    if found.reduction_loops:
        return _reduction_kind(found, names)
    if len(names) == 1 and len(found.indexing_maps) == 2:
        return _movement_kind(found)
    return "gather" if "tensor.extract" in names else "elementwise"


def _reduction_kind(op: linalg.StructuredOp, names: Sequence[str]) -> str:
    adds = any(name.startswith("arith.add") for name in names)
    multiplies = any(name.startswith("arith.mul") for name in names)
    if len(op.indexing_maps) != 3 or not (adds and multiplies):
        return "reduction"
    return "conv" if _reads_windows(op) else "contraction"


def _reads_windows(op: linalg.StructuredOp) -> bool:
    return any("+" in str(result) for of in op.indexing_maps for result in of.results if not isinstance(result, Dim))


def _movement_kind(op: linalg.StructuredOp) -> str:
    source, target = (set(of.results) for of in op.indexing_maps)
    if source == target:
        return "copy" if op.indexing_maps[0] == op.indexing_maps[1] else "transpose"
    return "broadcast" if source < target else "copy"
