"""What is wrong and what could be better in a document: problems of the text, and the remarks of the rules.

The terminal and the editor show what this returns. A rule that crashes loses its own remarks and is logged by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispatch_lens import rules
from dispatch_lens.analysis.dispatches import DispatchReport
from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import problems_in
from dispatch_lens.features.settings import Settings
from dispatch_lens.ir.module import Problem
from dispatch_lens.rules.rule import Context, Remark, Rule

_IGNORE = re.compile(r"//\s*dispatch-lens:\s*ignore(?:\[([^\]\n]*)\])?")


@dataclass(frozen=True, slots=True)
class Findings:
    """Problems and remarks in text order, with the document's offsets, and the dispatches that were found.

    Remarks are on the dispatches as they were formed, where a dump shows these too.
    """

    problems: tuple[Problem, ...]
    remarks: tuple[Remark, ...]
    report: DispatchReport


def diagnostics(document: Document, settings: Settings) -> Findings:
    """Everything to say about the document under these settings."""
    context = _context(document.as_formed, settings)
    ignored = _ignored_lines(document)
    found = [
        remark
        for rule in rules.ALL
        if settings.enabled(rule)
        for remark in _each_once(_remarks(rule, context))
        if not _is_ignored(document, remark, ignored)
    ]
    found.sort(key=lambda remark: (remark.range, remark.rule))
    return Findings(problems_in(document, document.sections_to_check), tuple(found), document.report)


def _context(document: Document, settings: Settings) -> Context:
    titles = [section.title for section in document.choice.sections]
    options = next((title.options for title in reversed(titles) if title is not None), dict[str, str]())
    return Context(
        modules=tuple(document.starts),
        starts=document.starts,
        report=document.report,
        spoken=document.spoken,
        stated_version=settings.compiler_version,
        pass_options=options,
        target=settings.target,
    )


def _remarks(rule: Rule, context: Context) -> tuple[Remark, ...]:
    try:
        return tuple(rule.check(context))
    except Exception:
        if RAISE_RULE_ERRORS:
            raise
        _log(rule)
        return ()


def _log(rule: Rule) -> None:
    """Names the rule that failed. What logs is loaded for that only."""
    import logging

    logging.getLogger(__name__).exception("rule %s failed", rule.name)


def _each_once(remarks: Iterable[Remark]) -> Iterable[Remark]:
    """The first remark of each place: what one executable does is said once, however often it is called."""
    return {remark.range: remark for remark in reversed(tuple(remarks))}.values()


RAISE_RULE_ERRORS = False
"""Set by tests: a rule that crashes is then an error."""


def _ignored_lines(document: Document) -> dict[int, frozenset[str]]:
    """The lines (from 0) that `// dispatch-lens: ignore[rule]` speaks of, with the rules; an empty set means all.

    The comment speaks of its own line, and of the next one where it stands alone.
    """
    found: dict[int, frozenset[str]] = {}
    if "dispatch-lens:" not in document.text:
        return found
    for match in _IGNORE.finditer(document.text):
        line = document.lines.line_of(match.start())
        alone = document.lines.line_text(line).lstrip().startswith("//")
        names = frozenset(name.strip() for name in (match.group(1) or "").split(",") if name.strip())
        found[line + 1 if alone else line] = names
    return found


def _is_ignored(document: Document, remark: Remark, ignored: Mapping[int, frozenset[str]]) -> bool:
    names = ignored.get(document.lines.line_of(remark.range.start)) if ignored else None
    return names is not None and (not names or remark.rule in names)
