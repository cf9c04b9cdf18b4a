"""What an edge between two dispatches joins: the op that makes the tensor, and the op that reads it on the other side.

It looks through the boundary of a dispatch in every shape: a region's captured values, a dispatch's arguments with
their loads and stores. Inside a dispatch it looks through reshapes, and through nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_lens.analysis.dispatches import Dispatch, DispatchReport, Edge
from dispatch_lens.ir import flow, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value


@dataclass(frozen=True, eq=False)
class Link:
    """An edge with the dispatches and ops at its ends. `maker` and `use` are None where the text does not show them."""

    edge: Edge
    producer: Dispatch
    consumer: Dispatch
    maker: Op | None
    use: Operand | None

    @property
    def reader(self) -> Op | None:
        """The op of the consumer that reads the tensor."""
        return self.use.op if self.use is not None else None

    @property
    def is_direct(self) -> bool:
        """Whether nothing stands between the dispatches."""
        return not self.edge.via


def links(report: DispatchReport) -> tuple[Link, ...]:
    """One link an edge, in the order of the edges."""
    return tuple(link(report, edge) for edge in report.edges)


def link(report: DispatchReport, edge: Edge) -> Link:
    """The ends of one edge."""
    producer, consumer = report.dispatches[edge.producer], report.dispatches[edge.consumer]
    arriving = edge.via[-1].results[0] if edge.via else edge.value
    return Link(edge, producer, consumer, _maker(producer, edge.value), next(_uses(consumer, arriving), None))


def _maker(dispatch: Dispatch, value: Value) -> Op | None:
    region = flow.dispatch_region(dispatch.op)
    if region is not None:
        made = region.yielded[value.index].op if value.index < len(region.yielded) else None
    else:
        ops = dispatch.body.ops if dispatch.body is not None else ()
        stores = [store for op in ops if (store := flow.tensor_store(op)) is not None]
        made = stores[-1].value.value.op if stores else dispatch.root
    if made is None or not uses.is_view_like(made) or not made.operands:
        return made
    return uses.before(made.operands[0].value, uses.is_view_like).op


def _uses(dispatch: Dispatch, value: Value) -> Iterator[Operand]:
    if dispatch.op.name == "flow.dispatch.region":
        yield from _compute_uses(use for use in value.uses if dispatch.op.encloses(use.op))
        return
    for argument in _body_arguments(dispatch, value):
        for use in argument.uses:
            load = flow.tensor_load(use.op)
            if load is not None and load.source.value is argument:
                yield from _compute_uses(iter(load.op.results[0].uses))


def _compute_uses(found: Iterator[Operand]) -> Iterator[Operand]:
    """The uses by ops that compute; those behind a reshape in place of the reshape's."""
    for use in found:
        if uses.is_view_like(use.op) and use.op.results:
            yield from _compute_uses(iter(use.op.results[0].uses))
        elif not use.op.is_terminator:
            yield use


def _body_arguments(dispatch: Dispatch, value: Value) -> Iterator[Value]:
    """The body's arguments that stand for the value: argument i is operand i of the call."""
    called = flow.dispatch_site(dispatch.op) or flow.dispatch_workgroups(dispatch.op)
    if called is None or dispatch.body is None:
        return
    for operand, argument in zip(called.arguments, dispatch.body.arguments):
        if operand.value is value:
            yield argument
