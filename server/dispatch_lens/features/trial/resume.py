"""From where a text can be compiled again, and what must be done to it first so that the counts are true.

The compiler begins where it is told to (`--compile-from`), and says nothing when that is the wrong place: options of phases that
it leaves out are without effect, and work that was done already is not done again. So the place is read off the header
of a dump, off what only one side of global optimization has, or off the file's name; the caller may know better.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from dispatch_lens.features.document import Document
from dispatch_lens.features.trial.candidates import PHASES
from dispatch_lens.flags.option import Phase

ENTRIES = ("input", "preprocessing", "global-optimization")
"""What a text may be the result of, in the order of the compiler."""

_FORMED = ("regions", "workgroups")
_ELIDED = re.compile(r"dense_resource<__elided__>")
_ABI = re.compile(r"\bhal\.tensor\.(?:import|export|barrier)\b|\biree\.abi\.stub\b")
_FUNCTION = re.compile(r"\b(?:func|util)\.func\b|\bfunc\s+@")
_TASK = re.compile(r"^\s*(?:%\S+ = )?(?:linalg|iree_linalg_ext)\.(?!yield|index)", re.MULTILINE)
_OPTIMIZED = re.compile(r"\biree_tensor_ext\.compute_barrier\b|@__hoisted|\b(?:batch_)?mmt4d\b")
_RAW = re.compile(
    r"\blinalg\.(?:transpose|broadcast|reduce|map|elementwise|quantized\w*|copy|add|sub|mul|div|exp|max|min|select)\b"
    r"|\btensor\.concat\b|\blinalg\.generic\b[^\n]*\b(?:ins|outs)\([^\n]*tensor<(?:[\d?]+x)*1x"
)
_EARLY = re.compile(r"preproc|\binput\b|\babi\b|import-public", re.IGNORECASE)
_LATE = re.compile(r"global.?opt", re.IGNORECASE)
_TO_GIVE = "the model itself, or what `iree-compile --compile-to=input` or `--compile-to=global-optimization` prints"


@dataclass(frozen=True, slots=True)
class Resumable:
    """A text to compile, with the flags that it needs by itself, the phases still before it, and what is worth knowing.

    `source` is the text as it was given, whose constants may be left out.
    """

    source: str
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
    if not any(_FUNCTION.search(section.body(document.text)) for section in sections):
        return NotResumable(f"the text holds no function to compile: give {_TO_GIVE}")
    if len(sections) != 1:
        return NotResumable(f"the text holds several functions or parts, and one compile needs one whole module: give {_TO_GIVE}")
    text = sections[0].body(document.text)
    if not _can_be_formed(document, text):
        return NotResumable(f"dispatches that are formed cannot be formed anew: give {_TO_GIVE}")
    if entry is None and (inside := _inside_a_phase(document)):
        return NotResumable(f"the dump is from inside a phase (after {inside}), where no compile can begin: give {_TO_GIVE}")
    found = _entry(document, text, entry)
    return Resumable(
        text, _own_keys(text), tuple(_flags(text, found)), _phases(found), tuple(_notes(document, text, found, entry))
    )


def _can_be_formed(document: Document, text: str) -> bool:
    """Whether something is left to form: no dispatch at all, or linalg ops beside regions that somebody wrote into an input."""
    shape = document.report.shape
    if shape in ("linalg", "none"):
        return True
    return shape in _FORMED and document.choice.sections[0].title is None and bool(_TASK.search(_outside(text)))


def _outside(text: str) -> str:
    """The text without the insides of regions: lines deeper than the region's, until its indent returns."""
    kept: list[str] = []
    inside: int | None = None
    for line in text.split("\n"):
        indent = len(line) - len(line.lstrip())
        if inside is not None and (indent > inside or not line.strip()):
            continue
        opens = "flow.dispatch.region" in line or "flow.dispatch.workgroups" in line
        inside = indent if opens else None
        kept.append(line)
    return "\n".join(kept)


def _inside_a_phase(document: Document) -> str:
    """The pass of the dump's header where its result is not that of a phase; else empty."""
    title = document.choice.sections[0].title
    if title is None:
        return ""
    name = title.argument or title.pass_name
    return "" if _EARLY.search(f"{title.pass_name} {name}") else name


def _entry(document: Document, text: str, entry: str | None) -> str | None:
    """What the text is the result of; None for a program that no phase has seen."""
    if entry not in (None, "input"):
        return entry
    if not _ABI.search(text):
        return None
    if entry is not None or document.choice.sections[0].title is not None or _is_raw(document, text):
        return "input"
    return "global-optimization"


def _is_raw(document: Document, text: str) -> bool:
    """Whether global optimization is still to come; where the text does not tell, the file's name does."""
    if _OPTIMIZED.search(text):
        return False
    name = Path(document.uri).name
    return bool(_RAW.search(text) or (_EARLY.search(name) and not _LATE.search(name)))


def _flags(text: str, found: str | None) -> Iterator[str]:
    if found is not None:
        yield f"--compile-from={found}"
    if found != "global-optimization" and _ELIDED.search(text):
        yield "--iree-opt-const-eval=false"


def _phases(found: str | None) -> tuple[Phase, ...]:
    return PHASES if found is None else PHASES[ENTRIES.index(found) :]


def _notes(document: Document, text: str, found: str | None, entry: str | None) -> Iterator[str]:
    if found is not None and entry is None:
        yield f"taken as the result of the phase {found}; --from says otherwise"
    if found == "global-optimization":
        yield "options of the phases before dispatch creation have no effect from here, and are not tried"
    if found == "preprocessing":
        yield "preprocessing pipelines have no effect from here, and are not tried"
    if _ELIDED.search(text):
        yield "the constants are elided: each gets a key of its own, and none is folded; executables can be two off"
        yield "what is compiled to the end or run has made-up constants in their places"
    if document.report.shape in _FORMED:
        yield "regions that the text has already stay as they are"


def _own_keys(text: str) -> str:
    """Each elided constant under a key of its own: constants of one key are equal to the compiler, and their users merge."""
    numbers = itertools.count()
    return _ELIDED.sub(lambda _: f"dense_resource<__elided_{next(numbers)}__>", text)
