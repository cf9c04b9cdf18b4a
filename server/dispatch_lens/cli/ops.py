"""`dispatch-lens ops`: every op of each file, one line of JSON a file."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from dispatch_lens.cli import cache, inputs


@click.command("ops")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--json", "form", flag_value="json", default="json", help="Print JSON, one line a file (the only form).")
def ops(files: tuple[str, ...], form: str) -> None:
    """Print every op that is read, with its position, and every error.

    One line a file: {"file", "ops": [{"line", "column", "name", "depth", "results", "operands", "attributes",
    "regions"}], "errors": [{"line", "column", "message"}]}. Lines and columns count from 1, columns in UTF-8 bytes, as
    MLIR's do. Exits with 2 when a file could not be read.
    """
    unreadable = False
    for path in inputs.expand(files):
        text = inputs.read(path)
        if isinstance(text, inputs.Unreadable):
            click.echo(f"dispatch-lens: {path}: {text.why}", err=True)
            unreadable = True
            continue
        click.echo(json.dumps(_answer(path, text), separators=(",", ":"), ensure_ascii=False))
    sys.exit(2 if unreadable else 0)


def _answer(path: str, text: str) -> dict[str, object]:
    from dispatch_lens.features import ops as feature
    from dispatch_lens.features.document import Document

    cache.use_parser_cache()
    document = Document(path, 0, text)
    return {
        "file": path,
        "ops": [asdict(row) for row in feature.op_rows(document)],
        "errors": [asdict(row) for row in feature.error_rows(document)],
    }
