"""Transposes that tear apart dims which a reshape between two ops splits or joins: neither moves past the other then."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from dispatch_lens.analysis import windows
from dispatch_lens.analysis.blockers.neighbours import Edge
from dispatch_lens.analysis.elementwise_fusion import become_one
from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.ir import linalg, tensor, uses
from dispatch_lens.ir.module import Op


def torn(edge: Edge, shape: tensor.Reshape) -> tuple[str, str] | None:
    """The obstacle with a sentence, where a transpose on the reshape's other side is one."""
    if shape.kind == "expand":
        return _split_before(edge, shape)
    return _joined_behind(edge, shape)


def _split_before(edge: Edge, expand: tensor.Reshape) -> tuple[str, str] | None:
    """A named contraction, elementwise ops behind it, the expand_shape, and a reader that transposes what it splits."""
    if not any(_tears(op, expand) for op in _one_with(edge.reader)):
        return None
    contraction = _named_contraction(edge.maker)
    if contraction is None:
        return _behind_convolution(edge.maker, expand)
    sentence = f"the dims that {expand.op.name} splits are transposed behind it, which {contraction.name} as a named op cannot do"
    return "expand-before-transpose", sentence


def _joined_behind(edge: Edge, collapse: tensor.Reshape) -> tuple[str, str] | None:
    """A transpose of what nobody computed, the collapse_shape of what it moved, and a reader that reduces."""
    maker, reader = linalg_op(edge.maker), linalg_op(edge.reader)
    vector = maker.permutation if maker is not None and maker.is_pure_transpose else None
    if maker is None or vector is None or reader is None or reader.is_all_parallel:
        return None
    if op_kinds.is_computed(uses.before(maker.ins[0].value, lambda op: tensor.reshape(op) is not None).op):
        return None
    if _are_side_by_side(collapse, vector.__getitem__):
        return None
    return "transpose-before-collapse", f"the dims that the transpose moves are joined before {edge.reader.name} reads them"


def _behind_convolution(maker: Op, expand: tensor.Reshape) -> tuple[str, str] | None:
    """A convolution with a window of several elements, whose channels the expand splits."""
    convolution = _before_elementwise(maker)
    if convolution is None or not windows.slides(convolution):
        return None
    dims = convolution.result_map().result_dims
    split = [dims[dim] for dim, group in enumerate(expand.reassociation) if len(group) > 1]
    if not all(loop is not None and windows.is_read_plainly(convolution, loop) for loop in split):
        return None
    name = convolution.op.name
    sentence = f"the channels that {expand.op.name} splits are transposed behind it, and no reshape moves past {name}"
    return "expand-behind-convolution", sentence


def _named_contraction(maker: Op) -> Op | None:
    """The op itself, or the one that it and ops before it compute on element by element."""
    found = _before_elementwise(maker)
    return found.op if found is not None and found.is_contraction and not found.is_generic else None


def _before_elementwise(maker: Op) -> linalg.StructuredOp | None:
    """The op itself, or the one that it and ops before it compute on element by element; each reads but one that computes."""
    found, passed = linalg_op(maker), set[Op]()
    while found is not None and found.is_elementwise and found.op not in passed:
        passed.add(found.op)
        before = [op for use in found.ins if (op := use.value.op) is not None and linalg_op(op) is not None]
        made = before[0] if len(before) == 1 and len(list(uses.consumers(before[0]))) == 1 else None
        found = linalg_op(made) if made is not None else None
    return found


def _one_with(reader: Op) -> Iterator[Op]:
    """The op and the readers that elementwise fusion makes one with it."""
    op: Op | None = reader
    passed: set[Op] = set()
    while op is not None and op not in passed:
        passed.add(op)
        yield op
        readers = list(uses.consumers(op))
        op = readers[0] if len(readers) == 1 and become_one(op, readers[0]) else None


def _tears(op: Op, expand: tensor.Reshape) -> bool:
    """Whether the op is a transpose that puts the dims which the reshape splits in another order, or others between them."""
    found = linalg_op(op)
    vector = found.permutation if found is not None and found.is_pure_transpose else None
    dims = sum(len(group) for group in expand.reassociation)
    return vector is not None and len(vector) == dims and not _are_side_by_side(expand, vector.index)


def _are_side_by_side(reshape: tensor.Reshape, place: Callable[[int], int]) -> bool:
    """Whether the dims of each group stay in order and next to each other; those of size 1 do not count."""
    expanded = reshape.expanded_type
    shape = expanded.shape if expanded is not None and expanded.shape is not None else ()
    groups = [[place(dim) for dim in group if shape[dim : dim + 1] != (1,)] for group in reshape.reassociation]
    return all(later - earlier == 1 for group in groups for earlier, later in pairwise(group))
