"""Two ops that the release joins only when an option asks for it.

## What it does

Finds pairs that fusion as it is by default leaves apart, or will where no dispatch is formed yet, and that an option
joins: a reduction behind a reduction, a producer that narrows elements, a dequantization before a contraction,
contractions side by side, the tensors of a concat, of which each is copied, and what data tiling packs and unpacks.

## Why it costs

The tensor between the two is written to memory and read again; side by side, a tensor is read twice.

## Example

```mlir
#all = affine_map<(d0, d1) -> (d0, d1)>
#row = affine_map<(d0, d1) -> (d0)>
func.func @sum_behind_maximum(%x: tensor<64x256xf32>) -> tensor<64xf32> {
  %zero = arith.constant 0.0 : f32
  %low = arith.constant -3.4e+38 : f32
  %empty = tensor.empty() : tensor<64xf32>
  %lows = linalg.fill ins(%low : f32) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
  %top = linalg.generic {indexing_maps = [#all, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x : tensor<64x256xf32>) outs(%lows : tensor<64xf32>) {
  ^bb0(%in: f32, %out: f32):
    %m = arith.maximumf %in, %out : f32
    linalg.yield %m : f32
  } -> tensor<64xf32>
  %zeros = linalg.fill ins(%zero : f32) outs(%empty : tensor<64xf32>) -> tensor<64xf32>
  // expected-remark@+1 {{`linalg.generic` will be a dispatch of its own, apart from `linalg.generic`}}
  %sum = linalg.generic {indexing_maps = [#all, #row, #row], iterator_types = ["parallel", "reduction"]}
      ins(%x, %top : tensor<64x256xf32>, tensor<64xf32>) outs(%zeros : tensor<64xf32>) {
  ^bb0(%in: f32, %t: f32, %out: f32):
    %d = arith.subf %in, %t : f32
    %e = math.exp %d : f32
    %s = arith.addf %e, %out : f32
    linalg.yield %s : f32
  } -> tensor<64xf32>
  return %sum : tensor<64xf32>
}
```

## Fix

Compile with the option that the remark names. A remark says what the option is known to break.

## When it is right to leave it

Where the two together need more registers or local memory than they save: measure it.

## Source

FormDispatchRegions.cpp:isFusableWithProducer takes producers of inputs only where fusion is aggressive;
FuseHorizontalContractions.cpp joins contractions side by side; DecomposeConcat.cpp makes a concat copies, or transposes first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice, told
from dispatch_lens.rules.rule import Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "fusion-left-off"
_BLOCKERS = (
    *("reduction-then-reduction", "bit-truncate-producer", "elementwise-chain-nonaggressive"),
    *("consumer-with-more-loops", "broadcast-consumer", "horizontal-siblings", "concat-between"),
    *("data-tiled-contraction", "dequantization-before-contraction", "gather-left-outside"),
)


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)


def _message(context: Context, found: Finding, reader: Op) -> str:
    if found.blocker == "horizontal-siblings":
        return f"`{reader.name}` reads the tensor that `{found.producer.name}` reads, and the two are two dispatches"
    if found.blocker == "data-tiled-contraction":
        return f"data tiling packs the operands of `{found.producer.name}` and unpacks its result, each in a dispatch of its own"
    if found.blocker == "gather-left-outside":
        return f"this gather is a dispatch of its own before `{reader.name}`"
    if found.blocker == "concat-between":
        return told.of_concat(reader)
    return f"this {advice.kind(context, reader)} dispatch is apart from `{found.producer.name}`, whose result it reads"


RULE = Rule(NAME, Severity.INFORMATION, check)
