"""Questions about the program that a document holds, apart from its overview; an analyst answers them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dispatch_lens import rewrites
from dispatch_lens.analysis.fusion import eras
from dispatch_lens.features import extraction, fixes, graph, graph_text, predict, verification, why, why_asked, why_words
from dispatch_lens.features.document import Document
from dispatch_lens.features.release import release
from dispatch_lens.features.trial import resume
from dispatch_lens.flags.version import Version
from dispatch_lens.lsp.messages import Remedies
from dispatch_lens.rules.rule import Remark


def answer(what: str, document: Document, *arguments: Any) -> Any:
    """The answer to one of `QUESTIONS`."""
    return QUESTIONS[what](document, *arguments)


def _graph(document: Document, form: str) -> str:
    return graph_text.text(graph.graph(document), form)


def _predict(document: Document, era: str | None, aggressive: bool) -> list[dict[str, object]]:
    options = eras.Options(aggressive=aggressive)
    return [function.as_json() for function in predict.predicted(document, era, options)]


def _why(document: Document, offset: int, other: int | None, release: str | None, target: str | None) -> str:
    return why_words.markdown(why.why(document, offset, other, why_asked.Under(release=release, target=target)))


def _apart(document: Document, offset: int, release: str | None, target: str | None) -> str:
    return why_words.apart(why.why(document, offset, None, why_asked.Under(release=release, target=target)))


def _fixes(
    document: Document, remarks: Sequence[Remark], offset: int, named: Version | None, installed: Sequence[Version]
) -> Remedies:
    taken = release(document, named, installed).version
    of_remarks = tuple(fixes.fixes_for(document, remark, taken) for remark in remarks)
    return Remedies(of_remarks, fixes.refactorings(document, offset))


def _fix_all(document: Document, named: Version | None, installed: Sequence[Version]) -> str:
    return fixes.fixed(document, rewrites.ALL, release(document, named, installed).version).text


QUESTIONS: Mapping[str, Callable[..., Any]] = {
    "graph": _graph,
    "predict": _predict,
    "why": _why,
    "apart": _apart,
    "extract": extraction.one,
    "extract_pair": extraction.pair,
    "parts": verification.parts,
    "resumable": resume.resumable,
    "fixes": _fixes,
    "fix_all": _fix_all,
}
