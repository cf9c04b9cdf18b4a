"""A rule's page: its module's docstring, under headings that every rule has; `explain`, hover and docs/rules show it.

It knows the text only: that examples fire is what tests are for.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable

from dispatch_lens.rules.rule import Rule

HEADINGS = ("What it does", "Why it costs", "Example", "Fix", "When it is right to leave it", "Source")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)


def explain(rule: Rule) -> str:
    """The rule's page in Markdown: its name as the title, one sentence, then the sections of `HEADINGS`."""
    return f"# {rule.name}\n\n{_docstring(rule)}\n"


def summary(rule: Rule) -> str:
    """The page's first sentence, without its full stop."""
    return _docstring(rule).partition("\n\n")[0].replace("\n", " ").rstrip(".")


def headings(rule: Rule) -> tuple[str, ...]:
    """The headings of the rule's page, in order."""
    return tuple(_HEADING.findall(_docstring(rule)))


def example(rule: Rule) -> str:
    """The MLIR of the page's example."""
    section = explain(rule).partition("## Example")[2].partition("\n## ")[0]
    return section.partition("```mlir\n")[2].partition("```")[0]


def table(rules: Iterable[Rule]) -> str:
    """The rules as a Markdown table, one line each, with a link to its page."""
    lines = [f"| [`{rule.name}`](docs/rules/{rule.name}.md) | {summary(rule)} |" for rule in rules]
    return "\n".join(["| rule | what it finds |", "|---|---|", *lines]) + "\n"


def _docstring(rule: Rule) -> str:
    return (sys.modules[rule.check.__module__].__doc__ or "").strip()
