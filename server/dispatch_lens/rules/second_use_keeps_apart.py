"""Two dispatches that stay apart because the tensor between them has a second reader.

## What it does

Finds a dispatch next to the one that makes its input, where that tensor is read once more: by another dispatch, by another
op of its own, or by the program's result. Where fusing them would leave as many dispatches, nothing is said.

## Why it costs

The tensor must be written for its second reader anyway; but the first reader, fused, would not read it back.

## Example

```mlir
#same = affine_map<(d0, d1) -> (d0, d1)>
func.func @returned_as_well(%lhs: tensor<8x8xf32>, %rhs: tensor<8x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %zero = arith.constant 0.000000e+00 : f32
  %empty = tensor.empty() : tensor<8x8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x8xf32>) -> tensor<8x8xf32>
  %mm = flow.dispatch.region -> (tensor<8x8xf32>) {
    %m = linalg.matmul
        ins(%lhs, %rhs : tensor<8x8xf32>, tensor<8x8xf32>) outs(%fill : tensor<8x8xf32>) -> tensor<8x8xf32>
    flow.return %m : tensor<8x8xf32>
  }
  %relu = flow.dispatch.region -> (tensor<8x8xf32>) {
    // expected-remark@+1 {{this elementwise dispatch is kept apart from `linalg.matmul` by a second reader, `func.return`}}
    %r = linalg.generic {indexing_maps = [#same, #same], iterator_types = ["parallel", "parallel"]}
        ins(%mm : tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {
    ^bb0(%in: f32, %out: f32):
      %x = arith.maximumf %in, %zero : f32
      linalg.yield %x : f32
    } -> tensor<8x8xf32>
    flow.return %r : tensor<8x8xf32>
  }
  return %mm, %relu : tensor<8x8xf32>, tensor<8x8xf32>
}
```

## Fix

Fuse aggressively: then a dispatch may give the tensor and what was made of it.

## When it is right to leave it

Where the second reader needs the tensor early, or where one dispatch with two results is slower than two with one.

## Source

FormDispatchRegions.cpp:getFusableUses takes a tensor with one reader only, unless fusion is aggressive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.analysis import kinds
from dispatch_lens.analysis.links import Link
from dispatch_lens.ir import uses
from dispatch_lens.ir.module import Op
from dispatch_lens.rules import advice, sharing, told
from dispatch_lens.rules.rule import Certainty, Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "second-use-keeps-apart"
_MAKERS = (*kinds.HEAVY, "elementwise")
_BLOCKERS = ("multi-use-producer", "producer-also-returned", "tensor-trace", "elementwise-multi-use-diamond")


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)
    if context.is_formed or advice.option_is_on(context, "aggressive-fusion"):
        return
    reported: set[int] = set()
    for link in context.links:
        if link.producer.ordinal not in reported and _would_fuse(context, link):
            reported.add(link.producer.ordinal)
            yield from _remark(context, link)


def _message(context: Context, found: Finding, reader: Op) -> str:
    others = told.other_readers(found)
    second = _second(others[0]) if others else "the program's result"
    return f"this {advice.kind(context, reader)} dispatch is kept apart from `{found.producer.name}` by a second reader, {second}"


def _would_fuse(context: Context, link: Link) -> bool:
    """Whether, as far as outlined text tells, nothing but the second reader is in the way."""
    reshaped = all(op.name == "flow.tensor.reshape" for op in link.edge.via)
    if not reshaped or link.consumer.kind != "elementwise" or link.producer.kind not in _MAKERS:
        return False
    if sharing.waits_for_another(context, link) or _reads_otherwise_too(link):
        return False
    return sharing.is_fusable_read(link) and bool(sharing.other_readers(link))


def _reads_otherwise_too(link: Link) -> bool:
    """Whether the consumer reads the same tensor a second time through a reshape or slice: all of it must be there then."""
    views = (op for op in sharing.other_readers(link) if op.name.startswith("flow.tensor."))
    return any(link.consumer.op in uses.consumers(op) for op in views)


def _remark(context: Context, link: Link) -> Iterator[Remark]:
    others = sharing.other_readers(link)
    blocker = "producer-also-returned" if any(op.is_terminator for op in others) else "multi-use-producer"
    suggestion = advice.options(context, blocker)
    if not suggestion:
        return
    maker = advice.called(link.maker, link.producer)
    yield Remark(
        NAME,
        context.place(link.reader or link.consumer.op),
        f"this elementwise dispatch is kept apart from {maker} by a second reader, {_second(others[0])}",
        "a tensor with several readers is not fused with any of them, unless fusion is aggressive" + _beside_reshapes(link),
        suggestion if link.is_direct else advice.dump(context),
        Certainty.POSSIBLE,
        related=(
            advice.related(context, link.maker or link.producer.op, "makes the tensor"),
            *(advice.related(context, op, "reads the tensor as well") for op in others[:4]),
        ),
    )


def _beside_reshapes(link: Link) -> str:
    return "" if link.is_direct else f"; whether {advice.listed(link.edge.via)} stood there then, outlined text does not show"


def _second(op: Op) -> str:
    return f"`{op.name}`" if op.dialect != "flow" else "another dispatch"


RULE = Rule(NAME, Severity.WARNING, check)
