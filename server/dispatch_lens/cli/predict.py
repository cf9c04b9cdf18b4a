"""`dispatch-lens predict`: the dispatch regions that form-dispatch-regions would make of each function."""

from __future__ import annotations

import json
import sys

import click

from dispatch_lens.analysis.fusion import eras
from dispatch_lens.cli import cache, inputs


@click.command("predict")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--aggressive", "fusion", flag_value="aggressive", default="default", help="As with aggressive fusion on.")
@click.option("--era", metavar="VERSION", help="The rules of that release (2024-07, 3.9, 3.13 …); else as the text tells.")
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON, one line a file.")
def predict(files: tuple[str, ...], fusion: str, era: str | None, form: str) -> None:
    """Print the dispatch regions that the compiler would form, by our model of its pass.

    --json prints one line a file: {"file", "functions": [{"name", "groups": [{"root": [line, column], "ops": [[line,
    column], ...]}]}]}. Positions are those of op names, as in `ops`; groups and ops stand in text order; producers that
    are cloned into a region are not listed. Exits with 2 when a file could not be read.
    """
    from dispatch_lens.features import predict as feature
    from dispatch_lens.features.document import Document

    if era is not None and eras.era_of_version(era) is None:
        raise click.BadParameter(f"{era!r} is no release of IREE: write 2024-07, 3.9, 3.13 or the like", param_hint="--era")
    cache.use_parser_cache()
    unreadable = False
    for path in inputs.expand(files):
        text = inputs.read(path)
        if isinstance(text, inputs.Unreadable):
            click.echo(f"dispatch-lens: {path}: {text.why}", err=True)
            unreadable = True
            continue
        functions = feature.predicted(Document(path, 0, text), era, fusion == "aggressive")
        if form == "json":
            click.echo(json.dumps({"file": path, "functions": [function.as_json() for function in functions]}))
        else:
            for function in functions:
                click.echo(f"{path}: @{function.name}: {len(function.groups)} dispatch regions")
                for group in function.groups:
                    click.echo(f"  {path}:{group.root.line}:{group.root.column} {group.name}, {len(group.ops)} ops")
    sys.exit(2 if unreadable else 0)
