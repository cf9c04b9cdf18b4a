"""Run a convolution or a pooling in the other layout: channels first to channels last, and back.

The operands' transposes are made explicit, and one of the result, so that others can cancel them or fold them away. The
transpose of a filter that is a constant costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dispatch_lens.ir import linalg, types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import inits, places, regions, sizes, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.rewrites.transposes import Named
from dispatch_lens.syntax.tree import Group

Permutation = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Twin:
    """The same op in the other layout, with what permutes image, filter and result for it; the window stays."""

    name: str
    image: Permutation
    filter: Permutation | None


def to_channels_last(op: Op) -> Outcome:
    return _apply(op, _LAST, "channels last")


def to_channels_first(op: Op) -> Outcome:
    if op.name in _FIRST and regions.around(op) is not None:
        return Refused("in a formed dispatch, the compiler of 2024-07 computes it wrongly in channels first, or not at all")
    return _apply(op, _FIRST, "channels first")


def _apply(op: Op, table: Mapping[str, Twin], layout: str) -> Outcome:
    twin = table.get(op.name)
    found = linalg.structured(op) if twin is not None else None
    if twin is None or found is None or len(op.results) != 1 or len(found.ins) != 2:
        return None
    kinds = [linalg.type_of(operand) for operand in found.operands]
    tensors = [kind for kind in kinds if isinstance(kind, types.TensorType)]
    if len(tensors) != 3:
        return None
    if any(kind.encoding for kind in tensors):
        return Refused("a tensor has an encoding")
    if transposes.is_read_by_place(op.results[0]):
        return Refused(transposes.BY_PLACE)
    draft = Draft(op.module)
    image = _turned(draft, op, _named(draft, found.ins[0], tensors[0]), twin.image)
    window = _named(draft, found.ins[1], tensors[1])
    window = window if twin.filter is None else _turned_filter(draft, found, window, twin.filter)
    init = _init(draft, found, tensors[2], twin)
    if isinstance(init, Refused):
        return init
    result = Named(draft.fresh(layout.replace(" ", "_")), init.type)
    ins = f"ins({image.name}, {window.name} : {image.type}, {window.type})"
    line = f"{result.name} = linalg.{twin.name}{_attributes(op)} {ins} outs({init.name} : {init.type}) -> {init.type}"
    back = transposes.lines(draft, result, transposes.inverse(twin.image), places.spelled(op.results[0]))
    draft.replace(op, f"\n{draft.indent(op)}".join([line, *back]))
    return Applied(f"run `{op.name}` as `linalg.{twin.name}`, {layout}", draft.edits())


def _named(draft: Draft, operand: Operand, kind: types.TensorType) -> Named:
    return Named(places.spelled(operand.value), kind, sizes.of_value(draft, operand.op, operand.value))


def _turned(draft: Draft, op: Op, source: Named, vector: Permutation) -> Named:
    name = draft.fresh("transposed")
    draft.insert_before(op, transposes.lines(draft, source, vector, name))
    return Named(name, transposes.permuted(source.type, vector))


_SPLAT = re.compile(r"arith\.constant dense<[^\[\]\"<>]*> : ")


def _turned_filter(draft: Draft, op: linalg.StructuredOp, source: Named, vector: Permutation) -> Named:
    """The filter in the other order; of a constant of equal elements only the type changes."""
    maker = op.ins[1].value.op
    splat = _SPLAT.match(maker.module.text, maker.name_range.start) if maker is not None else None
    if splat is None:
        return _turned(draft, op.op, source, vector)
    turned = Named(draft.fresh("cst"), transposes.permuted(source.type, vector))
    draft.insert_before(op.op, [f"{turned.name} = {splat[0]}{turned.type}"])
    return turned


def _init(draft: Draft, op: linalg.StructuredOp, type_: types.TensorType, twin: Twin) -> Named | Refused:
    """The init in the other order: another fill of another empty tensor, else a transpose of what there is."""
    turned = transposes.permuted(type_, twin.image)
    made = inits.permuted(draft, op, turned, twin.image)
    if not isinstance(made, Refused):
        return Named(made, turned)
    if (problem := _problem_of_transposed_init(twin.name)) is not None:
        return problem
    return _turned(draft, op.op, _named(draft, op.inits[0], type_), twin.image)


def _problem_of_transposed_init(name: str) -> Refused | None:
    """What the compiler does with an init that an op computes: it starts from zeros, and adds the init to the result.

    As DetachElementwisePattern does (GlobalOptimization/DetachElementwiseFromNamedOps.cpp); before 3.1 it did not add where the
    result's dims are another order of the loops.
    """
    if name.startswith("pooling") and name.endswith("_max"):
        return Refused("the compiler adds what a maximum starts from, where that is computed as a transpose is")
    if name.startswith("depthwise_conv") and "_nc" in name:
        return Refused("releases before 3.1 lose what this convolution starts from, where that is computed as a transpose is")
    return None


def _attributes(op: Op) -> str:
    """The dictionary with strides and dilations as it stands."""
    first = op.shape.items[0]
    return f" {op.head.text(first)}" if isinstance(first, Group) and first.kind in ("brace", "angle") else ""


_IMAGE = {1: (0, 2, 1), 2: (0, 2, 3, 1), 3: (0, 2, 3, 4, 1)}
_DENSE = {1: (2, 1, 0), 2: (2, 3, 1, 0), 3: (2, 3, 4, 1, 0)}
_DEPTH = {1: (1, 0), 2: (1, 2, 0), 3: (1, 2, 3, 0)}
_PAIRS: tuple[tuple[str, str, int, Mapping[int, Permutation] | None], ...] = (
    ("conv_1d_ncw_fcw", "conv_1d_nwc_wcf", 1, _DENSE),
    ("conv_2d_nchw_fchw", "conv_2d_nhwc_hwcf", 2, _DENSE),
    ("conv_3d_ncdhw_fcdhw", "conv_3d_ndhwc_dhwcf", 3, _DENSE),
    ("depthwise_conv_1d_ncw_cw", "depthwise_conv_1d_nwc_wc", 1, _DEPTH),
    ("depthwise_conv_2d_nchw_chw", "depthwise_conv_2d_nhwc_hwc", 2, _DEPTH),
    ("depthwise_conv_3d_ncdhw_cdhw", "depthwise_conv_3d_ndhwc_dhwc", 3, _DEPTH),
    ("pooling_ncw_max", "pooling_nwc_max", 1, None),
    ("pooling_ncw_sum", "pooling_nwc_sum", 1, None),
    ("pooling_nchw_max", "pooling_nhwc_max", 2, None),
    ("pooling_nchw_sum", "pooling_nhwc_sum", 2, None),
)
_LAST = {f"linalg.{a}": Twin(b, _IMAGE[n], filters[n] if filters else None) for a, b, n, filters in _PAIRS}
_FIRST = {
    f"linalg.{b}": Twin(a, transposes.inverse(_IMAGE[n]), transposes.inverse(filters[n]) if filters else None)
    for a, b, n, filters in _PAIRS
}

LAST = Rewrite("convolution-to-channels-last", "Run the convolution in channels last", Aim.OTHER_FORM, to_channels_last)
FIRST = Rewrite("convolution-to-channels-first", "Run the convolution in channels first", Aim.OTHER_FORM, to_channels_first)
