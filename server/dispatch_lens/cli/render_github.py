"""`check` as workflow commands of GitHub Actions: each remark becomes an annotation of its line."""

from __future__ import annotations

from collections.abc import Sequence

import click

from dispatch_lens.cli.inputs import Unreadable
from dispatch_lens.features.report import FileReport, Place
from dispatch_lens.features.summary_words import headline

_LEVELS = {"warning": "warning", "information": "notice", "hint": "notice"}


def render(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> None:
    """Prints one command a line."""
    for report in reports:
        click.echo(f"::notice title=dispatch-lens::{_data(f'{report.file}: {headline(report.summary)}')}")
        for error in report.errors:
            click.echo(_command("error", report.file, error.place, "error", error.message))
        for remark in report.remarks:
            lines = [remark.message, f"reason: {remark.reason}"]
            lines += [f"suggestion: {remark.suggestion}"] if remark.suggestion else []
            click.echo(_command(_LEVELS[remark.severity], report.file, remark.place, remark.rule, "\n".join(lines)))
    for one in unreadable:
        click.echo(f"::error file={_property(one.path)}::{_data(one.why)}")


def _command(level: str, file: str, place: Place, title: str, text: str) -> str:
    fields = {"file": file, "line": str(place.line), "endLine": str(place.end_line)}
    if place.line == place.end_line:
        fields |= {"col": str(place.character), "endColumn": str(max(place.character, place.end_character - 1))}
    fields["title"] = f"dispatch-lens: {title}"
    return f"::{level} {','.join(f'{name}={_property(value)}' for name, value in fields.items())}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
