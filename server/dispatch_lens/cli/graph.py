"""`dispatch-lens graph`: the dispatches of one file and the tensors between them."""

from __future__ import annotations

import sys

import click

from dispatch_lens.cli import graphviz, inputs


@click.command("graph")
@click.argument("file", metavar="FILE|-")
@click.option("--format", "form", type=click.Choice(("dot", "json", "mermaid", "svg")), default="dot", help="For which viewer.")
def graph(file: str, form: str) -> None:
    """Draw which dispatch reads what another one made; an edge is a tensor with its bytes.

    `svg` is the picture that Graphviz makes of `dot`, where that is installed.

    Exits with 1 when the file holds no dispatches, with 2 when it could not be read.
    """
    from dispatch_lens.features import graph as feature
    from dispatch_lens.features import graph_text

    found = feature.graph(inputs.the_document(file))
    try:
        shown = graphviz.svg(graph_text.dot(found)) if form == "svg" else graph_text.text(found, form)
    except graphviz.NotDrawnError as error:
        inputs.stop(file, str(error))
    click.echo(shown, nl=False)
    if not found.nodes:
        inputs.tell(file, "no dispatch is formed here")
    sys.exit(0 if found.nodes else 1)
