"""`check` as SARIF 2.1.0. Columns are code points there; the summary of a file is a property of its artifact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

import click

from dispatch_lens import __version__, rules
from dispatch_lens.cli.inputs import Unreadable
from dispatch_lens.features import summary_words
from dispatch_lens.features.report import ErrorRow, FileReport, Note, Place, RemarkRow
from dispatch_lens.rules import pages
from dispatch_lens.rules.rule import Rule

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ERROR_RULE = "ir-error"
_LEVELS = {"warning": "warning", "information": "note", "hint": "note"}
Json = dict[str, object]


def render(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> None:
    """Prints one SARIF log."""
    click.echo(json.dumps(log(reports, unreadable), indent=2, ensure_ascii=False))


def log(reports: Sequence[FileReport], unreadable: Sequence[Unreadable]) -> Json:
    """The log that is printed, with one run."""
    driver = {"name": "dispatch-lens", "version": __version__, "rules": _descriptors()}
    notifications = [{"level": "error", "message": {"text": f"{one.path}: {one.why}"}} for one in unreadable]
    run: Json = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": not unreadable, "toolExecutionNotifications": notifications}],
        "artifacts": [_artifact(report) for report in reports],
        "results": [result for report in reports for result in _results(report)],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _descriptors() -> list[Json]:
    broken: Json = {"id": _ERROR_RULE, "shortDescription": {"text": "The text is not valid IR."}}
    return [broken, *(_descriptor(rule) for rule in rules.ALL)]


def _descriptor(rule: Rule) -> Json:
    page = pages.explain(rule)
    return {
        "id": rule.name,
        "shortDescription": {"text": f"{pages.summary(rule)}."},
        "help": {"text": page, "markdown": page},
        "defaultConfiguration": {"level": _LEVELS[rule.severity.value]},
    }


def _artifact(report: FileReport) -> Json:
    facts = {"summary": summary_words.headline(report.summary), **dict(summary_words.rows(report.summary, report.reading))}
    return {"location": {"uri": _uri(report.file)}, "properties": facts}


def _results(report: FileReport) -> list[Json]:
    index = {rule.name: i + 1 for i, rule in enumerate(rules.ALL)}
    errors = [_error(report.file, error) for error in report.errors]
    return errors + [_result(report.file, remark, index[remark.rule]) for remark in report.remarks]


def _error(file: str, error: ErrorRow) -> Json:
    found = {"ruleId": _ERROR_RULE, "ruleIndex": 0, "level": "error", "message": {"text": error.message}}
    return {**found, "locations": [_location(file, error.place)], **_related(file, error.related)}


def _result(file: str, remark: RemarkRow, index: int) -> Json:
    lines = [remark.message, f"reason: {remark.reason}"]
    lines += [f"suggestion: {remark.suggestion}"] if remark.suggestion else []
    return {
        "ruleId": remark.rule,
        "ruleIndex": index,
        "level": _LEVELS[remark.severity],
        "message": {"text": "\n".join(lines)},
        "locations": [_location(file, remark.place)],
        "properties": {"certainty": remark.certainty},
        **_related(file, remark.related),
    }


def _related(file: str, notes: Sequence[Note]) -> Json:
    if not notes:
        return {}
    return {"relatedLocations": [{**_location(file, note.place), "message": {"text": note.message}} for note in notes]}


def _location(file: str, place: Place) -> Json:
    region = {
        "startLine": place.line,
        "startColumn": place.character,
        "endLine": place.end_line,
        "endColumn": place.end_character,
    }
    return {"physicalLocation": {"artifactLocation": {"uri": _uri(file)}, "region": region}}


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
