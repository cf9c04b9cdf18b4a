"""Fixtures that say what must be found: MLIR's own `// expected-remark@+1 {{…}}`, so that its tools can read them as well.

An expectation stands on the line it speaks of, or names another: `@+2`, `@-1`, `@above`, `@below`. Its text must be a part of
`message [rule]`, an error's of its message. What is expected and not found fails, and what is found and not expected.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings

_EXPECTED = re.compile(r"//\s*expected-(error|remark)(?:@([+-]\d+|above|below))?\s*\{\{(.*?)\}\}(?=\s|$)")


@dataclass(frozen=True, order=True)
class Said:
    """Something said, or expected to be, on a line (from 1)."""

    line: int
    kind: str
    text: str


def expectations(text: str) -> list[Said]:
    found: list[Said] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for kind, where, words in _EXPECTED.findall(line):
            offset = {"": 0, "above": -1, "below": 1}.get(where)
            found.append(Said(number + (int(where) if offset is None else offset), kind, words))
    return found


def said(text: str, settings: Settings | None = None) -> list[Said]:
    document = Document("fixture", 0, text)
    findings = diagnostics(document, settings or Settings())
    lines = document.lines
    errors = [Said(lines.position(p.range.start).line, "error", p.message) for p in findings.problems]
    remarks = [Said(lines.position(r.range.start).line, "remark", f"{r.message} [{r.rule}]") for r in findings.remarks]
    return sorted(errors + remarks)


def differences(text: str, settings: Settings | None = None) -> list[str]:
    """One line for each expectation that nothing meets and each finding that nothing expects."""
    wanted = expectations(text)
    unexpected: list[Said] = []
    for one in said(text, settings):
        match = next((w for w in wanted if (w.line, w.kind) == (one.line, one.kind) and w.text in one.text), None)
        if match is None:
            unexpected.append(one)
        else:
            wanted.remove(match)
    missing = [f"line {w.line}: expected {w.kind} not found: {w.text}" for w in wanted]
    return missing + [f"line {one.line}: unexpected {one.kind}: {one.text}" for one in unexpected]


# ---------------------------------------------------------------- at a place

_AT = re.compile(r"^\s*//\s*(\^+)\s+([a-z]+)\s+(\{\{.*\}\})\s*$")


@dataclass(frozen=True)
class Asked:
    """What is asked at the place that carets under a line point to, and the texts that the answer must hold."""

    offset: int
    line: int
    feature: str
    texts: tuple[str, ...]


def asked(text: str) -> list[Asked]:
    """The questions of `//   ^^^^ hover {{…}}` lines; each speaks of the nearest line above that is none."""
    found: list[Asked] = []
    start = target = target_line = 0
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        match = _AT.match(line)
        if match is None:
            target, target_line = start, number
        else:
            texts = tuple(re.findall(r"\{\{(.*?)\}\}(?=\s|$)", match.group(3)))
            found.append(Asked(target + match.start(1), target_line, match.group(2), texts))
        start += len(line)
    return found
