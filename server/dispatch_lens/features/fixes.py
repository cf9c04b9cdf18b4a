"""What can be done about a place: rewrites as fixes of a remark, as refactorings at an op, and all of them to a fixpoint.

Everything is text edits in the document's offsets. A rewrite that would be wrong is offered with its reason, so that an
editor can show it disabled. Nothing here asks a compiler: `proved_fixes` does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from dispatch_lens import rewrites
from dispatch_lens.features.document import Document
from dispatch_lens.features.problems import piece_problems
from dispatch_lens.flags.version import Version
from dispatch_lens.ir.lower import ISOLATED, lower
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites import regions, rounds
from dispatch_lens.rewrites.rewrite import Aim, Applied, Refused, Rewrite, under
from dispatch_lens.rules.rule import Remark
from dispatch_lens.syntax import pasted
from dispatch_lens.syntax.dump import Section
from dispatch_lens.text import Edit, LineIndex, Range, apply_edits

MAX_STEPS = 2_000
Symbols: TypeAlias = "frozenset[str]"


@dataclass(frozen=True, slots=True)
class Fix:
    """Edits that remove what a remark is about and keep what the program computes. `title` is a verb phrase."""

    title: str
    edits: tuple[Edit, ...]


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
    """A text after its rewrites, and these in the order in which they were made. `left` says what was not touched, and why."""

    text: str
    steps: tuple[Step, ...]
    left: tuple[str, ...] = ()


def refactorings(document: Document, offset: int, among: Sequence[Rewrite] = rewrites.ALL) -> tuple[Refactoring, ...]:
    """What can be done with the op at the offset, in the order of the rewrites, what would be wrong there last.

    Nothing in a function with problems: what it computes is not known.
    """
    found: list[Refactoring] = []
    for section in document.sections:
        if not section.body_start <= offset <= section.end:
            continue
        module = document.module(section)
        op = module.op_at(offset - section.body_start)
        if op is not None and _function(op) not in broken_functions(module):
            for each in _with_dispatch(op):
                found += _at(each, section.body_start, among)
    return tuple(sorted(found, key=lambda each: each.refused is not None))


def fixes_for(document: Document, remark: Remark, release: Version | None = None) -> tuple[Fix, ...]:
    """The rewrites that take away what the remark is about, at the places that it names: those that gain with the release.

    Without one it may be any that the text can be from.
    """
    first = release or document.spoken.first
    wanted = [each for each in rewrites_of(remark.rule) if each.until is None or first is None or first <= each.until]
    offsets = dict.fromkeys([remark.range.start, *(each.range.start for each in remark.related)])
    possible = [each for offset in offsets for each in refactorings(document, offset, wanted) if each.refused is None]
    names = [rewrite.name for rewrite in wanted]
    lesser = {name for each in possible for name in _MORE_THAN.get(each.name, ())}
    found: dict[tuple[Edit, ...], Fix] = {}
    for each in sorted(possible, key=lambda one: names.index(one.name)):
        if each.name not in lesser:
            found.setdefault(each.edits, Fix(each.title, each.edits))
    return tuple(found.values())


def rewrites_of(rule: str) -> tuple[Rewrite, ...]:
    """The rewrites that can lift what the rule finds, the most wanted first."""
    return tuple(found for name in OF_RULE.get(rule, ()) if (found := rewrites.by_name(name)) is not None)


def chosen(names: frozenset[str]) -> tuple[Rewrite, ...] | str:
    """The rewrites that these names of rules or rewrites stand for, in their usual order; or the name nobody knows."""
    wanted: set[str] = set()
    for name in names:
        own = {each.name for each in rewrites_of(name)} or {each.name for each in rewrites.ALL if each.name == name}
        if not own and name not in OF_RULE:
            return name
        wanted |= own
    return tuple(each for each in rewrites.ALL if each.name in wanted)


def fixed(document: Document, among: Sequence[Rewrite], release: Version) -> Fixed:
    """The text after every rewrite that makes fewer dispatches with this release, until none applies any more."""
    wanted = [rewrite for rewrite in among if under(rewrite, release).aim is Aim.FEWER_DISPATCHES]
    return by_sections(document, lambda text, broken: to_fixpoint(text, wanted, broken))


def depends_on_release(document: Document, among: Sequence[Rewrite]) -> bool:
    """Whether some rewrite applies that only some releases gain by."""
    bounded = [rewrite for rewrite in among if rewrite.until is not None]
    return any(next(applications(module, bounded), None) is not None for _, module in document.read_sections)


def summary(done: Fixed) -> str:
    """One line: what the compiler counted, how often each rewrite was applied, and what was left alone."""
    return "; ".join([_made(done), *done.left] if done.steps or not done.left else done.left)


def _made(done: Fixed) -> str:
    if not done.steps:
        return "nothing to fix"
    names = [step.name for step in done.steps]
    times = ", ".join(f"{name} {names.count(name)}×" for name in dict.fromkeys(names))
    counts = [step.counted for step in done.steps if step.counted is not None]
    if not counts:
        return times
    compared = "results equal" if all(step.equal for step in done.steps) else "results not compared: the program does not run"
    return f"dispatches {counts[0][0]} → {counts[-1][1]}, {compared}; {times}"


def broken_functions(module: Module) -> frozenset[Op | None]:
    """The functions and other isolated ops with problems; where a problem is in none, all of them and None."""
    problems = piece_problems(module)
    if not problems:
        return frozenset()
    around = {(found := module.op_at(each.range.start)) and _function(found) for each in problems}
    return frozenset((None, *filter(None, map(_function, module.walk()))) if None in around else around)


def _function(op: Op) -> Op | None:
    """The outermost isolated op around this one, or that it is, but for the module."""
    isolated = (each for each in (op, *op.ancestors()) if each.name in ISOLATED and each.name != "builtin.module")
    return next(reversed(list(isolated)), None)


def _with_dispatch(op: Op) -> tuple[Op, ...]:
    """The op and the dispatch region that it stands in."""
    region = regions.around(op)
    return (op,) if region is None or region.op is op else (op, region.op)


def _at(op: Op, start: int, among: Sequence[Rewrite]) -> Iterator[Refactoring]:
    for rewrite in among:
        outcome = rewrite.apply(op)
        if isinstance(outcome, Applied):
            edits = tuple(Edit(edit.range.shift(start), edit.text) for edit in outcome.edits)
            yield Refactoring(rewrite.name, outcome.title, edits)
        elif isinstance(outcome, Refused):
            yield Refactoring(rewrite.name, rewrite.title, (), outcome.reason)


def by_sections(document: Document, fix: Callable[[str, Symbols], Fixed]) -> Fixed:
    """Each section fixed by itself, as one text; the functions with problems are to be left alone, by their names."""
    edits: list[Edit] = []
    steps: list[Step] = []
    left: list[str] = []
    for section, module in document.read_sections:
        broken = broken_functions(module)
        names = frozenset(function.symbol for function in broken if function is not None and function.symbol is not None)
        if broken:
            left.append(_left_alone(document, section, module, () if None in broken else sorted(names)))
        if len(names) < len(broken):
            continue
        done = fix(module.text, names)
        left += done.left
        if not done.steps:
            continue
        before = document.lines.line_of(section.body_start)
        steps += (Step(s.name, s.title, s.line + before, s.counted, s.equal) for s in done.steps)
        body = Range(section.body_start, section.end)
        edits.append(Edit(body, pasted.restored(section.body(document.text), module.text, done.text)))
    return Fixed(apply_edits(document.text, edits), tuple(steps), tuple(left))


def _left_alone(document: Document, section: Section, module: Module, names: Sequence[str]) -> str:
    problem = piece_problems(module)[0]
    line = document.lines.line_of(section.body_start + problem.range.start) + 1
    what = " ".join(f"@{name}" for name in names)
    return f"{what} left alone for a problem at line {line}: {problem.message}".lstrip()


def to_fixpoint(text: str, wanted: Sequence[Rewrite], broken: Symbols = frozenset()) -> Fixed:
    """Rounds of rewrites that have nothing to do with each other, until one finds none; none in the broken functions."""
    steps: list[Step] = []
    while len(steps) < MAX_STEPS:
        module = lower(text)
        kept = rounds.together(module, (each for each in applications(module, wanted) if not _is_in(each.op, broken)))
        if not kept:
            break
        steps += map(step, (made for made, _ in kept))
        text = apply_edits(text, [edit for _, edits in kept for edit in edits])
    return Fixed(text, tuple(steps))


def applications(module: Module, wanted: Sequence[Rewrite]) -> Iterator[rounds.Application]:
    """The rewrites where they apply, but for what stays inside of one dispatch: that is one dispatch before and after."""
    return (each for each in rounds.applications(module, wanted) if not _is_inside_one_dispatch(each))


def _is_inside_one_dispatch(of: rounds.Application) -> bool:
    region = regions.around(of.op)
    if region is None:
        return False
    start, end = region.op.regions[0].range
    return all(start < edit.range.start and edit.range.end < end for edit in of.outcome.edits)


def _is_in(op: Op, symbols: Symbols) -> bool:
    function = _function(op) if symbols else None
    return function is not None and function.symbol in symbols


def step(made: rounds.Application, counted: tuple[int, int] | None = None, equal: bool | None = None) -> Step:
    line = LineIndex(made.op.module.text).line_of(made.op.name_range.start) + 1
    return Step(made.rewrite.name, made.outcome.title, line, counted, equal)


_TRANSPOSES = (
    "remove-transpose",
    "compose-transposes",
    "fold-transpose-into-consumer",
    "fold-transpose-into-producer",
    "unit-transpose-to-reshape",
    "sink-transpose",
    "split-reader-loops",
)
_MORE_THAN = {
    "split-producer-loops": ("move-reshape-up",),
    "join-dispatches": ("fold-reshape-pair", "fold-unit-reshapes", "move-reshape-up", "move-reshape-down"),
    "normalise-result-map": ("generalise-convolution",),
    "merge-dispatches": ("normalise-result-map", "generalise-convolution"),
}
"""Rewrites that do what others only begin: where the one can be made, the others are no fixes."""
OF_RULE = {
    "standalone-transpose": _TRANSPOSES,
    "channels-first-convolution": ("remove-transpose", "convolution-to-channels-last", "normalise-result-map"),
    "reshape-between-dispatches": (
        "join-dispatches",
        "fold-reshape-pair",
        "fold-unit-reshapes",
        "split-producer-loops",
        "split-reader-loops",
        "move-reshape-up",
        "move-reshape-down",
    ),
    "unfused-elementwise-consumer": ("merge-dispatches", "normalise-result-map", "generalise-convolution"),
    "unfused-padding": ("move-pad-up", "move-pad-down"),
    "elementwise-left-by-padding": ("move-slice-up",),
    "fusion-left-off": ("move-concat-down",),
}
"""The names of the rewrites that can lift what a rule finds, the most wanted first; a rule that is missing has none."""
