"""An elementwise dispatch behind a padded convolution or contraction, cut off by the slice that removes the padding.

## What it does

Finds a convolution or contraction whose result is sliced, back to size after padding for one, and the elementwise op that
reads the slice.

## Why it costs

The slice stands between the two, so the elementwise op, which was fused before padding, is a dispatch of its own.

## Example

```mlir
#same = affine_map<(d0, d1) -> (d0, d1)>
func.func @relu_behind_padded_matmul(%lhs: tensor<16x32xf32>, %rhs: tensor<32x16xf32>) -> tensor<10x10xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %acc = tensor.empty() : tensor<16x16xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%acc : tensor<16x16xf32>) -> tensor<16x16xf32>
  %mm = flow.dispatch.region -> (tensor<16x16xf32>) {
    %m = linalg.matmul
        ins(%lhs, %rhs : tensor<16x32xf32>, tensor<32x16xf32>) outs(%fill : tensor<16x16xf32>) -> tensor<16x16xf32>
    flow.return %m : tensor<16x16xf32>
  }
  // expected-remark@+1 {{`linalg.generic` is cut off from `linalg.matmul` by the slice of its result}}
  %slice = tensor.extract_slice %mm[0, 0] [10, 10] [1, 1] : tensor<16x16xf32> to tensor<10x10xf32>
  %empty = tensor.empty() : tensor<10x10xf32>
  %relu = flow.dispatch.region -> (tensor<10x10xf32>) {
    %r = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]}
        ins(%slice : tensor<10x10xf32>) outs(%empty : tensor<10x10xf32>) {
    ^bb0(%in: f32, %out: f32):
      %x = arith.maximumf %in, %zero : f32
      linalg.yield %x : f32
    } -> tensor<10x10xf32>
    flow.return %r : tensor<10x10xf32>
  }
  return %relu : tensor<10x10xf32>
}
```

## Fix

Do the elementwise op on the padded tensor and slice its result: it then fuses with what makes the tensor. Or compute only what
is read: slice what the contraction reads, or the convolution's filter where its channels are cut.

## When it is right to leave it

Where padding is large against the tensor: the elementwise op would compute mostly elements that are thrown away.

## Source

FormDispatchRegions.cpp: a `tensor.extract_slice` is cloned into its reader and is no consumer to fuse through.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.analysis.links import Link
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice, sharing, told
from dispatch_lens.rules.rule import Certainty, Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "elementwise-left-by-padding"
_BLOCKERS = ("extract-slice-between",)
_MAKERS = ("conv", "contraction")
_SLICES = ("tensor.extract_slice", "flow.tensor.slice")


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)
    if context.is_formed:
        return
    for link in context.links:
        slice_ = next((op for op in link.edge.via if op.name in _SLICES), None)
        if slice_ is not None and link.producer.kind in _MAKERS and _is_left(context, link, slice_):
            yield _remark(context, link, slice_)


def _message(context: Context, found: Finding, reader: Op) -> str:
    return f"`{reader.name}` is cut off from `{found.producer.name}` by the slice of its result"


def _is_left(context: Context, link: Link, slice_: Op) -> bool:
    """Whether the slice is all that is read of the tensor, and an elementwise dispatch is all that reads the slice."""
    if not sharing.is_fusable_read(link) or sharing.waits_for_another(context, link):
        return False
    return len(sharing.readers(link.edge.value)) == 1 and len(sharing.readers(slice_.results[0])) == 1


def _remark(context: Context, link: Link, slice_: Op) -> Remark:
    maker = advice.called(link.maker, link.producer)
    return Remark(
        NAME,
        context.place(slice_),
        f"{advice.called(link.reader, link.consumer)} is cut off from {maker} by the slice of its result",
        f"`{slice_.name}` stands between the two, and no dispatch is formed through it",
        "let the elementwise op work on the whole tensor and slice its result",
        Certainty.POSSIBLE,
        related=(
            advice.related(context, link.reader or link.consumer.op, "reads the slice"),
            advice.related(context, link.maker or link.producer.op, "makes the tensor"),
        ),
    )


RULE = Rule(NAME, Severity.WARNING, check)
