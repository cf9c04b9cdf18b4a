"""What can be done about a place: rewrites as fixes of a remark, as refactorings at an op, and all of them to a fixpoint.

Everything is text edits in the document's offsets. A rewrite that would be wrong is offered with its reason, so that an
editor can show it disabled. `proved` asks a compiler after each step; without it nothing here leaves the process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from dispatch_lens import rewrites
from dispatch_lens.compiler import protocol
from dispatch_lens.features.document import Document
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import regions
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.rules.rule import Fix, Remark
from dispatch_lens.text import Edit, LineIndex, Range, Safety, apply_edits

MAX_STEPS = 2_000


@dataclass(frozen=True, slots=True)
class Refactoring:
    """A rewrite at one op: with `edits` where it can be made, with `refused` where it cannot, and why."""

    name: str
    title: str
    edits: tuple[Edit, ...]
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One rewrite that was made: at which line of the text as it was then, and what the compiler said of it."""

    name: str
    title: str
    line: int
    counted: tuple[int, int] | None = None
    equal: bool | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A text after its rewrites, and these in the order in which they were made."""

    text: str
    steps: tuple[Step, ...]


def refactorings(document: Document, offset: int, among: Sequence[Rewrite] = rewrites.ALL) -> tuple[Refactoring, ...]:
    """What can be done with the op at the offset, in the order of the rewrites, what would be wrong there last."""
    found: list[Refactoring] = []
    for section in document.sections:
        if section.body_start <= offset <= section.end:
            op = document.module(section).op_at(offset - section.body_start)
            for each in _with_dispatch(op):
                found += _at(each, section.body_start, among)
    return tuple(sorted(found, key=lambda each: each.refused is not None))


def fixes_for(document: Document, remark: Remark) -> tuple[Fix, ...]:
    """The rewrites that take away what the remark is about, at the places that it names."""
    wanted = rewrites_of(remark.rule)
    offsets = dict.fromkeys([remark.range.start, *(each.range.start for each in remark.related)])
    possible = [each for offset in offsets for each in refactorings(document, offset, wanted) if each.refused is None]
    names = [rewrite.name for rewrite in wanted]
    found: dict[tuple[Edit, ...], Fix] = {}
    for each in sorted(possible, key=lambda one: names.index(one.name)):
        found.setdefault(each.edits, Fix(each.title, each.edits, Safety.SAFE))
    return tuple(found.values())


def rewrites_of(rule: str) -> tuple[Rewrite, ...]:
    """The rewrites that can lift what the rule finds, the most wanted first."""
    return tuple(found for name in _OF_RULE.get(rule, ()) if (found := rewrites.by_name(name)) is not None)


def chosen(names: frozenset[str]) -> tuple[Rewrite, ...] | str:
    """The rewrites that these names of rules or rewrites stand for, in their usual order; or the name nobody knows."""
    wanted: set[str] = set()
    for name in names:
        own = {each.name for each in rewrites_of(name)} or {each.name for each in rewrites.ALL if each.name == name}
        if not own and name not in _OF_RULE:
            return name
        wanted |= own
    return tuple(each for each in rewrites.ALL if each.name in wanted)


def fixed(document: Document, among: Sequence[Rewrite]) -> Fixed:
    """The text after every rewrite that makes fewer dispatches, until none applies any more."""
    wanted = [rewrite for rewrite in among if rewrite.aim is Aim.FEWER_DISPATCHES]
    return _by_sections(document, lambda text: _to_fixpoint(text, wanted))


def proved(document: Document, among: Sequence[Rewrite], compiler: protocol.Compiler) -> Fixed:
    """The text after every rewrite that the compiler confirmed: not more dispatches, and equal results where it could run.

    A rewrite that only may make fewer must make fewer. Sections that do not compile stay as they are.
    """
    wanted = [rewrite for rewrite in among if rewrite.aim is not Aim.OTHER_FORM]
    return _by_sections(document, lambda text: _proved(text, wanted, compiler))


def _with_dispatch(op: Op | None) -> tuple[Op, ...]:
    """The op and the dispatch region that it stands in."""
    region = regions.around(op) if op is not None else None
    return tuple(dict.fromkeys(each for each in (op, region.op if region else None) if each is not None))


def _at(op: Op, start: int, among: Sequence[Rewrite]) -> Iterator[Refactoring]:
    for rewrite in among:
        outcome = rewrite.apply(op)
        if isinstance(outcome, Applied):
            edits = tuple(Edit(edit.range.shift(start), edit.text) for edit in outcome.edits)
            yield Refactoring(rewrite.name, outcome.title, edits)
        elif isinstance(outcome, Refused):
            yield Refactoring(rewrite.name, rewrite.title, (), outcome.reason)


def _by_sections(document: Document, fix: Callable[[str], Fixed]) -> Fixed:
    edits: list[Edit] = []
    steps: list[Step] = []
    for section, module in document.read_sections:
        done = fix(module.text)
        if not done.steps:
            continue
        before = document.lines.line_of(section.body_start)
        steps += (Step(s.name, s.title, s.line + before, s.counted, s.equal) for s in done.steps)
        edits.append(Edit(Range(section.body_start, section.end), done.text))
    return Fixed(apply_edits(document.text, edits), tuple(steps))


def _to_fixpoint(text: str, wanted: Sequence[Rewrite]) -> Fixed:
    steps: list[Step] = []
    at, changed = 0, False
    while len(steps) < MAX_STEPS:
        found = next(_applications(text, wanted, at), None)
        if found is None and not changed:
            break
        if found is None:
            at, changed = 0, False
            continue
        op, rewrite, outcome = found
        steps.append(Step(rewrite.name, outcome.title, _line(text, op)))
        text, at, changed = apply_edits(text, outcome.edits), _resume(op, outcome), True
    return Fixed(text, tuple(steps))


def _applications(text: str, wanted: Sequence[Rewrite], at: int) -> Iterator[tuple[Op, Rewrite, Applied]]:
    """The rewrites that apply to ops which end behind `at`, in text order."""
    for op in lower(text).walk():
        if op.range.end < at:
            continue
        for rewrite in wanted:
            outcome: Outcome = rewrite.apply(op)
            if isinstance(outcome, Applied):
                yield op, rewrite, outcome


def _resume(op: Op, outcome: Applied) -> int:
    return min([op.range.start, *(edit.range.start for edit in outcome.edits)])


def _line(text: str, op: Op) -> int:
    return LineIndex(text).line_of(op.name_range.start) + 1


def _proved(text: str, wanted: Sequence[Rewrite], compiler: protocol.Compiler) -> Fixed:
    count = _count(compiler, text)
    steps: list[Step] = []
    denied: set[str] = set()
    while count is not None and len(steps) < MAX_STEPS:
        done = _confirmed(text, wanted, compiler, count, denied)
        if done is None:
            break
        text, step = done
        count = step.counted[1] if step.counted else count
        steps.append(step)
    return Fixed(text, tuple(steps))


def _confirmed(
    text: str, wanted: Sequence[Rewrite], compiler: protocol.Compiler, count: int, denied: set[str]
) -> tuple[str, Step] | None:
    """The first rewrite that the compiler confirms; those that it does not are remembered by what they would have made."""
    for op, rewrite, outcome in _applications(text, wanted, 0):
        after = apply_edits(text, outcome.edits)
        if after in denied:
            continue
        counted = _count(compiler, after)
        allowed = count if rewrite.aim is Aim.FEWER_DISPATCHES else count - 1
        equal = _equal(compiler, text, after) if counted is not None and counted <= allowed else False
        if counted is None or equal is False:
            denied.add(after)
            continue
        return after, Step(rewrite.name, outcome.title, _line(text, op), (count, counted), equal)
    return None


def _count(compiler: protocol.Compiler, text: str) -> int | None:
    answer = compiler.compile_to_flow(text, (), "llvm-cpu")
    return None if isinstance(answer, protocol.CompilerFailure) else answer.sites


def _equal(compiler: protocol.Compiler, before: str, after: str) -> bool | None:
    """Whether both compute the same; None where the text before cannot be run, so that there is nothing to compare."""
    backends: tuple[protocol.Backend, ...] = ("llvm-cpu", "vmvx")
    for backend in backends:
        answer = _compared(compiler, before, after, backend)
        if answer is not None:
            return answer
    runs = any(_compared(compiler, before, before, backend) for backend in backends)
    return False if runs else None


def _compared(compiler: protocol.Compiler, before: str, after: str, backend: protocol.Backend) -> bool | None:
    answer = compiler.compare(protocol.Program(before), protocol.Program(after), protocol.Inputs(), backend)
    if isinstance(answer, protocol.CompilerFailure):
        return None
    return answer.is_same


_TRANSPOSES = (
    "remove-transpose",
    "compose-transposes",
    "fold-transpose-into-consumer",
    "fold-transpose-into-producer",
    "unit-transpose-to-reshape",
    "sink-transpose",
)
_OF_RULE = {
    "standalone-transpose": _TRANSPOSES,
    "channels-first-convolution": ("remove-transpose", "convolution-to-channels-last", "normalise-result-map"),
    "reshape-between-dispatches": (
        "join-dispatches",
        "fold-reshape-pair",
        "fold-unit-reshapes",
        "move-reshape-up",
        "move-reshape-down",
    ),
    "unfused-elementwise-consumer": ("merge-dispatches", "normalise-result-map"),
    "elementwise-left-by-padding": (),
    "unfused-padding": ("move-pad-up", "move-pad-down"),
    "second-use-keeps-apart": (),
}
