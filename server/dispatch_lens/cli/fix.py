"""`dispatch-lens fix`: rewrite files so that fewer dispatches are left."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dispatch_lens.cli import compilers, inputs, settings
from dispatch_lens.cli.era import era_option

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document
    from dispatch_lens.features.fixes import Fixed
    from dispatch_lens.rewrites.rewrite import Rewrite

MOST_SECONDS = 600.0
"""For one compile of a whole model, and for its run."""


@click.command("fix")
@click.argument("files", nargs=-1, required=True, metavar="FILES...")
@click.option("--select", multiple=True, metavar="RULES", help="Only what these rules find, or these rewrites; else all.")
@click.option("--proved", "trust", flag_value="proved", default="safe", help="Only what the compiler confirms, one at a time.")
@click.option("--diff", "form", flag_value="diff", default="write", help="Print what would change, and change nothing.")
@click.option("--output", type=click.Path(file_okay=False, path_type=Path), metavar="DIR", help="Write copies there instead.")
@era_option
def fix(files: tuple[str, ...], select: tuple[str, ...], trust: str, form: str, output: Path | None, era: str | None) -> None:
    """Rewrite files until no rewrite applies: transposes folded and cancelled, reshapes of unit dims deleted, and so on.

    Files are changed in place, or copied into DIR under their own names; `-` goes to standard output. A line for each file
    says what was applied. --proved asks the compiler after each rewrite: dispatches before and after, and equal results
    where the program can be run. A text with problems is left alone. Exits with 2 when a file could not be read, or is not UTF-8.
    """
    from dispatch_lens.features import fixes

    among = _chosen(select)
    fix_one = _proved if trust == "proved" else _safe(era)

    def answer(path: str, document: Document) -> None:
        done, remark = fix_one(document, among)
        click.echo(f"{document.uri}: {fixes.summary(done)}{remark}", err=path == inputs.STDIN or form == "diff")
        _put(path, document.text, done.text, form, output)

    inputs.answer_each(files, answer, inputs.exact_document)


def _chosen(select: tuple[str, ...]) -> Sequence[Rewrite]:
    from dispatch_lens import rewrites
    from dispatch_lens.features import fixes

    names = frozenset(name.strip() for value in select for name in value.split(",") if name.strip())
    if not names:
        return rewrites.ALL
    found = fixes.chosen(names)
    if isinstance(found, str):
        known = ", ".join(rewrite.name for rewrite in rewrites.ALL)
        raise click.UsageError(f"--select: there is no rule and no rewrite {found!r}; the rewrites are {known}")
    return found


def _safe(era: str | None) -> Callable[[Document, Sequence[Rewrite]], tuple[Fixed, str]]:
    """Fixes for the release that the option names, or the settings, or else the text or the machine; and a word on which."""
    from dispatch_lens.features import fixes
    from dispatch_lens.features.release import release
    from dispatch_lens.flags.version import parse_version

    named = parse_version(era) if era is not None else settings.load((), (), Path.cwd()).compiler_version
    installed = compilers.versions() if named is None else ()

    def fix_one(document: Document, among: Sequence[Rewrite]) -> tuple[Fixed, str]:
        taken = release(document, named, installed)
        done = fixes.fixed(document, among, taken.version)
        told = taken.because and fixes.depends_on_release(document, among)
        return done, f"; for {taken.version.label}, {taken.because}: --era names another" if told else ""

    return fix_one


def _proved(document: Document, among: Sequence[Rewrite]) -> tuple[Fixed, str]:
    from dispatch_lens.compiler import protocol
    from dispatch_lens.features import proved_fixes

    with compilers.bridge("--proved", protocol.Limits(request_seconds=MOST_SECONDS)) as compiler:
        return proved_fixes.proved(document, among, compiler), ""


def _put(path: str, before: str, after: str, form: str, output: Path | None) -> None:
    if form == "diff":
        lines = (before.splitlines(keepends=True), after.splitlines(keepends=True))
        click.echo("".join(difflib.unified_diff(*lines, inputs.shown(path), inputs.shown(path))), nl=False)
    elif output is not None:
        output.mkdir(parents=True, exist_ok=True)
        (output / Path(path).name).write_bytes(inputs.encoded(path, after))
    elif path == inputs.STDIN:
        click.echo(after, nl=False)
    elif after != before:
        Path(path).write_bytes(inputs.encoded(path, after))
