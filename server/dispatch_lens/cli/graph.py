"""`dispatch-lens graph`: the data flow between the dispatches of one dump."""

from __future__ import annotations

import json
import sys

import click

from dispatch_lens.cli import inputs


@click.command("graph")
@click.argument("file")
@click.option("--format", "form", type=click.Choice(["dot", "json", "mermaid"]), default="dot", show_default=True)
def graph(file: str, form: str) -> None:
    """Draw the dispatches of FILE and the tensors between them, with their bytes. `-` is standard input."""
    from dispatch_lens.features import graph as feature
    from dispatch_lens.features.document import Document

    text = inputs.read(file)
    if isinstance(text, inputs.Unreadable):
        click.echo(f"dispatch-lens: {inputs.shown(file)}: {text.why}", err=True)
        sys.exit(2)
    report = Document(file, 0, text).report
    if form == "json":
        click.echo(json.dumps(feature.plain(report), indent=1))
    else:
        click.echo(feature.dot(report) if form == "dot" else feature.mermaid(report), nl=False)
