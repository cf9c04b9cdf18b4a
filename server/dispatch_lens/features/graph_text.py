"""The graph of dispatches as text for a viewer: for Graphviz, for Mermaid, and as JSON."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator
from dataclasses import asdict

from dispatch_lens.features.graph import Edge, Graph, Node, size

_LINE = 34
"""Characters of a line in a box."""
_COLOURS = {
    "conv": "#9ecae9",
    "contraction": "#b9b5e6",
    "reduction": "#f6c99f",
    "pooling": "#f9e09a",
    "transpose": "#f4a6a0",
    "elementwise": "#bfe3b4",
    "memcpy": "#d9d9d9",
}
_OTHER = "#ececec"
_STYLE = """\
  graph [nodesep=0.3, ranksep=0.35, bgcolor=transparent, fontname="Helvetica"];
  node [shape=box, style="rounded,filled", margin="0.28,0.06", fontsize=11, fontname="Helvetica"];
  node [color="#00000040", fontcolor="#1a1a1a"];
  edge [color="#808080", fontcolor="#808080", fontname="Helvetica", fontsize=10, arrowsize=0.6];"""


def text(of: Graph, form: str) -> str:
    """The graph as `dot`, `mermaid` or `json` text."""
    if form == "json":
        return json.dumps(asdict(of), indent=2, ensure_ascii=False) + "\n"
    return mermaid(of) if form == "mermaid" else dot(of)


def dot(of: Graph) -> str:
    """The graph for Graphviz: a box is coloured by the kind of its dispatch, an edge is as thick as it carries bytes.

    The id of a box is `d` and the ordinal of the dispatch, as in the other forms.
    """
    nodes = (f"  d{node.id} [{_attributes(_box(node))}];" for node in of.nodes)
    most = max((edge.bytes or 0 for edge in of.edges), default=0)
    edges = (f"  d{edge.source} -> d{edge.target} [{_attributes(_arrow(edge, most))}];" for edge in of.edges)
    return "\n".join(["digraph dispatches {", _STYLE, *nodes, *edges, "}"]) + "\n"


def _box(node: Node) -> dict[str, str]:
    words = textwrap.wrap(f"#{node.id} {node.summary}", _LINE, break_long_words=False)
    return {
        "id": f"d{node.id}",
        "label": "\n".join(words),
        "tooltip": f"{node.name}, line {node.line}: reads {size(node.bytes_read)}, writes {size(node.bytes_written)}",
        "fillcolor": _COLOURS.get(node.kind, _OTHER),
    }


def _arrow(edge: Edge, most: int) -> dict[str, str]:
    tooltip = " ".join(_words(edge))
    thickness = 1 + 2 * (edge.bytes or 0) / most if most else 1.0
    return {"label": f"  {size(edge.bytes)}", "tooltip": tooltip, "labeltooltip": tooltip, "penwidth": f"{thickness:.1f}"}


def _attributes(of: dict[str, str]) -> str:
    return ", ".join(f"{name}={_quoted(value)}" for name, value in of.items())


def _quoted(words: str) -> str:
    escaped = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def mermaid(of: Graph) -> str:
    """The graph for Mermaid, as Markdown viewers draw it."""
    nodes = (f'  d{node.id}["{_entities(node.name)}<br/>{_entities(node.summary)}"]' for node in of.nodes)
    edges = (f'  d{edge.source} -->|"{_entities(" ".join(_words(edge)))}"| d{edge.target}' for edge in of.edges)
    return "\n".join(["flowchart TD", *nodes, *edges]) + "\n"


def _words(edge: Edge) -> Iterator[str]:
    yield f"{edge.tensor}, {size(edge.bytes)}" if edge.tensor else size(edge.bytes)
    if edge.via:
        yield f"via {', '.join(dict.fromkeys(edge.via))}"


_ENTITIES = {"&": "#amp;", '"': "#quot;", "<": "#lt;", ">": "#gt;", "%": "#37;", "|": "#124;"}


def _entities(words: str) -> str:
    return "".join(_ENTITIES.get(character, character) for character in words)
