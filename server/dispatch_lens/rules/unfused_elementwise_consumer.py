"""An elementwise dispatch that only reads what the dispatch before it made.

## What it does

Finds an elementwise dispatch next to the dispatch that makes its input, with nothing between them and no other reader of
the tensor, where each loop of the one is a loop of the other: they could have been one.

## Why it costs

The tensor between them is written to memory and read again, and there is one more launch.

## Example

```mlir
#same = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#turn = affine_map<(d0, d1, d2, d3) -> (d2, d3, d0, d1)>
func.func @clamp_after_conv(%image: tensor<1x8x18x18xf32>, %filter: tensor<8x3x3xf32>) -> tensor<16x16x1x8xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %acc = tensor.empty() : tensor<1x8x16x16xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%acc : tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
  %conv = flow.dispatch.region -> (tensor<1x8x16x16xf32>) {
    %c = linalg.depthwise_conv_2d_nchw_chw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
        ins(%image, %filter : tensor<1x8x18x18xf32>, tensor<8x3x3xf32>)
        outs(%fill : tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
    flow.return %c : tensor<1x8x16x16xf32>
  }
  %empty = tensor.empty() : tensor<16x16x1x8xf32>
  %clamped = flow.dispatch.region -> (tensor<16x16x1x8xf32>) {
    // expected-remark@+1 {{this elementwise dispatch reads what `linalg.depthwise_conv_2d_nchw_chw` made}}
    %r = linalg.generic {indexing_maps = [#same, #turn], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%conv : tensor<1x8x16x16xf32>) outs(%empty : tensor<16x16x1x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.maximumf %in, %zero : f32
      linalg.yield %m : f32
    } -> tensor<16x16x1x8xf32>
    flow.return %r : tensor<16x16x1x8xf32>
  }
  return %clamped : tensor<16x16x1x8xf32>
}
```

## Fix

Write the producer as a `linalg.generic` whose loops stand in the order of its result (older releases compare loops by
position), or let the pass fuse aggressively. Where the maps agree already, run elementwise fusion before dispatches form.

## When it is right to leave it

Where the elementwise op broadcasts what it reads: fused, it would be computed again for every element.

## Source

FormDispatchRegions.cpp:isFusableWithConsumer.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.analysis import kinds
from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice, sharing, told
from dispatch_lens.rules.rule import Certainty, Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "unfused-elementwise-consumer"
_PRODUCERS = (*kinds.HEAVY, "elementwise")
_BLOCKERS = (
    *("conv-output-transposed", "conv-inplace-type-change", "mmt4d-producer"),
    *("depthwise-nchw-then-elementwise", "loops-in-another-order", "formed-apart"),
)


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)
    if context.is_formed:
        return
    for link in context.links:
        if _could_follow(context, link):
            yield _remark(context, link)


def _message(context: Context, found: Finding, reader: Op) -> str:
    dispatch = context.report.dispatch_of(reader)
    summary = f": `{dispatch.summary}`" if dispatch is not None else ""
    return f"this {advice.kind(context, reader)} dispatch reads what `{found.producer.name}` made{summary}"


def _could_follow(context: Context, link: Link) -> bool:
    """Whether an elementwise dispatch is next to what it reads in outlined text, and alone in that."""
    if link.consumer.kind != "elementwise" or link.producer.kind not in _PRODUCERS or not link.is_direct:
        return False
    if sharing.other_readers(link) or sharing.waits_for_another(context, link):
        return False
    return sharing.is_fusable_read(link)


def _remark(context: Context, link: Link) -> Remark:
    maker = advice.called(link.maker, link.producer)
    made = linalg.structured(link.maker) if link.maker is not None else None
    if made is not None and not sharing.leads_with_result_dims(made):
        reason = f"{maker} writes its result through `{made.result_map()}`, not in the order of its loops"
        rewrite = f"write {maker} as a `linalg.generic` whose loops stand in the order of its result's dims"
        suggestion = advice.options(context, "depthwise-nchw-then-elementwise") or rewrite
    else:
        reason = "outlined text does not show what stood between the two when dispatches were formed"
        suggestion = advice.dump(context)
    return Remark(
        NAME,
        context.place(link.reader or link.consumer.op),
        f"this elementwise dispatch reads what {maker} made: `{link.consumer.summary}`",
        reason,
        suggestion,
        Certainty.POSSIBLE,
        (advice.related(context, link.maker or link.producer.op, "makes the tensor"),),
    )


RULE = Rule(NAME, Severity.WARNING, check)
