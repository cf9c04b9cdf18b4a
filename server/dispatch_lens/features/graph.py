"""The flow of data between dispatches: a node is a dispatch, an edge a tensor with its bytes."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.features.document import Document


@dataclass(frozen=True, slots=True)
class Node:
    """A dispatch. `line` is 1-based; bytes and flops are None where a size is dynamic or the text does not tell."""

    id: int
    name: str
    kind: str
    summary: str
    bytes_read: int | None
    bytes_written: int | None
    flops: int | None
    line: int


@dataclass(frozen=True, slots=True)
class Edge:
    """A tensor from one dispatch to another. `via` names the ops outside dispatches that it goes through."""

    source: int
    target: int
    tensor: str
    bytes: int | None
    via: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Graph:
    """The dispatches of one document and the tensors between them."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]


def graph(document: Document) -> Graph:
    """The graph of the document's program; empty where no dispatch is formed."""
    report = document.report
    nodes = tuple(_node(document, dispatch, document.starts.get(dispatch.op.module, 0)) for dispatch in report.dispatches)
    edges = (
        Edge(edge.producer, edge.consumer, str(edge.value.type or ""), edge.bytes, tuple(op.name for op in edge.via))
        for edge in report.edges
    )
    return Graph(nodes, tuple(edges))


def size(number: int | None) -> str:
    """`1.5 MB`, with 1000 for a step; `? B` where it is not known."""
    if number is None:
        return "? B"
    for unit, step in (("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)):
        if number >= step:
            return f"{number / step:.1f} {unit}"
    return f"{number} B"


def _node(document: Document, dispatch: Dispatch, start: int) -> Node:
    line = document.lines.line_of(start + dispatch.op.range.start) + 1
    return Node(
        id=dispatch.ordinal,
        name=dispatch.name,
        kind=dispatch.kind,
        summary=dispatch.summary,
        bytes_read=dispatch.bytes_read,
        bytes_written=dispatch.bytes_written,
        flops=dispatch.flops,
        line=line,
    )
