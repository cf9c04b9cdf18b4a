"""`dispatch-lens flags`: what a compiler option is called in a release, what it lifts and what it risks.

Everything it prints comes from the table in `dispatch_lens.flags`; no compiler is asked.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from dispatch_lens.flags import table, values
from dispatch_lens.flags.option import Name, Option
from dispatch_lens.flags.version import Version

Answer = Mapping[str, object]
Row = tuple[str, str]


def _release(context: click.Context, parameter: click.Parameter, value: str) -> Version:
    found = table.release(value)
    if found is None:
        known = ", ".join(table.NAMED)
        raise click.BadParameter(f"{value!r} is no release of IREE: write {known} or the like", context, parameter)
    return found


@click.command("flags", context_settings={"ignore_unknown_options": True})
@click.argument("names", nargs=-1, type=click.UNPROCESSED, metavar="[NAME|BLOCKER]...")
@click.option(
    "--for", "version", callback=_release, default=table.NEWEST.label, metavar="VERSION", help="Spell it for this IREE."
)
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON.")
def flags(names: tuple[str, ...], version: Version, form: str) -> None:
    """Explain compiler options by any name of any year, or the options that lift a blocker.

    Without a name, lists every option that changes dispatches, each with its default at O0. Exits with 1 when a name is not
    known.
    """
    answers = [_answer(name, version) for name in names] or [_option(option.id, option, version) for option in table.ALL]
    if form == "json":
        click.echo(json.dumps({"version": version.label, "answers": answers}, indent=2))
    elif names:
        _print_answers(names, version)
    else:
        _print_list(version)
    sys.exit(1 if any(answer["kind"] == "unknown" for answer in answers) else 0)


def _answer(name: str, version: Version) -> Answer:
    if name in table.BLOCKERS:
        return _blocker(name, version)
    option = table.find(name)
    if option is None:
        return {"query": name, "kind": "unknown", "closest": list(table.closest(name))}
    return _option(name, option, version)


def _option(query: str, option: Option, version: Version) -> Answer:
    problem = values.check_value(query)
    flag = values.respelled(query, version)
    return {
        "query": query,
        "kind": "option",
        "id": option.id,
        "flag": flag if isinstance(flag, str) else None,
        "absent": flag.reason if isinstance(flag, table.Absent) else None,
        "problem": problem.text if problem else None,
        "type": option.kind,
        "phase": option.phase,
        "summary": option.summary,
        "advice": option.advice,
        "default": option.default_in(version),
        "values": list(option.values),
        "implied_by": _level(option, version) or None,
        "names": [{"flag": name.flag, "since": name.span.first.label, "until": _until(name)} for name in option.names],
        "passes": [f"{found.pass_name}{{{found.option}}}" for found in option.passes if found.span.covers(version)],
        "predicates": list(option.predicates),
        "lifts": list(table.fixes(option)),
        "needs": [
            {"flag": table.spelled(table.option(partner.id), version), "why": partner.why}
            for partner in table.partners_in(option, version)
        ],
        "risks": [{"harm": risk.harm, "text": str(risk), "targets": list(risk.targets)} for risk in option.risks],
        "note": " ".join(filter(None, (option.renamed, option.gone, option.note))),
    }


def _blocker(code: str, version: Version) -> Answer:
    return {
        "query": code,
        "kind": "blocker",
        "suggestions": [
            {
                "flags": list(found.options),
                "when": found.when,
                "note": found.note,
                "risks": [str(risk) for risk in found.risks],
            }
            for found in table.for_blocker(code, version)
        ],
        "withheld": [
            {"flags": list(found.options), "why": str(found.risk), "targets": list(found.risk.targets)}
            for found in table.withheld(code, version)
        ],
    }


def _print_answers(names: Sequence[str], version: Version) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for number, name in enumerate(names):
        if number:
            console.print()
        rows = list(_rows(name, version))
        if console.is_terminal:
            console.print(_grid(rows))
        else:
            click.echo("\n".join(f"{label}: {text}" if label else text for label, text in rows))
    if version > table.NEWEST:
        click.echo(f"{version.label} is newer than the table, which ends with {table.NEWEST.label}.", err=True)


def _grid(rows: Sequence[Row]) -> Table:
    grid = Table.grid(padding=(0, 2))
    grid.add_column(style="dim", no_wrap=True)
    grid.add_column(overflow="fold")
    for number, (label, text) in enumerate(rows):
        grid.add_row(label, Text(text, style="bold" if number == 0 else ""))
    return grid


def _rows(name: str, version: Version) -> Iterator[Row]:
    if name in table.BLOCKERS:
        return _blocker_rows(name, version)
    option = table.find(name)
    return _unknown_rows(name) if option is None else _option_rows(name, option, version)


def _unknown_rows(name: str) -> Iterator[Row]:
    closest = table.closest(name)
    yield "", f"{name}: no such option or blocker in the table"
    if closest:
        yield "closest", ", ".join(closest)


def _option_rows(query: str, option: Option, version: Version) -> Iterator[Row]:
    flag = values.respelled(query, version)
    yield "", f"{option.id}: {option.summary}"
    yield version.label, f"not there: {flag.reason}" if isinstance(flag, table.Absent) else str(flag)
    if problem := values.check_value(query):
        yield "problem", problem.text
    default = option.default_in(version)
    if default is not None:
        level = _level(option, version)
        yield "default", (default or '""') + (f"; --iree-opt-level={level} and above: true" if level else "")
    if option.values:
        yield "values", ", ".join(option.values)
    for found in option.names:
        until = _until(found)
        yield "name", f"{found.flag} ({found.span.first.label} to {until})" if until else _since(found)
    yield from _place(option, version)
    yield from _worth(option, version)
    yield from (("note", text) for text in (option.renamed, option.gone, option.note) if text)


def _place(option: Option, version: Version) -> Iterator[Row]:
    yield "phase", option.phase
    for found in option.passes:
        if found.span.covers(version):
            yield "pass", f"{found.pass_name}{{{found.option}}}"
    if option.predicates:
        yield "decides", ", ".join(option.predicates)


def _worth(option: Option, version: Version) -> Iterator[Row]:
    if lifted := table.fixes(option):
        yield "lifts", ", ".join(lifted)
    for partner in table.partners_in(option, version):
        yield "needs", f"{table.spelled(table.option(partner.id), version)}: {partner.why}"
    for risk in option.risks_in(version):
        where = f" [{', '.join(risk.targets)}]" if risk.targets else ""
        yield "risk", f"{risk.harm}: {risk}{where}"
    yield "advice", _ADVICE[option.advice]


def _blocker_rows(code: str, version: Version) -> Iterator[Row]:
    suggestions = table.for_blocker(code, version)
    yield "", f"{code}: {'what lifts it' if suggestions else 'no known flag lifts it'} in {version.label}"
    for found in suggestions:
        yield "flags", " ".join(found.options)
        yield from ((label, text) for label, text in (("when", found.when), ("note", found.note)) if text)
        yield from (("risk", f"{risk.harm}: {risk}") for risk in found.risks)
    for kept in table.withheld(code, version):
        yield "withheld", f"{' '.join(kept.options)}: {kept.risk} [{', '.join(kept.risk.targets) or 'every target'}]"


def _print_list(version: Version) -> None:
    console = Console(highlight=False)
    present = [(option, flag) for option in table.ALL if isinstance(flag := table.spelled(option, version), str)]
    if not console.is_terminal:
        click.echo("\n".join(f"{option.id}\t{flag}\t{option.default_in(version) or ''}" for option, flag in present))
        return
    for option, flag in present:
        default = option.default_in(version)
        console.print(Text.assemble((flag, "bold"), (f"  default {default}" if default else "", "cyan")), soft_wrap=True)
        console.print(Padding(Text.assemble(option.summary, (f" [{option.id}]", "dim")), (0, 0, 0, 4)))


def _level(option: Option, version: Version) -> str:
    level = option.implied_by
    return level.level if level is not None and level.span.covers(version) else ""


def _until(name: Name) -> str | None:
    return name.span.last.label if name.span.last else None


def _since(name: Name) -> str:
    return f"{name.flag} (since {name.span.first.label})"


_ADVICE = {
    "suggest": "suggested where it lifts a blocker",
    "try": "only worth a measured try",
    "never": "never suggested: see its risks",
}
