"""Hover of a reassociation: which dims are grouped into which, with their sizes."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import tensor, types
from dispatch_lens.ir.module import Op


def of_op(op: Op) -> str:
    """What a reshape groups, one line a dim of the collapsed type; empty for another op."""
    found = tensor.reshape(op)
    if found is None:
        return ""
    collapsed, expanded = _sizes(found.collapsed_type), _sizes(found.expanded_type)
    lines = [
        f"- {_group(group, expanded)} {_arrow(found.kind)} dim {i}{_size(collapsed, i)}"
        for i, group in enumerate(found.reassociation)
    ]
    verb = "collapses" if found.kind == "collapse" else "expands"
    return f"{verb} without moving data\n\n" + "\n".join(lines)


def _arrow(kind: str) -> str:
    return "→" if kind == "collapse" else "←"


def _group(group: Sequence[int], sizes: Sequence[str]) -> str:
    word = "dim" if len(group) == 1 else "dims"
    names = ", ".join(map(str, group))
    known = [sizes[dim] for dim in group if dim < len(sizes)]
    return f"{word} {names} ({' x '.join(known)})" if len(known) == len(group) and group else f"{word} {names}"


def _size(sizes: Sequence[str], dim: int) -> str:
    return f" ({sizes[dim]})" if dim < len(sizes) else ""


def _sizes(of: types.TensorType | None) -> list[str]:
    shape = of.shape if of is not None and of.shape is not None else ()
    return ["?" if size is None else str(size) for size in shape]
