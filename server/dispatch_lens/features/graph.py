"""The dispatches of a program as a graph: a node for each dispatch, an edge for each tensor with its bytes."""

from __future__ import annotations

import json

from dispatch_lens.analysis.dispatches import Dispatch, DispatchReport, Edge


def dot(report: DispatchReport) -> str:
    """The graph in Graphviz's language."""
    nodes = [f"  d{node.ordinal} [label={json.dumps(_label(node))}];" for node in report.dispatches]
    edges = [f"  d{edge.producer} -> d{edge.consumer} [label={json.dumps(_bytes(edge))}];" for edge in report.edges]
    return "\n".join(["digraph dispatches {", "  node [shape=box];", *nodes, *edges, "}"]) + "\n"


def mermaid(report: DispatchReport) -> str:
    """The graph as a Mermaid flowchart."""
    nodes = [f'  d{node.ordinal}["{_label(node).replace(chr(34), chr(39))}"]' for node in report.dispatches]
    edges = [f'  d{edge.producer} -->|"{_bytes(edge)}"| d{edge.consumer}' for edge in report.edges]
    return "\n".join(["flowchart TD", *nodes, *edges]) + "\n"


def plain(report: DispatchReport) -> dict[str, object]:
    """The graph as plain data."""
    nodes = [
        {"ordinal": node.ordinal, "name": node.name, "kind": node.kind, "summary": node.summary, "flops": node.flops}
        for node in report.dispatches
    ]
    edges = [{"from": edge.producer, "to": edge.consumer, "bytes": edge.bytes} for edge in report.edges]
    return {"nodes": nodes, "edges": edges}


def _label(node: Dispatch) -> str:
    return f"{node.ordinal}: {node.summary}"


def _bytes(edge: Edge) -> str:
    if edge.bytes is None:
        return "dynamic"
    size, unit = float(edge.bytes), "B"
    for larger in ("KiB", "MiB", "GiB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    return f"{size:.4g} {unit}"
