"""A convolution in channels-first layout between dispatches that only turn the layout.

## What it does

Finds a convolution whose input has the channels before the spatial dims (NCHW) while a neighbouring dispatch permutes the
tensor on its way in or out.

## Why it costs

The tensors around it are channels last, so each such convolution pays a strided copy before and one after it.

## Example

```mlir
#same = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#turn = affine_map<(d0, d1, d2, d3) -> (d2, d3, d0, d1)>
func.func @nchw_between_transposes(%image: tensor<18x18x1x8xf32>, %filter: tensor<8x3x3xf32>)
    -> tensor<1x8x16x16xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %empty = tensor.empty() : tensor<1x8x18x18xf32>
  %nchw = flow.dispatch.region -> (tensor<1x8x18x18xf32>) {
    %t = linalg.generic {indexing_maps = [#turn, #same], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%image : tensor<18x18x1x8xf32>) outs(%empty : tensor<1x8x18x18xf32>) {
    ^bb0(%in: f32, %out: f32):
      linalg.yield %in : f32
    } -> tensor<1x8x18x18xf32>
    flow.return %t : tensor<1x8x18x18xf32>
  }
  %acc = tensor.empty() : tensor<1x8x16x16xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%acc : tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
  %conv = flow.dispatch.region -> (tensor<1x8x16x16xf32>) {
    // expected-remark@+1 {{`linalg.depthwise_conv_2d_nchw_chw` is channels first (NCHW)}}
    %c = linalg.depthwise_conv_2d_nchw_chw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
        ins(%nchw, %filter : tensor<1x8x18x18xf32>, tensor<8x3x3xf32>)
        outs(%fill : tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
    flow.return %c : tensor<1x8x16x16xf32>
  }
  return %conv : tensor<1x8x16x16xf32>
}
```

## Fix

Write the convolution in channels last (`linalg.conv_2d_nhwc_hwcf`, `linalg.depthwise_conv_2d_nhwc_hwc`) with its filter
transposed once. The compiler's own conversion leaves depthwise convolutions as they are.

## When it is right to leave it

Where the whole model is channels first and nothing turns the layout, there is nothing to gain; none is reported then.

## Source

ConvertConvToChannelsLast.cpp converts all but depthwise convolutions; PropagateLinalgTranspose.cpp stops at convolutions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dispatch_lens.analysis import windows
from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice
from dispatch_lens.rules.rule import Context, Remark, Rule, Severity

NAME = "channels-first-convolution"


def check(context: Context) -> Iterator[Remark]:
    for dispatch in context.report.dispatches:
        window = _channels_first(dispatch)
        if window is None or dispatch.root is None:
            continue
        turning = tuple(_turning(context, dispatch))
        if turning:
            yield _remark(context, dispatch.root, window, turning)


def _channels_first(dispatch: Dispatch) -> windows.Window | None:
    window = windows.window_of(dispatch.root) if dispatch.kind == "conv" else None
    return window if window is not None and window.channels_first else None


def _turning(context: Context, dispatch: Dispatch) -> Iterator[tuple[Op, str]]:
    """The neighbours that permute a tensor on its way into or out of the convolution, and what they do."""
    for link in context.links_to(dispatch):
        if _permutes(link.maker) and not _regroups(link):
            yield link.maker or link.producer.op, "turns the layout before the convolution"
    for link in context.links_from(dispatch):
        if _permutes(link.reader) and not _regroups(link):
            yield link.reader or link.consumer.op, "turns the layout after the convolution"


def _permutes(op: Op | None) -> bool:
    """Whether the op reads or writes some full-rank tensor with the leading dims of another one last; dims of size 1 apart."""
    found = linalg.structured(op) if op is not None else None
    if found is None or not found.is_all_parallel:
        return False
    moving = [loop for loop, size in enumerate(found.static_loop_ranges) if size != 1]
    orders = [used.result_dims for used in found.indexing_maps if used.is_permutation]
    kept = [[loop for loop in order if loop in moving] for order in orders]
    return any(_is_turned(one, other) for one in kept for other in kept)


def _is_turned(one: Sequence[int | None], other: Sequence[int | None]) -> bool:
    """Whether the second order is the first one from some later dim on, and then from its beginning."""
    return any([*one[at:], *one[:at]] == list(other) for at in range(1, len(one)))


def _regroups(link: Link) -> bool:
    """Whether a reshape on the way deals elements out to other dims, so that these are no longer the convolution's."""
    shapes = [tensor.reshape(op) for op in link.edge.via]
    return any(each is not None and _sizes(each.source_type) != _sizes(each.result_type) for each in shapes)


def _sizes(of: types.TensorType | None) -> types.Shape:
    return types.without_units(of.shape) if of is not None else ()


def _remark(context: Context, conv: Op, window: windows.Window, turning: tuple[tuple[Op, str], ...]) -> Remark:
    depthwise = window.groups == "depthwise"
    reason = (
        "the conversion to channels last leaves depthwise convolutions as they are"
        if depthwise
        else "convolutions keep the layout that they come with unless they are told to change it"
    )
    return Remark(
        NAME,
        context.place(conv),
        f"`{conv.name}` is channels first ({window.layout}), and its neighbours turn the layout for it",
        reason,
        _conversion(context) if not depthwise and conv.name != "linalg.generic" else _REWRITE,
        related=tuple(advice.related(context, op, message) for op, message in turning),
    )


def _conversion(context: Context) -> str:
    from dispatch_lens.flags import table

    option = table.find("iree-preprocessing-transpose-convolution-pipeline")
    flag = table.with_value(option, "true", context.version) if option is not None else None
    return f"compile with `{flag}`" if isinstance(flag, str) else _REWRITE


_REWRITE = "write it in channels last, with the filter transposed once"


RULE = Rule(NAME, Severity.WARNING, check)
