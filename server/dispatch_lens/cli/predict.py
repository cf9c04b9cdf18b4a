"""`dispatch-lens predict`: the dispatch regions that form-dispatch-regions would make of each function."""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING

import click

from dispatch_lens.cli import inputs
from dispatch_lens.cli.era import era_option

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document


@click.command("predict")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--aggressive", "fusion", flag_value="aggressive", default="default", help="As with aggressive fusion on.")
@era_option
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON, one line a file.")
def predict(files: tuple[str, ...], fusion: str, era: str | None, form: str) -> None:
    """Print the dispatch regions that the compiler would form, by our model of its pass.

    --json prints one line a file: {"file", "functions": [{"name", "groups": [{"root": [line, column], "ops": [[line,
    column], ...]}]}]}. Positions are those of op names, as in `ops`; groups and ops stand in text order; producers that
    are cloned into a region are not listed. Exits with 2 when a file could not be read.
    """
    inputs.answer_each(files, functools.partial(_print, fusion, era, form))


def _print(fusion: str, era: str | None, form: str, path: str, document: Document) -> None:
    from dispatch_lens.analysis.fusion import eras
    from dispatch_lens.features import predict as feature

    functions = feature.predicted(document, era, eras.Options(aggressive=fusion == "aggressive"))
    if form == "json":
        click.echo(json.dumps({"file": path, "functions": [function.as_json() for function in functions]}))
        return
    if not functions:
        click.echo(f"{document.uri}: no function whose dispatches could be formed")
    for function in functions:
        formed = f", beside {_count(function.formed, 'that is', 'that are')} formed already" if function.formed else ""
        regions = _count(len(function.groups), "dispatch region", "dispatch regions")
        click.echo(f"{document.uri}: @{function.name}: {regions}{formed}")
        for group in function.groups:
            ops = _count(len(group.ops), "op", "ops")
            click.echo(f"  {document.uri}:{group.root.line}:{group.root.column} {group.name}, {ops}")


def _count(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
