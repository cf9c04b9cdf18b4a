"""`dispatch-lens graph`: the dispatches of one file and the tensors between them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from dispatch_lens.cli import inputs


@click.command("graph")
@click.argument("file", metavar="FILE|-")
@click.option("--format", "form", type=click.Choice(("dot", "json", "mermaid")), default="dot", help="For which viewer.")
def graph(file: str, form: str) -> None:
    """Draw which dispatch reads what another one made; an edge is a tensor with its bytes.

    Exits with 1 when the file holds no dispatches, with 2 when it could not be read.
    """
    from dispatch_lens.features import graph as feature

    found = feature.graph(inputs.the_document(file))
    if form == "json":
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        click.echo(feature.dot(found) if form == "dot" else feature.mermaid(found), nl=False)
    sys.exit(0 if found.nodes else 1)
