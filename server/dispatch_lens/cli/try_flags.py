"""`dispatch-lens try`: which flags lower the count of dispatches, by compiling the file with them."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, cast

import click

from dispatch_lens.cli import inputs

if TYPE_CHECKING:
    from dispatch_lens.compiler.protocol import Backend, Install
    from dispatch_lens.features.trial.outcome import Measure
    from dispatch_lens.features.trial.resume import Resumable
    from dispatch_lens.features.trial.trial import Proof

_ENTRIES = click.Choice(["input", "preprocessing", "global-optimization"])
_TARGETS = click.Choice(["llvm-cpu", "vmvx"])


@click.command("try")
@click.argument("file")
@click.option("--target", default="llvm-cpu", type=_TARGETS, show_default=True, help="The backend.")
@click.option("--base-flags", default="", metavar="FLAGS", help="Flags of iree-compile that every run gets.")
@click.option("--against", metavar="FLAGS", help="Your own flags, measured beside the best.")
@click.option("--from", "entry", type=_ENTRIES, help="Which phase the file is the result of; else as it tells.")
@click.option("--timeout", default=120.0, show_default=True, metavar="SECONDS", help="For one compile.")
@click.option("--max-runs", default=200, show_default=True, metavar="N", help="Compile at most this often.")
@click.option("--jobs", default=os.cpu_count() or 1, show_default="the cores", metavar="N", help="Compiles side by side.")
@click.option("--compiler", metavar="PYTHON", help="A Python that has IREE; else the one found for the file's syntax.")
@click.option("--run", "proof", flag_value="run", default="compile", help="Also run base and best on equal random inputs.")
@click.option("--counts-only", "proof", flag_value="none", help="Do not compile the best to the end.")
@click.option("--no-cache", "memory", flag_value="none", default="disk", help="Ask the compiler again.")
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON.")
def try_flags(file: str, target: str, base_flags: str, against: str | None, entry: str | None, compiler: str | None,
              timeout: float, max_runs: int, jobs: int, proof: str, memory: str, form: str) -> None:  # fmt: skip
    """Compile FILE with the flags that may join dispatches: each alone, together, and searched for the fewest.

    Ctrl-C keeps what was found. Exits with 2 when the file could not be read or compiled.
    """
    from dispatch_lens.cli import render_trial
    from dispatch_lens.cli.trial_cache import Remembered
    from dispatch_lens.compiler import bridge, protocol
    from dispatch_lens.features.trial import attempt, search
    from dispatch_lens.features.trial.measure import FlowMeasure
    from dispatch_lens.features.trial.trial import Trial, concluded

    program = _program(file, entry)
    install = _install(program, compiler, file)
    plan = attempt.planned(install, program, cast("Backend", target), base_flags, against)
    asked = bridge.Bridge([install], protocol.Limits(request_seconds=timeout))
    measure: Measure = FlowMeasure(asked, program.text, plan.fixed, plan.target)
    if memory == "disk":
        measure = Remembered(measure, (program.text, install.version, target, *plan.fixed))
    with render_trial.progress() as ready, ThreadPoolExecutor(jobs) as executor:
        found = attempt.attempt(plan, measure, executor, max_runs, ready)
        if found.stopped == search.KEYBOARD:
            asked.close()
    try:
        trial = concluded(inputs.shown(file), plan, asked, found, cast("Proof", proof))
    except KeyboardInterrupt:
        trial = Trial(inputs.shown(file), plan, found)
    asked.close()
    click.echo(json.dumps(trial.as_json(), indent=2)) if form == "json" else render_trial.render(trial)
    raise SystemExit(2 if found.base.failure else 0)


def _program(file: str, entry: str | None) -> Resumable:
    from dispatch_lens.features.trial.resume import NotResumable, resumable

    program = resumable(inputs.the_document(file), entry)
    if isinstance(program, NotResumable):
        inputs.stop(file, program.reason)
    return program


def _install(program: Resumable, compiler: str | None, file: str) -> Install:
    from dispatch_lens.compiler import find

    known = find.find_all(find.Configured(pythons=(compiler,) if compiler else ()), None)
    usable = [one for one in known.installs if one.iree_compile and (compiler is None or one.kind == "configured-python")]
    install = find.choose_install(program.text, usable)
    if install is None and compiler is not None:
        inputs.stop(compiler, "this is no Python that has IREE")
    if install is None:
        inputs.stop(file, f"{find.why_none(known, 'iree-compile')}, or name a Python that has it with --compiler")
    return install
