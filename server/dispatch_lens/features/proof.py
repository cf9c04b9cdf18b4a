"""Remarks held against a real compiler: what is said to join dispatches, done, must leave fewer of them.

Dispatches are counted as the text groups them, and as the compiler groups the ops anew. A remark that the compiler bears
out in either way is proved, one whose every rewrite leaves as many dispatches is withdrawn. Text whose dispatches are not
formed yet is compiled with the options that a remark suggests, too. Of formed dispatches only aggressive fusion can be
asked, by forming them anew with it; a remark that suggests another option says that it was not asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from dispatch_lens.compiler import protocol
from dispatch_lens.features import fixes
from dispatch_lens.features.diagnostics import Findings
from dispatch_lens.features.document import Document
from dispatch_lens.flags import table
from dispatch_lens.rules.rule import Certainty, Remark
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import Edit, apply_edits

TARGET = "llvm-cpu"


_Counted: TypeAlias = tuple[int, int]
"""Dispatches that run: as the text groups them, and grouped anew."""


def proved(document: Document, findings: Findings, compiler: protocol.Compiler) -> Findings:
    """The findings, whose remarks are those that the compiler does not deny, in their order."""
    counts = _Counts(compiler)
    held = (remark if remark.certainty is Certainty.PROVED else _held(document, remark, counts) for remark in findings.remarks)
    return replace(findings, remarks=tuple(remark for remark in held if remark is not None))


class _Counts:
    """The compiler's counts of dispatches, each asked once."""

    def __init__(self, compiler: protocol.Compiler) -> None:
        self._compiler = compiler
        self._known: dict[str, _Counted | None] = {}
        self._aggressive: dict[str, int | None] = {}
        self._compiled: dict[tuple[str, tuple[str, ...]], int | None] = {}

    def of(self, text: str) -> _Counted | None:
        """The text's counts; None where the compiler does not take it."""
        if text not in self._known:
            self._known[text] = self._asked(text)
        return self._known[text]

    def compiled(self, text: str, options: tuple[str, ...]) -> int | None:
        """The dispatches that run when the text is compiled with the options; None where the compiler does not take it."""
        key = (text, options)
        if key not in self._compiled:
            made = self._compiler.compile_to_flow(text, options, TARGET)
            self._compiled[key] = None if isinstance(made, protocol.CompilerFailure) else made.sites
        return self._compiled[key]

    def aggressively_anew(self, text: str) -> int | None:
        """The dispatches when they are formed anew with aggressive fusion; None where the compiler does not take the text."""
        if text not in self._aggressive:
            on = {"aggressive-fusion": "true"}
            anew = self._compiler.inline_count(text, None, protocol.PipelineOptions(form=on, creation=on))
            self._aggressive[text] = None if isinstance(anew, protocol.CompilerFailure) else anew.count.sites
        return self._aggressive[text]

    def _asked(self, text: str) -> _Counted | None:
        stands = self._compiler.compile_to_flow(text, (), TARGET)
        anew = self._compiler.inline_count(text, None, protocol.PipelineOptions())
        if isinstance(stands, protocol.CompilerFailure) or isinstance(anew, protocol.CompilerFailure):
            return None
        return stands.sites, anew.count.sites


def _held(document: Document, remark: Remark, counts: _Counts) -> Remark | None:
    """The remark as the compiler leaves it; None where all that it suggests was tried and nothing lowers the count."""
    read = document.as_formed.read_sections
    section, module = next(one for one in read if one[0].body_start <= remark.range.start <= one[0].end)
    before = counts.of(module.text)
    if before is None:
        return remark
    ways = fixes.fixes_for(document, remark)
    after = [counts.of(_made(module.text, section, way)) for way in ways]
    for way, count in zip(ways, after):
        told = _told(way, before, count)
        if told:
            return replace(remark, certainty=Certainty.PROVED, suggestion="; ".join(filter(None, [remark.suggestion, told])))
    if not remark.options:
        return None if ways and None not in after else remark
    if document.as_formed.report.shape == "linalg":
        return _with_options(module.text, remark, counts)
    if all(table.find(flag) is _AGGRESSIVE for flag in remark.options):
        return _fused_anew(module.text, remark, before[1], counts)
    return replace(remark, suggestion=f"{remark.suggestion}; {_NOT_ASKED}")


_AGGRESSIVE = table.option("aggressive-fusion")
_NOT_ASKED = "not asked of the compiler: such an option acts on the program before its dispatches are formed, so pass that text"


def _fused_anew(text: str, remark: Remark, before: int, counts: _Counts) -> Remark | None:
    """The remark as the compiler leaves it when it forms the dispatches anew, aggressively."""
    after = counts.aggressively_anew(text)
    if after is None:
        return remark
    told = f"the compiler's count: {' '.join(remark.options)}, {before} → {after} dispatches when they are formed anew"
    return replace(remark, certainty=Certainty.PROVED, suggestion=f"{remark.suggestion}; {told}") if after < before else None


def _with_options(text: str, remark: Remark, counts: _Counts) -> Remark | None:
    """The remark as the compiler leaves it with the options that it names."""
    before, after = counts.compiled(text, ()), counts.compiled(text, remark.options)
    if before is None or after is None:
        return remark
    told = f"the compiler's count: {' '.join(remark.options)}, {before} → {after} dispatches"
    return replace(remark, certainty=Certainty.PROVED, suggestion=f"{remark.suggestion}; {told}") if after < before else None


def _made(text: str, section: Section, way: fixes.Fix) -> str:
    return apply_edits(text, [Edit(edit.range.shift(-section.body_start), edit.text) for edit in way.edits])


def _told(way: fixes.Fix, before: _Counted, after: _Counted | None) -> str:
    """What the compiler counted, where the way leaves fewer dispatches."""
    if after is None:
        return ""
    if after[0] < before[0]:
        return f"the compiler's count: {way.title}, {before[0]} → {after[0]} dispatches"
    if after[1] < before[1]:
        return f"the compiler's count: {way.title}, {before[1]} → {after[1]} dispatches when they are formed anew"
    return ""
