"""`dispatch-lens extract`: cut a dispatch, or a pair, out of a program as a module of its own that compiles."""

from __future__ import annotations

import sys

import click

from dispatch_lens.cli import inputs


@click.command("extract")
@click.argument("file", metavar="FILE")
@click.argument("line", type=click.IntRange(min=1), metavar="LINE")
@click.option("--pair", "what", flag_value="pair", default="one", help="With the first dispatch that reads it.")
@click.option("--to", "last", type=click.IntRange(min=1), metavar="LINE", help="All ops of the function up to this line.")
def extract(file: str, line: int, what: str, last: int | None) -> None:
    """Print the dispatch or op at LINE of FILE as a module that compiles by itself.

    The call of an executable is printed as what it runs, or with the executable.
    What it reads becomes arguments, small constants come along, large ones become splats of their type. The comment at the
    head says how to count its dispatches. Exits with 1 where nothing can be cut out there, with 2 for an unreadable file.
    """
    from dispatch_lens.features import extraction

    if last is not None and last < line:
        raise click.BadParameter(f"line {last} is before line {line}", param_hint="--to")
    document = inputs.the_document(file)
    if last is not None:
        cut = extraction.lines(document, line, last)
    else:
        cut = extraction.pair(document, line) if what == "pair" else extraction.one(document, line)
    if isinstance(cut, str):
        click.echo(f"dispatch-lens: {inputs.shown(file)}:{line}: {cut}", err=True)
        sys.exit(1)
    click.echo(cut.text, nl=False)
