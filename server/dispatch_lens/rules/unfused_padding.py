"""Padding that is done as a step of its own, before the op that reads the padded tensor.

## What it does

Finds a tensor that is padded outside the dispatch which reads it: a dispatch of a `tensor.pad`, a copy into a larger
tensor (`slow_memcpy`), or a `flow.tensor.update` into a splat.

## Why it costs

The whole tensor is copied for a thin border, which the reader could have made while it loads.

## Example

```mlir
func.func @pad_before_conv(%image: tensor<1x16x16x4xf32>, %filter: tensor<3x3x4x8xf32>) -> tensor<1x16x16x8xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %padded = flow.dispatch.region -> (tensor<1x18x18x4xf32>) {
    // expected-remark@+1 {{padding to `tensor<1x18x18x4xf32>` is a step of its own before `linalg.conv_2d_nhwc_hwcf`}}
    %p = tensor.pad %image low[0, 1, 1, 0] high[0, 1, 1, 0] {
    ^bb0(%i: index, %j: index, %k: index, %l: index):
      tensor.yield %zero : f32
    } : tensor<1x16x16x4xf32> to tensor<1x18x18x4xf32>
    flow.return %p : tensor<1x18x18x4xf32>
  }
  %acc = tensor.empty() : tensor<1x16x16x8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%acc : tensor<1x16x16x8xf32>) -> tensor<1x16x16x8xf32>
  %conv = flow.dispatch.region -> (tensor<1x16x16x8xf32>) {
    %c = linalg.conv_2d_nhwc_hwcf {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
        ins(%padded, %filter : tensor<1x18x18x4xf32>, tensor<3x3x4x8xf32>)
        outs(%fill : tensor<1x16x16x8xf32>) -> tensor<1x16x16x8xf32>
    flow.return %c : tensor<1x16x16x8xf32>
  }
  return %conv : tensor<1x16x16x8xf32>
}
```

## Fix

Let padding fuse into the op that reads it, by the option for it. Look at its known risks first.

## When it is right to leave it

For depthwise convolutions on CPUs: measured, the fused padding was slower there.

## Source

TensorPadToTensorInsertSlice.cpp makes the copy; FormDispatchRegions.cpp fuses a pad with its reader when told to.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import tensor
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice, forecasts
from dispatch_lens.rules.rule import Certainty, Context, Kind, Remark, Rule, Severity

NAME = "unfused-padding"
_READERS = ("conv", "pooling", "contraction")
_INSERTS = ("tensor.insert_slice", "flow.tensor.update")
_FORECAST = ("pad-before-conv",)


def check(context: Context) -> Iterator[Remark]:
    yield from forecasts.remarks(context, NAME, _FORECAST)
    if advice.option_is_on(context, "fuse-pad-with-consumers"):
        return
    reported: set[Op] = set()
    for link in context.links:
        step = _padding_step(link) if link.consumer.kind in _READERS else None
        if step is not None and step not in reported:
            reported.add(step)
            yield from _remark(context, link, step)


def _padding_step(link: Link) -> Op | None:
    """The op that pads: in the dispatch before the reader, or between two dispatches."""
    between = next((op for op in link.edge.via if op.name in _INSERTS), None)
    if between is not None:
        return between
    pad = next((op for op in link.producer.ops if tensor.pad(op) is not None), None)
    if pad is not None and len(link.producer.ops) == 1:
        return pad
    return link.producer.op if link.producer.kind == "memcpy" and " into " in link.producer.summary else None


def _remark(context: Context, link: Link, step: Op) -> Iterator[Remark]:
    suggestion = advice.options(context, "pad-before-conv")
    if not suggestion:
        return
    padded = step.results[0].type if step.results else link.edge.value.type
    reader = advice.called(link.reader, link.consumer)
    yield Remark(
        NAME,
        context.place(step),
        f"padding to `{padded}` is a step of its own before {reader}",
        "padding becomes a fill and a copy into it before dispatches form, unless it is kept for its reader",
        suggestion,
        Certainty.POSSIBLE,
        (advice.related(context, link.reader or link.consumer.op, "reads the padded tensor"),),
    )


RULE = Rule(NAME, Kind.MISSED, Severity.INFORMATION, check)
