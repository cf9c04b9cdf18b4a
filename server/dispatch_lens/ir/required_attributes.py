"""Attributes that an op cannot be without, in any year's spelling: told where one is missing, or its name is misspelt."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.ir.module import Op, Problem

_TILES = ("inner_dims_pos", "inner_tiles")
_REQUIRED = {
    "linalg.generic": ("indexing_maps", "iterator_types"),
    "linalg.transpose": ("permutation",),
    "linalg.broadcast": ("dimensions",),
    "linalg.reduce": ("dimensions",),
    "linalg.pack": _TILES,
    "linalg.unpack": _TILES,
    "tensor.pack": _TILES,
    "tensor.unpack": _TILES,
    "iree_linalg_ext.gather": ("dimension_map",),
    "iree_linalg_ext.im2col": ("strides", "dilations", "kernel_size", "batch_pos", "m_pos", "k_pos"),
}


def problems(op: Op) -> Iterator[Problem]:
    """The first attribute that the op has not. One that an alias stands for may be in there: `linalg.generic #traits`.

    The generic form keeps the numbers of a list apart from its values: `static_inner_tiles`.
    """
    names = _REQUIRED.get(op.name)
    if names is None or any(item.kind == "ATTRIBUTE" for item in op.shape.items):
        return
    missing = next((name for name in names if name not in op.attributes and f"static_{name}" not in op.attributes), None)
    if missing is not None:
        yield Problem(op.name_range, f"`{op.name}` has no `{missing} = ...`")
