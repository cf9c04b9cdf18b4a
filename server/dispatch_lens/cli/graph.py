"""`dispatch-lens graph`: the dispatches of one file and the tensors between them."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from dispatch_lens.cli import cache, inputs


@click.command("graph")
@click.argument("file", metavar="FILE|-")
@click.option("--format", "form", type=click.Choice(("dot", "json", "mermaid")), default="dot", help="For which viewer.")
def graph(file: str, form: str) -> None:
    """Draw which dispatch reads what another one made; an edge is a tensor with its bytes.

    Exits with 1 when the file holds no dispatches, with 2 when it could not be read.
    """
    text = inputs.read(file)
    if isinstance(text, inputs.Unreadable):
        click.echo(f"dispatch-lens: {inputs.shown(file)}: {text.why}", err=True)
        sys.exit(2)
    from dispatch_lens.features import graph as feature
    from dispatch_lens.features.document import Document

    cache.use_parser_cache()
    found = feature.graph(Document(inputs.shown(file), 0, text))
    if form == "json":
        click.echo(json.dumps(asdict(found), indent=2, ensure_ascii=False))
    else:
        click.echo(feature.dot(found) if form == "dot" else feature.mermaid(found), nl=False)
    sys.exit(0 if found.nodes else 1)
