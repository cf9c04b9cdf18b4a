"""`dispatch-lens ops`: every op of each file, one line of JSON a file."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dispatch_lens.cli import inputs

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document


@click.command("ops")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--json", "form", flag_value="json", default="json", help="Print JSON, one line a file (the only form).")
def ops(files: tuple[str, ...], form: str) -> None:
    """Print every op that is read, with its position, and every error.

    One line a file: {"file", "ops": [{"line", "column", "name", "depth", "results", "operands", "attributes",
    "regions"}], "errors": [{"line", "column", "message"}]}. Lines and columns count from 1, columns in UTF-8 bytes, as
    MLIR's do. Exits with 2 when a file could not be read.
    """
    inputs.answer_each(files, _print)


def _print(path: str, document: Document) -> None:
    from dispatch_lens.features import ops as feature

    row = {
        "file": path,
        "ops": [asdict(row) for row in feature.op_rows(document)],
        "errors": [asdict(row) for row in feature.error_rows(document)],
    }
    click.echo(json.dumps(row, separators=(",", ":"), ensure_ascii=False))
