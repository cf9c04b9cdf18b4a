"""Reshapes that keep apart two dispatches which could have been one.

## What it does

Finds an elementwise dispatch that reads another dispatch's result only through `tensor.collapse_shape` and
`tensor.expand_shape`, and says what these do to the dims: only move dims of size 1, undo each other, or truly regroup
elements.

## Why it costs

A reshape costs nothing itself. But no dispatch is formed across one, so the tensor goes through memory between the two.

## Example

```mlir
#same = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
func.func @unit_dim_moves(%x: tensor<9x9x1x4xf32>) -> tensor<1x9x9x4xf32> {
  %one = arith.constant 1.000000e+00 : f32
  %e0 = tensor.empty() : tensor<9x9x1x4xf32>
  %a = flow.dispatch.region -> (tensor<9x9x1x4xf32>) {
    %r = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%x : tensor<9x9x1x4xf32>) outs(%e0 : tensor<9x9x1x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %s = arith.addf %in, %one : f32
      linalg.yield %s : f32
    } -> tensor<9x9x1x4xf32>
    flow.return %r : tensor<9x9x1x4xf32>
  }
  // expected-remark@+1 {{`tensor.collapse_shape`, `tensor.expand_shape` between two dispatches only move dims of size 1}}
  %collapsed = tensor.collapse_shape %a [[0], [1], [2, 3]] : tensor<9x9x1x4xf32> into tensor<9x9x4xf32>
  %expanded = tensor.expand_shape %collapsed [[0, 1], [2], [3]] output_shape [1, 9, 9, 4]
      : tensor<9x9x4xf32> into tensor<1x9x9x4xf32>
  %e1 = tensor.empty() : tensor<1x9x9x4xf32>
  %b = flow.dispatch.region -> (tensor<1x9x9x4xf32>) {
    %r = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel", "parallel", "parallel"]}
        ins(%expanded : tensor<1x9x9x4xf32>) outs(%e1 : tensor<1x9x9x4xf32>) {
    ^bb0(%in: f32, %out: f32):
      %m = arith.mulf %in, %one : f32
      linalg.yield %m : f32
    } -> tensor<1x9x9x4xf32>
    flow.return %r : tensor<1x9x9x4xf32>
  }
  return %b : tensor<1x9x9x4xf32>
}
```

## Fix

Dims of size 1 that only move: delete the reshapes and let the reader's indexing map pick the dims. A single reshape, or a
pair that regroups: move it past the elementwise dispatch, which then works on the shape of its neighbour. An expand behind a
contraction, or of a convolution's channels, goes to what the op reads: the op becomes a generic over the split loops.

## When it is right to leave it

Where a window slides over the dims that are regrouped, and where a named contraction has kernels that its general form misses.

## Source

BubbleUpExpandShapes.cpp and SinkReshapes.cpp move reshapes before dispatches form; FoldUnitExtentDims makes most pairs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dispatch_lens.ir import types
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rules import advice, told
from dispatch_lens.rules.rule import Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "reshape-between-dispatches"
_BLOCKERS = (
    *("reshape-after-reduction", "expand-between-root-and-elementwise", "expand-before-transpose"),
    "expand-behind-convolution",
    *("reshape-pair-between", "dynamic-reshape-between", "unit-dim-reshape-between"),
    "collapse-between-root-and-elementwise",
)


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)


def _message(context: Context, found: Finding, reader: Op) -> str:
    made, read = found.between[0].operands[0].value, found.between[-1].results[0]
    effect = _effect(found.between, _dims(made), _dims(read))
    return f"{advice.listed(found.between)} between two dispatches {effect}: `{made.type}` to `{read.type}`"


def _effect(between: Sequence[Op], before: _Dims, after: _Dims) -> str:
    """What the reshapes do to the dims."""
    alone = len(between) == 1
    if before is not None and before == after:
        return "changes nothing" if alone else "undo each other"
    if before is not None and after is not None and types.without_units(before) == types.without_units(after):
        return "only moves dims of size 1" if alone else "only move dims of size 1"
    return "regroups elements" if alone else "regroup elements"


_Dims = tuple[int | None, ...] | None


def _dims(value: Value) -> _Dims:
    return value.type.shape if isinstance(value.type, types.TensorType) else None


RULE = Rule(NAME, Severity.WARNING, check)
