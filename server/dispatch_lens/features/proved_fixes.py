"""Rewrites to a fixpoint, of which only those are made that a compiler confirmed: not more dispatches, and equal results.

One rewrite at a time is asked, at all its places that have nothing to do with each other; where it is denied, at half of them,
down to single places. A rewrite that only may make fewer must make one fewer at each place. Results are compared where the
program can be run, on a text whose left out constants are filled in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from dispatch_lens.compiler import protocol
from dispatch_lens.features import fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.filled import filled
from dispatch_lens.features.fixes import Fixed, Step
from dispatch_lens.features.trial import resume
from dispatch_lens.flags.version import Version, parse_version
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites import rounds
from dispatch_lens.rewrites.rewrite import Aim, Rewrite, under
from dispatch_lens.text import Edit, apply_edits

TARGET = "llvm-cpu"
_BACKENDS: tuple[protocol.Backend, ...] = ("llvm-cpu", "vmvx")

_Made: TypeAlias = tuple[rounds.Application, tuple[Edit, ...]]
_Key: TypeAlias = tuple[str, ...]
Tell: TypeAlias = Callable[[str], None]


def proved(document: Document, among: Sequence[Rewrite], compiler: protocol.Compiler, tell: Tell = lambda _: None) -> Fixed:
    """The text after every rewrite that the compiler confirmed. Sections that do not compile stay as they are.

    `tell` hears what is asked next; what it raises ends the search.
    """
    release = _release(compiler)
    wanted = [under(rewrite, release) for rewrite in among if rewrite.aim is not Aim.OTHER_FORM]
    return fixes.by_sections(
        document, lambda text: _proved(_Prover(compiler, start_flags(document.uri, text), tell), text, wanted)
    )


def start_flags(uri: str, text: str) -> tuple[str, ...]:
    """Where the compile begins, for a text out of the middle of the compiler."""
    found = resume.resumable(Document(uri, 0, filled(text)), None)
    return found.flags if isinstance(found, resume.Resumable) else ()


def _release(compiler: protocol.Compiler) -> Version | None:
    installs = compiler.installs()
    return parse_version(installs[0].version) if installs else None


def _proved(prover: _Prover, text: str, wanted: Sequence[Rewrite]) -> Fixed:
    count = prover.count(text)
    steps: list[Step] = []
    denied: set[_Key] = set()
    while count is not None:
        found = _confirmed(prover, text, wanted, count, denied)
        if found is None:
            break
        text, count = found.text, found.count
        steps += found.steps
    return Fixed(text, tuple(steps))


@dataclass(frozen=True, slots=True)
class _Confirmed:
    text: str
    count: int
    steps: tuple[Step, ...]


def _confirmed(prover: _Prover, text: str, wanted: Sequence[Rewrite], count: int, denied: set[_Key]) -> _Confirmed | None:
    """The text after the first rewrite of which some places are confirmed; those that are not are noted as denied."""
    module = lower(text)
    for rewrite in wanted:
        found = (each for each in rounds.applications(module, [rewrite]) if _key(each) not in denied)
        group = rounds.together(module, found)
        if not group:
            continue
        prover.tell(f"{count} dispatches: {rewrite.title} at {len(group)} places")
        trial = _Trial(prover, text, count, denied)
        trial.ask(group)
        if trial.steps:
            return _Confirmed(trial.text_with([]), trial.count, tuple(trial.steps))
    return None


@dataclass
class _Trial:
    """Places of one rewrite that are confirmed one after the other, on one text."""

    prover: _Prover
    text: str
    count: int
    denied: set[_Key]
    edits: list[Edit] = field(default_factory=list[Edit])
    steps: list[Step] = field(default_factory=list[Step])

    def ask(self, group: Sequence[_Made]) -> None:
        if not group:
            return
        before, after = self.text_with([]), self.text_with(group)
        counted = self.prover.count(after)
        few = counted is not None and counted <= self.count - _fewer(group)
        equal = self.prover.equal(before, after) if few else False
        if few and counted is not None and equal is not False:
            self.edits += (edit for _, edits in group for edit in edits)
            self.steps += (fixes.step(made, (self.count, counted), equal) for made, _ in group)
            self.count = counted
        elif len(group) == 1:
            self.denied.add(_key(group[0][0]))
        else:
            self.ask(group[: len(group) // 2])
            self.ask(group[len(group) // 2 :])

    def text_with(self, group: Sequence[_Made]) -> str:
        return apply_edits(self.text, [*self.edits, *(edit for _, edits in group for edit in edits)])


def _fewer(group: Sequence[_Made]) -> int:
    """How many dispatches must be gone."""
    return sum(made.rewrite.aim is Aim.MAYBE_FEWER for made, _ in group)


def _key(of: rounds.Application) -> _Key:
    return (of.rewrite.name, of.op.text, *(edit.text for edit in of.outcome.edits))


@dataclass
class _Prover:
    """What the compiler says of texts; each is counted once."""

    compiler: protocol.Compiler
    flags: tuple[str, ...]
    tell: Tell
    known: dict[str, int | None] = field(default_factory=dict[str, "int | None"])

    def count(self, text: str) -> int | None:
        if text not in self.known:
            answer = self.compiler.compile_to_flow(filled(text), self.flags, TARGET)
            self.known[text] = None if isinstance(answer, protocol.CompilerFailure) else answer.sites
        return self.known[text]

    def equal(self, before: str, after: str) -> bool | None:
        """Whether both compute the same; None where the text before cannot be run, so that there is nothing to compare."""
        for backend in _BACKENDS:
            answer = self._compared(before, after, backend)
            if answer is not None:
                return answer
        return False if any(self._compared(before, before, backend) for backend in _BACKENDS) else None

    def _compared(self, before: str, after: str, backend: protocol.Backend) -> bool | None:
        first, second = (protocol.Program(filled(text), self.flags) for text in (before, after))
        answer = self.compiler.compare(first, second, protocol.Inputs(), backend)
        return None if isinstance(answer, protocol.CompilerFailure) else answer.is_same
