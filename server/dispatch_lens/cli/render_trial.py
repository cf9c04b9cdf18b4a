"""A trial on a terminal: how far it is while it runs, and what came out."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from dispatch_lens.features.trial import told
from dispatch_lens.features.trial.outcome import Run
from dispatch_lens.features.trial.search import Ready
from dispatch_lens.features.trial.trial import Trial

_STYLES: dict[told.Standing, str] = {
    "base": "bold",
    "best": "bold green",
    "usable": "green",
    "against": "cyan",
    "better": "green",
    "worse": "yellow",
    "failed": "red",
    "other": "",
}


@contextmanager
def progress() -> Generator[Ready, None, None]:
    """A bar on a terminal's standard error that says how far the search is."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("compiling", total=None)
        fewest: list[int] = []

        def ready(run: Run, planned: int) -> None:
            if run.outcome.dispatches is not None:
                fewest.append(run.outcome.dispatches)
            bar.update(task, advance=1, total=planned, description=f"{run.stage}, fewest {min(fewest, default='-')}")

        yield ready


def render(trial: Trial) -> None:
    """Prints to standard output: in colour to a terminal, plain lines elsewhere."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.print("\n".join(told.lines(trial)), soft_wrap=True)
        return
    console.print(told.heading(trial), style="bold")
    for note in told.notes(trial):
        console.print(note, style="dim")
    for line, standing in told.table(trial):
        console.print(line, style="dim" if standing is None else _STYLES[standing], soft_wrap=True)
    for line in told.idle(trial):
        console.print(line, style="dim")
    for i, line in enumerate(told.result(trial)):
        console.print(line, style="bold" if i == 0 else "", soft_wrap=line.startswith("  iree-compile "))
