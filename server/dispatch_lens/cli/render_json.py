"""The JSON of `check`. Its schema is shipped as dispatch_lens/schemas/check.schema.json."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

import click

from dispatch_lens import __version__
from dispatch_lens.cli.inputs import Unreadable
from dispatch_lens.features.report import FileReport

FORMAT_VERSION = 1


def render(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> None:
    """Prints one JSON object."""
    click.echo(json.dumps(document(reports, unreadable), indent=2, ensure_ascii=False))


def document(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> dict[str, object]:
    """The object that is printed."""
    return {
        "format": FORMAT_VERSION,
        "tool": {"name": "dispatch-lens", "version": __version__},
        "files": [asdict(report) for report in reports],
        "unreadable": [asdict(one) for one in unreadable],
    }
