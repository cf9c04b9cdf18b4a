"""`dispatch-lens explain` and `rules`: the pages of the rules, and the list of them."""

from __future__ import annotations

import sys

import click


@click.command("explain")
@click.argument("name", metavar="RULE")
def explain(name: str) -> None:
    """Print the page of a rule: what it finds, why that costs, an example, the fix."""
    import difflib

    from dispatch_lens import rules
    from dispatch_lens.rules import pages

    rule = rules.by_name(name)
    if rule is None:
        names = [one.name for one in rules.ALL]
        close = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {close[0]}?" if close else f"the rules are {', '.join(names)}"
        raise click.UsageError(f"there is no rule {name!r}; {hint}")
    page = pages.explain(rule)
    if not sys.stdout.isatty():
        click.echo(page, nl=False)
        return
    from rich.console import Console
    from rich.markdown import Markdown

    Console().print(Markdown(page))


@click.command("rules")
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON.")
def list_rules(form: str) -> None:
    """List the rules, each with one sentence."""
    import json

    from dispatch_lens import rules
    from dispatch_lens.rules import pages

    if form == "json":
        listed = [{"name": rule.name, "severity": rule.severity.value, "summary": pages.summary(rule)} for rule in rules.ALL]
        click.echo(json.dumps(listed, indent=2))
        return
    width = max(len(rule.name) for rule in rules.ALL)
    for rule in rules.ALL:
        click.echo(f"{rule.name.ljust(width)}  {pages.summary(rule)}")
