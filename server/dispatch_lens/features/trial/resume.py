"""From where a text can be compiled again, and what must be done to it first so that the counts are true.

It cannot see from the IR alone whether text of the compiler's middle has been through the global optimizations: the
caller may say so; else the name of the pass in the header, or of the file, tells.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass

from dispatch_lens.features.document import Document
from dispatch_lens.features.trial.candidates import PHASES
from dispatch_lens.flags.option import Phase

ENTRIES = ("input", "preprocessing", "global-optimization")
"""What a text may be the result of, in the order of the compiler."""

_ELIDED = re.compile(r"dense_resource<__elided__>")
_ABI = re.compile(r"\bhal\.tensor\.(?:import|export|barrier)\b|\biree\.abi\.stub\b")
_PREPROCESSED = re.compile(r"preprocessing", re.IGNORECASE)
_NO_EVALUATION = ("--iree-opt-const-eval=false", "--iree-opt-const-expr-hoisting=false")


@dataclass(frozen=True, slots=True)
class Resumable:
    """A text to compile, with the flags that it needs by itself, the phases still before it, and what is worth knowing."""

    text: str
    flags: tuple[str, ...]
    phases: tuple[Phase, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotResumable:
    """`reason` is one sentence with the file that is needed instead."""

    reason: str


def resumable(document: Document, entry: str | None) -> Resumable | NotResumable:
    """The document's program as something to compile. `entry` is one of ENTRIES; None: as the text tells."""
    sections = document.choice.sections
    if document.report.shape != "linalg":
        return NotResumable(_needed(document.report.shape))
    if len(sections) != 1:
        return NotResumable("the text holds several functions or parts, one compile needs one whole module")
    text = sections[0].body(document.text)
    found = entry or _entry(document, text)
    notes: list[str] = []
    flags: list[str] = []
    if found != "input":
        flags.append(f"--compile-from={found}")
    if found == "global-optimization":
        notes.append("options of the phases before dispatch creation have no effect from here, and are not tried")
    if _ELIDED.search(text):
        text = _own_keys(text)
        flags += _NO_EVALUATION if found != "global-optimization" else ()
        notes.append("the constants are elided: each gets a key of its own, and none is folded")
    return Resumable(text, tuple(flags), PHASES[ENTRIES.index(found) :], tuple(notes))


def _entry(document: Document, text: str) -> str:
    if not _ABI.search(text):
        return "input"
    title = document.choice.sections[0].title
    named = f"{title.pass_name} {title.argument}" if title is not None else document.uri.rpartition("/")[2]
    return "preprocessing" if _PREPROCESSED.search(named) else "global-optimization"


def _own_keys(text: str) -> str:
    """Each elided constant under a key of its own: constants of one key are equal to the compiler, and their users merge."""
    numbers = itertools.count()
    return _ELIDED.sub(lambda _: f"dense_resource<__elided_{next(numbers)}__>", text)


def _needed(shape: str) -> str:
    if shape == "none":
        return "the text holds no linalg ops to form dispatches of"
    return (
        "dispatches that are formed cannot be formed anew: give the model's input, or what `iree-compile "
        "--compile-to=preprocessing` or `--compile-to=global-optimization` prints"
    )
