"""A document: one version of a text, its sections, and the IR of each, made when somebody asks and kept.

Frozen: an edit makes another document. Sections with equal text share one module, in one document or over many.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from dispatch_lens.analysis import dispatches
from dispatch_lens.analysis.dispatches import DispatchReport
from dispatch_lens.analysis.together import together
from dispatch_lens.analysis.version import Spoken, spoken_version
from dispatch_lens.features import pieces
from dispatch_lens.features.pieces import Piece
from dispatch_lens.ir.module import Module
from dispatch_lens.syntax import dump, pasted
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import LineIndex

_FORMED = ("flow.dispatch.region", "flow.dispatch.workgroups")
_OUTLINED = ("flow.dispatch @", '"flow.dispatch"(', "hal.interface.binding.subspan", "flow.executable")
_LINALG = ("linalg.",)
_LEFT = ("linalg.", "tensor.insert_slice", "tensor.extract_slice")
"""What formation may leave outside of dispatches, so that a function has none."""

_SHOWN = ((_FORMED, "formed dispatches"), (_OUTLINED, "outlined dispatches"), (_LINALG, "linalg ops"))
_LOWERED = ("hal.command_buffer.", "hal.device.queue.", "stream.cmd.", "vm.call ", "vm.rodata")
_INPUT_OP = re.compile(r"\b(?:torch\.aten|onnx\.|torch\.operator|tosa\.|stablehlo\.|mhlo\.|tfl\.|chlo\.)")
_FUNCTION_NAME = re.compile(r"""^\s*(?:\w+\.)?(?:func|initializer)\b[^@\n{]*(@[\w$.\-]+|@"[^"\n]*")?""", re.MULTILINE)
_STORED = re.compile(r"""util\.global\.store\b[^@\n]*(@[\w$.\-]+|@"[^"\n]*")""")
_PRIVATE = re.compile(r"^\s*(?:\w+\.)?func private\b", re.MULTILINE)
_CALLED = re.compile(r"""call(?:ee =)?[ \w]* (@[\w$.\-]+|@"[^"\n]*")""")
_BEFORE_OPS = re.compile(r"""(?:(?:[#!][^\n]*|//[^\n]*|[^\S\n]*)\n)*("?(?:builtin\.)?module\b)?""")


@dataclass(frozen=True)
class Document:
    """One version of one text. `uri` is what the caller names it by; nothing here opens it.

    `chosen` are the sections to read where they are not those that show the dispatches best.
    """

    uri: str
    version: int
    text: str
    chosen: Choice | None = None

    @cached_property
    def lines(self) -> LineIndex:
        return LineIndex(self.text)

    @cached_property
    def ir(self) -> str:
        """The text with blanks in place of what a paste added to the IR."""
        return pasted.plain(self.text)

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        return dump.sections(self.ir)

    @cached_property
    def spoken(self) -> Spoken:
        """The releases of the compiler that the text can be from."""
        return spoken_version(self.text)

    @cached_property
    def choice(self) -> Choice:
        """The sections that hold the dispatches best."""
        return self.chosen or choose(self)

    @cached_property
    def as_formed(self) -> Document:
        """The text read where it shows the dispatches as they were formed; the document itself where it is read there anyway."""
        formed = _formation(self)
        return self if formed is None or formed.sections == self.choice.sections else replace(self, chosen=formed)

    @cached_property
    def read_sections(self) -> tuple[tuple[Section, Module], ...]:
        """The chosen sections with their IR, in text order."""
        return tuple((section, pieces.whole(section.body(self.ir))) for section in self.choice.sections)

    @cached_property
    def _read(self) -> Mapping[Section, Module]:
        return dict(self.read_sections)

    @cached_property
    def sections_to_check(self) -> tuple[Section, ...]:
        """The sections whose text is checked for problems: of a dump those that are read, else all."""
        is_dump = any(section.title is not None for section in self.sections)
        return self.choice.sections if is_dump else self.sections

    @cached_property
    def pieces(self) -> Mapping[Section, tuple[Piece, ...]]:
        """The pieces of the sections that are read or checked, with the document's offsets."""
        sections = dict.fromkeys((*self.choice.sections, *self.sections_to_check))
        return {section: self._cut(section) for section in sections}

    def pieces_of(self, section: Section) -> tuple[Piece, ...]:
        """The pieces of any section."""
        return self.pieces.get(section) or self._cut(section)

    def _cut(self, section: Section) -> tuple[Piece, ...]:
        found = pieces.pieces(section.body(self.ir))
        return tuple(Piece(one.start + section.body_start, one.module) for one in found)

    @cached_property
    def report(self) -> DispatchReport:
        """The dispatches of the program that the chosen sections make: of a dump all together, else each by itself."""
        programs = [[piece.module for piece in self.pieces[section]] for section in self.choice.sections]
        if self.choice.sections and self.choice.sections[-1].title is None:
            return together([dispatches.report(modules) for modules in programs])
        return dispatches.report([module for modules in programs for module in modules])

    @cached_property
    def starts(self) -> Mapping[Module, int]:
        """Where each module that the report speaks of begins."""
        return {piece.module: piece.start for section in self.choice.sections for piece in self.pieces[section]}

    def module(self, section: Section) -> Module:
        """The IR of one section. Its offsets are the section's body's: add `section.body_start` for the document's."""
        return self._read.get(section) or pieces.whole(section.body(self.ir))


@dataclass(frozen=True, slots=True)
class Choice:
    """The sections to read, in text order, and why these, as a clause. No section where there is no IR."""

    sections: tuple[Section, ...]
    reason: str


def choose(document: Document) -> Choice:
    """The section, or the sections of one pass over several functions, that show the dispatches best.

    Best is the last that holds formed dispatches (regions, workgroups), then outlined ones, then linalg ops. Of a text
    that is only cut by `// -----`, and is no dump, every part is read.
    """
    if all(section.title is None for section in document.sections) and len(document.sections) > 1:
        return _parts(document)
    of_program = tuple(section for section in document.sections if not _is_of_constants(document.ir, section))
    for sections, (marks, what) in itertools.product((of_program, document.sections), _SHOWN):
        holding = tuple(section for section in sections if _holds(document.ir, section, marks))
        functions = holding if sections is document.sections else _to_the_last_function(document, holding)
        if functions:
            return _among(document, _around(document, functions[-1]), functions, what)
    with_text = tuple(section for section in document.sections if section.body(document.ir).strip())
    if not with_text:
        return Choice((), "the text is empty")
    return Choice(with_text[-1:], f"the last section; {_why_nothing(document.text)}")


def _to_the_last_function(document: Document, holding: Sequence[Section]) -> tuple[Section, ...]:
    """The sections but for initializers behind the last function or module, as where a dump is cut before a pass is through."""
    behind = itertools.takewhile(lambda one: _is_initializer(one.body(document.ir)), reversed(holding))
    return tuple(holding[: len(holding) - len(list(behind))])


def _is_initializer(body: str) -> bool:
    return not _is_whole_module(body) and (_shown(body) or "").startswith("store ")


def _formation(document: Document) -> Choice | None:
    """The sections right after dispatches were formed; else, of a dump that goes on to workgroups, the last with regions."""
    holding = [s for s in document.sections if s.title is not None and _holds(document.ir, s, _FORMED[:1])]
    holding = [section for section in holding if not _is_of_constants(document.ir, section)]
    formed = [s for s in holding if s.title is not None and s.title.pass_name.startswith("FormDispatchRegions")]
    found = tuple(formed or holding)
    if not found:
        return None
    moment = [one for one in document.sections if one.title and found[-1].title and _same_moment(one.title, found[-1].title)]
    return _among(document, moment, found, "dispatches as they were formed")


def _why_nothing(text: str) -> str:
    """Which phase shows the dispatches of a text that holds none."""
    if any(mark in text for mark in _LOWERED):
        return "its dispatches are lowered to commands already: dump an earlier phase, `iree-compile … --compile-to=flow`"
    if _INPUT_OP.search(text):
        return "its ops are still those of the model's own dialect: dump a later phase, `iree-compile … --compile-to=input`"
    return "none holds dispatches or linalg ops"


def _parts(document: Document) -> Choice:
    """All parts of a text that is only cut by `// -----`."""
    with_text = tuple(section for section in document.sections if section.body(document.ir).strip())
    return Choice(with_text, f"all parts between `// -----` marks: {len(with_text)}")


def _among(document: Document, sections: Sequence[Section], holding: tuple[Section, ...], what: str) -> Choice:
    """Of each function the last of `sections` that holds what is looked for, else of what formation left."""
    last = holding[-1]
    if len(document.sections) == 1:
        return Choice(holding, f"the only section; it holds {what}")
    if last.title is None:
        return Choice((last,), f"the last section with {what}, which has no dump header")
    if last.title.is_module_scope or _is_whole_module(last.body(document.ir)):
        return Choice((last,), f"the last section with {what}, the whole module after {last.title.pass_name}")
    left = [one for one in sections if _holds(document.ir, last, _FORMED) and _holds(document.ir, one, _LEFT)]
    held = set(holding)
    states = {**_latest(document, left), **_latest(document, (one for one in sections if one in held))}
    chosen = tuple(sorted(_live(document, states), key=lambda section: section.start))
    if any(one.title is None or not _same_moment(one.title, last.title) for one in chosen):
        return Choice(chosen, f"of each function the last section that shows {what}, up to {last.title.pass_name}")
    return Choice(chosen, f"{_count(chosen)} after {last.title.pass_name}, the last pass that shows {what}")


def _latest(document: Document, sections: Iterable[Section]) -> Mapping[str, Section]:
    return {_shown(one.body(document.ir)) or str(one.start): one for one in sections if one.title is not None}


def _around(document: Document, last: Section) -> Sequence[Section]:
    """The sections before and behind that show functions, but for those of constants, up to those that show the whole module."""
    at = document.sections.index(last)
    before = itertools.takewhile(lambda one: not _is_whole_module(one.body(document.ir)), reversed(document.sections[:at]))
    behind = itertools.takewhile(lambda one: not _is_whole_module(one.body(document.ir)), document.sections[at + 1 :])
    around = (one for one in (*before, *behind) if not _is_of_constants(document.ir, one))
    return sorted((*around, last), key=lambda section: section.start)


def _same_moment(one: dump.Header, other: dump.Header) -> bool:
    return (one.pass_name, one.after) == (other.pass_name, other.after)


def _live(document: Document, latest: Mapping[str, Section]) -> set[Section]:
    """The sections but those of private functions that the others do not call: these were inlined in the meantime."""
    bodies = {name: section.body(document.ir) for name, section in latest.items()}
    called = set(_CALLED.findall("".join(bodies.values())))
    live = {latest[name] for name, body in bodies.items() if name in called or not _PRIVATE.search(body)}
    return live or set(latest.values())


def _holds(text: str, section: Section, marks: tuple[str, ...]) -> bool:
    return any(text.find(mark, section.body_start, section.end) >= 0 for mark in marks)


def _is_of_constants(text: str, section: Section) -> bool:
    """Whether it is of the program that the compiler makes of constant ops and runs itself, in the midst of its passes."""
    if section.title is None:
        return False
    first = _FUNCTION_NAME.search(text, section.body_start, section.end)
    is_marked = text.find("{iree.consteval", section.body_start, section.end) >= 0
    return is_marked or (first is not None and (first[1] or "").lstrip("@_").startswith("jit_eval"))


def _count(sections: tuple[Section, ...]) -> str:
    return "the section" if len(sections) == 1 else f"the {len(sections)} sections"


def _is_whole_module(body: str) -> bool:
    """Whether the section prints a module (after aliases), not one function."""
    first = _BEFORE_OPS.match(body)
    return first is not None and first[1] is not None


def _shown(body: str) -> str | None:
    """The function that a section shows, or the global that its initializer stores."""
    function = _FUNCTION_NAME.search(body)
    if function is None or function[1] is not None:
        return None if function is None else function[1]
    stored = _STORED.search(body)
    return f"store {stored[1]}" if stored else None
