"""A dispatch that does nothing but permute the dims of a tensor.

## What it does

Finds dispatches whose only op yields its input with the dims in another order, and says which neighbour could have read
or written the tensor in that order. A transpose between an argument and a result of the program is not reported: nobody
else can do it. Nor is one of a constant, or one in an initializer: the compiler does it once.

## Why it costs

The whole tensor is read and written once more, with one side strided, and nothing is computed.

## Example

```mlir
#same = affine_map<(d0, d1, d2, d3) -> (d0, d1, d2, d3)>
#turn = affine_map<(d0, d1, d2, d3) -> (d2, d3, d0, d1)>
func.func @transpose_before_conv(%image: tensor<18x18x1x8xf32>, %filter: tensor<8x3x3xf32>)
    -> tensor<1x8x16x16xf32> {
  %zero = arith.constant 0.000000e+00 : f32
  %empty = tensor.empty() : tensor<1x8x18x18xf32>
  %nchw = flow.dispatch.region -> (tensor<1x8x18x18xf32>) {
    // expected-remark@+1 {{the dispatch does nothing but `transpose 18x18x1x8 -> 1x8x18x18 by [2, 3, 0, 1], f32`}}
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
    %c = linalg.depthwise_conv_2d_nchw_chw {dilations = dense<1> : vector<2xi64>, strides = dense<1> : vector<2xi64>}
        ins(%nchw, %filter : tensor<1x8x18x18xf32>, tensor<8x3x3xf32>)
        outs(%fill : tensor<1x8x16x16xf32>) -> tensor<1x8x16x16xf32>
    flow.return %c : tensor<1x8x16x16xf32>
  }
  return %conv : tensor<1x8x16x16xf32>
}
```

## Fix

Let the neighbour work in the order that the tensor already has: a convolution in channels last, a contraction over the
permuted dims, an elementwise op through a permuted indexing map. The transpose is then gone or meets its inverse.

## When it is right to leave it

Where the order is what a caller asked for, or where the reader is much faster on contiguous rows than the copy costs.

## Source

FormDispatchRegions.cpp:isFusableWithProducer and isFusableWithConsumer decide which neighbour takes a transpose in;
PropagateLinalgTranspose.cpp moves transposes beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.analysis import windows
from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.analysis.links import Link
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rules import advice, sharing, told
from dispatch_lens.rules.rule import Certainty, Context, Remark, Rule, Severity

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding


NAME = "standalone-transpose"
_FUNCTIONS = ("func.func", "util.func")
_CONSTANT = ("arith.constant", "util.global.load", "flow.tensor.constant", "util.global.load.indirect")
_BLOCKERS = (
    *("transpose-into-contraction", "transpose-into-matmul", "transpose-pad-conv", "transpose-before-collapse"),
    *("transpose-before-named-conv", "transpose-formed-apart"),
)


def check(context: Context) -> Iterator[Remark]:
    yield from told.remarks(context, NAME, _BLOCKERS, _message)
    known = {op for found in context.findings for op in (found.producer, found.consumer)}
    for dispatch in context.report.standalone_transposes:
        if dispatch.root in known:
            continue
        remark = _alone(context, dispatch) if dispatch.op.name in _FUNCTIONS else _between(context, dispatch)
        if remark is not None:
            yield remark


def _message(context: Context, found: Finding, reader: Op) -> str:
    alone = reader if found.blocker == "transpose-formed-apart" else found.producer
    dispatch = context.report.dispatch_of(alone)
    return _does_nothing_else(dispatch) if dispatch is not None else f"this transpose is a step of its own before `{reader.name}`"


def _does_nothing_else(dispatch: Dispatch) -> str:
    return f"the dispatch does nothing but `{dispatch.summary}`"


def _alone(context: Context, dispatch: Dispatch) -> Remark:
    """A dispatch without its program: the neighbours decide, and they are not here."""
    return Remark(
        NAME,
        context.place(dispatch.root or dispatch.op),
        _does_nothing_else(dispatch),
        "the text holds the dispatch without the program around it, so what its neighbours are is not known",
        advice.dump(context),
        Certainty.POSSIBLE,
    )


def _between(context: Context, dispatch: Dispatch) -> Remark | None:
    outgoing, incoming = context.links_from(dispatch), context.links_to(dispatch)
    if not (outgoing or incoming) or _is_constant(dispatch):
        return None
    reason, suggestion = _why(context, outgoing, incoming)
    related = (
        *(advice.related(context, link.reader or link.consumer.op, "reads the transposed tensor") for link in outgoing),
        *(advice.related(context, link.maker or link.producer.op, "makes the tensor") for link in incoming),
    )
    place = context.place(dispatch.root or dispatch.op)
    certainty = Certainty.PREDICTED if context.is_formed else Certainty.POSSIBLE
    return Remark(NAME, place, _does_nothing_else(dispatch), reason, suggestion, certainty, related)


def _why(context: Context, outgoing: tuple[Link, ...], incoming: tuple[Link, ...]) -> tuple[str, str]:
    for link in outgoing:
        if link.consumer.kind in ("conv", "pooling"):
            reason, suggestion = _before_window(link.consumer)
            return _refusal(context, link) or reason, suggestion
        name = advice.called(link.reader, link.consumer)
        if link.consumer.kind == "contraction" and link.is_direct and not incoming:
            rewrite = "swap the dims in the contraction's indexing maps, so that it reads the tensor as it is"
            options = advice.options(context, "transpose-into-contraction")
            return f"its reader {name} takes the tensor as an input, and only its init may be fused", options or rewrite
    link = (*outgoing, *incoming)[0]
    neighbour = link.reader if outgoing else link.maker
    name = advice.called(neighbour, link.consumer if outgoing else link.producer)
    if len(outgoing) > 1:
        reason = f"{len(outgoing)} dispatches read it, each with needs of its own"
        return reason, "let each of them use the permuted indexing map itself"
    if not link.is_direct:
        return f"{advice.listed(link.edge.via)} stands between it and {name}", _past(context)
    if not outgoing and sharing.other_readers(link):
        return f"{name} has other readers, which take its result as it is", "let one of the readers do the permuting"
    if not context.is_formed:
        return "outlined text does not show what stood around it when dispatches were formed", advice.dump(context)
    reason = _refusal(context, link) or f"{name} was not formed into one dispatch with it"
    return reason, f"let {name} use the permuted indexing map itself"


def _refusal(context: Context, link: Link) -> str:
    """The predicate that keeps the two ends of the link apart, where the text has their ops; else nothing."""
    found = context.refusal(link.maker, link.reader)
    return told.reason(found) if found is not None else ""


def _past(context: Context) -> str:
    return "move the transpose past it, if it leaves the permuted dims alone" if context.is_formed else advice.dump(context)


def _before_window(reader: Dispatch) -> tuple[str, str]:
    """Before a convolution or a pooling: they can run in another order, but take no transpose in."""
    name = advice.called(reader.root, reader)
    kind = "pooling" if reader.kind == "pooling" else "convolution"
    window = windows.window_of(reader.root)
    reason = f"its reader {name} slides a window over the tensor, and no producer is fused into such an operand"
    if window is not None and window.channels_first is False:
        return reason, f"none is known: the {kind} has its channels last already, and the tensor comes in another order"
    return reason, f"run the {kind} in the order that the tensor has (channels last); the transpose then falls away"


def _is_constant(dispatch: Dispatch) -> bool:
    root = dispatch.root
    if root is None or not root.operands:
        return False
    return _comes_from_constant(root.operands[0].value)


def _comes_from_constant(value: Value) -> bool:
    while value.op is not None and value.op.operands and value.op.name.endswith("shape"):
        value = value.op.operands[0].value
    return value.op is not None and value.op.name in _CONSTANT


RULE = Rule(NAME, Severity.WARNING, check)
