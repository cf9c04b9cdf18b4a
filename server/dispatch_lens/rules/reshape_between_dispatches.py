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
pair that regroups: move it past the elementwise dispatch, which then works on the shape of its neighbour.

## When it is right to leave it

Where neither side is elementwise: a contraction or convolution cannot work on another grouping of its dims.

## Source

BubbleUpExpandShapes.cpp and SinkReshapes.cpp move reshapes before dispatches form; FoldUnitExtentDims makes most pairs.
"""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import types
from dispatch_lens.ir.module import Value
from dispatch_lens.rules import advice, forecasts, sharing
from dispatch_lens.rules.rule import Context, Kind, Remark, Rule, Severity

NAME = "reshape-between-dispatches"
_FORECAST = (
    *("reshape-after-reduction", "expand-between-root-and-elementwise"),
    *("reshape-pair-between", "dynamic-reshape-between"),
)


def check(context: Context) -> Iterator[Remark]:
    yield from forecasts.remarks(context, NAME, _FORECAST)
    for link in context.links:
        if _is_reshaped(link) and _could_be_one(context, link):
            yield _remark(context, link)


def _is_reshaped(link: Link) -> bool:
    names = {op.name for op in link.edge.via}
    return bool(names) and names <= {"tensor.collapse_shape", "tensor.expand_shape", "tensor.cast"}


def _could_be_one(context: Context, link: Link) -> bool:
    """Whether one side is elementwise, reads each element once, and no other reader holds the tensor in memory anyway."""
    if not sharing.is_fusable_read(link) or sharing.waits_for_another(context, link):
        return False
    return not sharing.other_readers(link)


def _remark(context: Context, link: Link) -> Remark:
    made, read = link.edge.value, link.edge.via[-1].results[0]
    names = advice.listed(link.edge.via)
    effect, suggestion = _effect(context, link, made, read)
    maker, reader = advice.called(link.maker, link.producer), advice.called(link.reader, link.consumer)
    return Remark(
        NAME,
        context.place(link.edge.via[0]),
        f"{names} between two dispatches {effect}: `{_shape(made)}` to `{_shape(read)}`",
        f"dispatches form of ops that stand next to each other; the reshape stands between {maker} and {reader}",
        suggestion,
        related=(
            advice.related(context, link.maker or link.producer.op, "makes the tensor"),
            advice.related(context, link.reader or link.consumer.op, "reads the reshaped tensor"),
        ),
    )


def _effect(context: Context, link: Link, made: Value, read: Value) -> tuple[str, str]:
    """What the reshapes do to the dims, and what to do about them."""
    one = len(link.edge.via) == 1
    before, after = _dims(made), _dims(read)
    if before is not None and before == after:
        return _verb(one, "undo each other", "changes nothing"), "delete the reshapes"
    if before is not None and after is not None and _without_units(before) == _without_units(after):
        rewrite = "delete the reshapes and let the reader's indexing map pick the dims"
        return _verb(one, "only move dims of size 1", "only moves dims of size 1"), rewrite
    rewrite = "do the elementwise op on the other side of the reshape, on the shape that its neighbour has"
    suggestion = advice.options(context, "reshape-after-reduction") if link.producer.kind == "reduction" else ""
    return _verb(one, "regroup elements", "regroups elements"), suggestion or rewrite


def _verb(one: bool, many_do: str, one_does: str) -> str:
    return one_does if one else many_do


def _dims(value: Value) -> tuple[int | None, ...] | None:
    return value.type.shape if isinstance(value.type, types.TensorType) else None


def _without_units(shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
    return tuple(size for size in shape if size != 1)


def _shape(value: Value) -> str:
    return str(value.type)


RULE = Rule(NAME, Kind.MISSED, Severity.WARNING, check)
