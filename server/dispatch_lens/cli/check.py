"""`dispatch-lens check`: the dispatches of each file in numbers, then what is wrong and what could be better."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import click

from dispatch_lens.cli import compilers, inputs, settings
from dispatch_lens.cli.inputs import Unreadable

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document
    from dispatch_lens.features.report import FileReport
    from dispatch_lens.features.settings import Settings

FORMATS = ("text", "json", "sarif", "github")


@click.command("check")
@click.argument("paths", nargs=-1, metavar="[PATHS|-]...")
@click.option("--format", "form", type=click.Choice(FORMATS), default="text", help="How to print what is found.")
@click.option("--select", multiple=True, metavar="RULES", help="Only these rules, with commas between them.")
@click.option("--ignore", multiple=True, metavar="RULES", help="Not these rules, with commas between them.")
@click.option("--exit-zero", "found_code", flag_value=0, default=1, type=int, help="Exit with 0 although something is found.")
@click.option(
    "--proved", "trust", flag_value="proved", default="predicted", help="Ask the compiler, and leave out what its counts deny."
)
@click.option("--jobs", type=click.IntRange(1), default=1, metavar="N", help="Read this many files at a time.")
def check(
    paths: tuple[str, ...],
    form: str,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    found_code: int,
    trust: str,
    jobs: int,
) -> None:
    """Count the dispatches of MLIR files and say which could have been one.

    PATHS are files, globs, or folders; - is standard input; without any, the current folder. --proved compiles each file
    with what a remark suggests: a remark that leaves fewer dispatches is proved, one that leaves as many is withdrawn.
    Exits with 0 when nothing is found, 1 when something is, 2 when it could not run.
    """
    files = inputs.expand(paths or (".",))
    chosen = settings.load(select, ignore, Path.cwd())
    results = tuple(_results(files, _CHECKS[trust], chosen, jobs))
    _render(form, results)
    sys.exit(_exit_code(results, found_code))


def check_file(path: str, chosen: Settings) -> FileReport | Unreadable:
    """The report of one file; what stops it is an answer too."""
    from dispatch_lens.features.report import file_report

    return _answered(path, lambda document: file_report(document, chosen))


def prove_file(path: str, chosen: Settings) -> FileReport | Unreadable:
    """The report of one file, its remarks held against the compiler."""
    from dispatch_lens.features import proof
    from dispatch_lens.features.report import file_report

    with compilers.bridge("--proved") as compiler:
        held = partial(proof.proved, compiler=compiler)
        return _answered(path, lambda document: file_report(document, chosen, held))


def _answered(path: str, report: Callable[[Document], FileReport]) -> FileReport | Unreadable:
    document = inputs.document(path)
    if isinstance(document, Unreadable):
        return document
    try:
        return report(document)
    except Exception as error:  # one file's crash must not lose the answers for the others
        return Unreadable(path, f"internal error: {type(error).__name__}: {error}")


_Check: TypeAlias = "Callable[[str, Settings], FileReport | Unreadable]"
_CHECKS: Mapping[str, _Check] = {"predicted": check_file, "proved": prove_file}


def _results(files: Sequence[str], check_one: _Check, chosen: Settings, jobs: int) -> Iterator[FileReport | Unreadable]:
    if len(files) > 1 and sys.stderr.isatty():
        from rich.console import Console
        from rich.progress import track

        console = Console(stderr=True)
        yield from track(_reports(files, check_one, chosen, jobs), "checking", len(files), console=console, transient=True)
    else:
        yield from _reports(files, check_one, chosen, jobs)


def _reports(files: Sequence[str], check_one: _Check, chosen: Settings, jobs: int) -> Iterator[FileReport | Unreadable]:
    """The answers in the order of the files."""
    if jobs == 1 or len(files) == 1:
        yield from (check_one(path, chosen) for path in files)
        return
    from concurrent.futures import ProcessPoolExecutor
    from itertools import repeat
    from multiprocessing import get_context

    with ProcessPoolExecutor(min(jobs, len(files)), mp_context=get_context("spawn")) as pool:
        yield from pool.map(check_one, files, repeat(chosen))


def _render(form: str, results: Iterable[FileReport | Unreadable]) -> None:
    reports = [result for result in results if not isinstance(result, Unreadable)]
    unreadable = [result for result in results if isinstance(result, Unreadable)]
    if form == "json":
        from dispatch_lens.cli import render_json as renderer
    elif form == "sarif":
        from dispatch_lens.cli import render_sarif as renderer
    elif form == "github":
        from dispatch_lens.cli import render_github as renderer
    else:
        from dispatch_lens.cli import render_text as renderer
    renderer.render(reports, unreadable)
    for one in unreadable:
        inputs.tell(one.path, one.why)


def _exit_code(results: Sequence[FileReport | Unreadable], found_code: int) -> int:
    if any(isinstance(result, Unreadable) for result in results):
        return 2
    found = any(result.errors or result.remarks for result in results if not isinstance(result, Unreadable))
    return found_code if found else 0
