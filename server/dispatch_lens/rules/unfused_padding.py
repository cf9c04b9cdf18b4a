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
from typing import TYPE_CHECKING

from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import flow, linalg, types, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rules import advice, told
from dispatch_lens.rules.rule import Certainty, Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "unfused-padding"
_BLOCKERS = ("pad-before-conv",)
_FILLED = ("flow.tensor.splat", "linalg.fill", "tensor.splat")


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)
    if context.is_formed or advice.option_is_on(context, "fuse-pad-with-consumers"):
        return
    for link in context.links:
        step = _padding_step(link) if _slides(link.reader) and not _is_regrouped(link) else None
        if step is not None:
            yield _remark(context, link, step)


def _message(context: Context, found: Finding, reader: Op) -> str:
    return f"padding to `{found.producer.results[0].type}` is a step of its own before `{reader.name}`"


def _slides(reader: Op | None) -> bool:
    """Whether the op slides a window over its input: a convolution or a pooling."""
    found = linalg.structured(reader) if reader is not None else None
    return found is not None and found.is_convolution


def _padding_step(link: Link) -> Op | None:
    """The op that copies the tensor into a filled one: between two dispatches, or a dispatch that does nothing else."""
    between = next((op for op in link.edge.via if op.name == "flow.tensor.update"), None)
    if between is not None:
        return between if between.operands and _is_filled(between.operands[0].value) else None
    site = flow.dispatch_site(link.producer.op) if link.producer.kind == "memcpy" else None
    is_padding = site is not None and any(_is_filled(argument.value) for argument in site.arguments)
    return link.producer.op if is_padding and not _is_strided(link.producer) else None


def _is_regrouped(link: Link) -> bool:
    """Whether the dims of the padded tensor are regrouped for the reader: the padding stays in front of that."""
    shapes = {types.without_units(value.type.shape) for value in _reshaped(link) if isinstance(value.type, types.TensorType)}
    return len(shapes) > 1


def _reshaped(link: Link) -> Iterator[Value]:
    for op in link.edge.via:
        if op.name == "flow.tensor.reshape":
            yield from (op.operands[0].value, op.results[0])


def _is_strided(copy: Dispatch) -> bool:
    """Whether the elements are stored apart from each other, as before a transposed convolution."""
    ops = copy.body.ops if copy.body is not None else ()
    stores = (store for op in ops if (store := flow.tensor_store(op)) is not None)
    return any(stride != 1 for store in stores for stride in store.strides)


def _is_filled(value: Value) -> bool:
    made = uses.before(value, uses.is_view_like).op
    return made is not None and made.name in _FILLED


def _option(context: Context, reader: Op | None) -> str:
    """The option that keeps padding for its reader; where it does not in this release, that."""
    from dispatch_lens.analysis.blockers import remedies

    is_kept = context.version >= remedies.KEEPS_PADS_OVER_UNIT_DIMS or reader is None or not remedies.has_unit_dims(reader)
    return (advice.options(context, "pad-before-conv") if is_kept else "") or remedies.NO_OPTION_FOR_PADS


def _remark(context: Context, link: Link, step: Op) -> Remark:
    suggestion = _option(context, link.reader)
    padded = step.results[0].type if step.results else link.edge.value.type
    reader = advice.called(link.reader, link.consumer)
    return Remark(
        NAME,
        context.place(step),
        f"padding to `{padded}` is a step of its own before {reader}",
        "padding becomes a fill and a copy into it before dispatches form, unless it is kept for its reader",
        suggestion,
        Certainty.POSSIBLE,
        (advice.related(context, link.reader or link.consumer.op, "reads the padded tensor"),),
    )


RULE = Rule(NAME, Severity.INFORMATION, check)
