"""Reshapes as rewrites print them, in the spelling of the text's year."""

from __future__ import annotations

import re
from collections.abc import Sequence

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Module

Groups = tuple[tuple[int, ...], ...]
_EXPAND = re.compile(r"tensor\.expand_shape %[^\n]*? into ")


def collapse(source: str, source_type: types.TensorType, result_type: types.TensorType, groups: Groups, name: str) -> str:
    return f"{name} = tensor.collapse_shape {source} {_groups(groups)} : {source_type} into {result_type}"


def expand(
    module: Module,
    source: str,
    source_type: types.TensorType,
    result_type: types.TensorType,
    groups: Groups,
    name: str,
    shape: Sequence[str] | None = None,
) -> str:
    """An expand to these sizes, or to the type's static ones; they are stated unless the text's compiler does not know that."""
    stated = ", ".join(shape or map(str, result_type.shape or ()))
    sizes = f" output_shape [{stated}]" if states_output_shape(module) else ""
    return f"{name} = tensor.expand_shape {source} {_groups(groups)}{sizes} : {source_type} into {result_type}"


def states_output_shape(module: Module) -> bool:
    """Whether an expand says its `output_shape`, as compilers have wanted it since May 2024."""
    first = _EXPAND.search(module.text)
    return first is None or "output_shape" in first[0]


def unit_groups(of: types.TensorType) -> Groups:
    """The dims of each non-unit dim with the dims of size 1 in front of it; those at the end go with the last."""
    groups: list[tuple[int, ...]] = []
    waiting: list[int] = []
    for dim, size in enumerate(of.shape or ()):
        waiting.append(dim)
        if size != 1:
            groups.append(tuple(waiting))
            waiting = []
    if groups and waiting:
        groups[-1] = (*groups[-1], *waiting)
    return tuple(groups)


def _groups(groups: Sequence[Sequence[int]]) -> str:
    """As they are printed: a tensor without dims has no groups."""
    return f"[{', '.join(str(list(group)) for group in groups if group)}]"
