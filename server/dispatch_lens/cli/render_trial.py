"""A trial on a terminal: how far it is while it runs, and what came out."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from dispatch_lens.features.trial import told
from dispatch_lens.features.trial.outcome import Run
from dispatch_lens.features.trial.trial import Trial


@contextmanager
def progress(max_runs: int) -> Generator[Callable[[Run], None], None, None]:
    """A line on a terminal's standard error that says how far the search is."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("compiling", total=max_runs)
        fewest: list[int] = []

        def ready(run: Run) -> None:
            if run.outcome.dispatches is not None:
                fewest.append(run.outcome.dispatches)
            bar.update(task, advance=1, description=f"{run.stage}: fewest dispatches {min(fewest, default='-')}")

        yield ready


def render(trial: Trial) -> None:
    """Prints to standard output."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    console.print(told.heading(trial), style="bold")
    for line in told.below(trial):
        console.print(line)
