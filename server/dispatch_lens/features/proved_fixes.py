"""Rewrites to a fixpoint, of which only those are made that a compiler confirmed: fewer dispatches, and equal results.

Dispatches are counted by the flow phase alone, for all places at once that have nothing to do with each other, and for half of
them where the count is not as it should be, down to single places. Results are compared once, from the first text to the last;
where they differ, halving finds the first step to blame, which is undone with all after it, and the search goes on without it.

Of the rewrites that are made unasked, those kinds are left out without which the count gets as low. A rewrite that only may make
fewer must make one fewer at each place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from dispatch_lens.compiler import protocol
from dispatch_lens.counts import counted
from dispatch_lens.features import fixes, prover
from dispatch_lens.features.document import Document
from dispatch_lens.features.fixes import Fixed, Step
from dispatch_lens.flags.version import Version, parse_version
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites import rounds
from dispatch_lens.rewrites.rewrite import Aim, Rewrite, under
from dispatch_lens.text import Edit, apply_edits

_Made: TypeAlias = tuple[rounds.Application, tuple[Edit, ...]]
_Key: TypeAlias = tuple[str, ...]
Tell: TypeAlias = Callable[[str], None]


def proved(document: Document, among: Sequence[Rewrite], compiler: protocol.Compiler, tell: Tell = lambda _: None) -> Fixed:
    """The text after every rewrite that the compiler confirmed. Sections that do not compile stay as they are.

    `tell` hears what is asked next; what it raises ends the search.
    """
    release = _release(compiler)
    wanted = [under(rewrite, release) for rewrite in among if rewrite.aim is not Aim.OTHER_FORM]

    def fix(text: str, broken: fixes.Symbols) -> Fixed:
        if broken:
            return Fixed(text, (), ("and so is the rest: no compiler takes a text with problems",))
        asked = prover.Prover(compiler, prover.start_flags(document.uri, text))
        return _Search(asked, tell, wanted).fixed(text)

    return fixes.by_sections(document, fix)


def _release(compiler: protocol.Compiler) -> Version | None:
    installs = compiler.installs()
    return parse_version(installs[0].version) if installs else None


@dataclass(frozen=True, slots=True)
class _State:
    """A text that rewrites made, what the last of them was made of, and what is told of it."""

    text: str
    key: _Key
    step: Step

    @property
    def count(self) -> int:
        """Of the text, or of that to which the group led that the last rewrite is of."""
        return self.step.counted[1] if self.step.counted is not None else 0


@dataclass
class _Search:
    prover: prover.Prover
    tell: Tell
    wanted: Sequence[Rewrite]
    denied: set[_Key] = field(default_factory=set[_Key])

    def fixed(self, text: str) -> Fixed:
        if next(fixes.applications(lower(text), self.wanted), None) is None:
            return Fixed(text, ())
        self.tell("how many dispatches there are")
        count = self.prover.count(text)
        if isinstance(count, protocol.CompilerFailure):
            why = "as it does not compile" if count.kind == "refused" else "as the compiler gave no answer"
            return Fixed(text, (), (f"left alone, {why}: {count.message}",))
        states: list[_State] = []
        while True:
            states = self._counted(text, count, states)
            equal = self._equal(text, states)
            if equal is not False:
                return Fixed(states[-1].text if states else text, tuple(replace(each.step, equal=equal) for each in states))
            wrong = self._first_wrong(text, states)
            self.denied.add(states[wrong].key)
            states = self._recounted(states[:wrong])

    def _gaining(self, text: str, count: int) -> Sequence[Rewrite]:
        """The rewrites for fewer dispatches but those without which this text gets as few; the later ones are left out first."""
        kept = [each for each in self.wanted if each.aim is Aim.FEWER_DISPATCHES]
        done = fixes.to_fixpoint(text, kept)
        least = self.prover.count(done.text)
        needed: set[str] = set()
        while not isinstance(least, protocol.CompilerFailure) and least <= count:
            used = {step.name for step in done.steps} - needed
            doubted = next((each for each in reversed(kept) if each.name in used), None)
            if doubted is None:
                break
            self.tell(f"{counted(least, 'dispatch')}: whether {doubted.name} is needed")
            others = [each for each in kept if each is not doubted]
            without = fixes.to_fixpoint(text, others)
            fewest = self.prover.count(without.text)
            if isinstance(fewest, protocol.CompilerFailure) or fewest > least:
                needed.add(doubted.name)
            else:
                kept, done, least = others, without, fewest
        return kept

    def _counted(self, text: str, count: int, states: list[_State]) -> list[_State]:
        """The states, and after them all that the counts alone allow."""
        maybe = [[each] for each in self.wanted if each.aim is not Aim.FEWER_DISPATCHES]
        found: list[_State] | None = states
        while found is not None:
            states = found
            at, least = (states[-1].text, states[-1].count) if states else (text, count)
            groups = [self._gaining(at, least), *maybe]
            found = next((states + more for group in groups if (more := self._round(at, least, group))), None)
        return states

    def _round(self, text: str, count: int, among: Sequence[Rewrite]) -> list[_State]:
        """One of these rewrites at each place that has nothing to do with the others, where the counts allow it."""
        module = lower(text)
        found = (each for each in fixes.applications(module, among) if _key(each) not in self.denied)
        group = rounds.together(module, found)
        if not group:
            return []
        self.tell(f"{counted(count, 'dispatch')}: {group[0][0].rewrite.title}{_alike(len(group))}")
        trial = _Trial(self.prover, text, count, self.denied)
        trial.ask(group)
        return trial.states

    def _equal(self, text: str, states: Sequence[_State]) -> bool | None:
        self.tell("whether the results are equal")
        return self.prover.equal(text, states[-1].text) if states else None

    def _recounted(self, states: list[_State]) -> list[_State]:
        """The states, the last of which may be left of a group that was counted together."""
        if not states:
            return []
        *others, last = states
        count = self.prover.count(last.text)
        if last.step.counted is None or isinstance(count, protocol.CompilerFailure):
            return self._recounted(others)
        return [*others, replace(last, step=replace(last.step, counted=(last.step.counted[0], count)))]

    def _first_wrong(self, text: str, states: Sequence[_State]) -> int:
        """The first state whose results differ, found by halving."""
        right, wrong = -1, len(states) - 1
        while wrong - right > 1:
            middle = (right + wrong) // 2
            if self._equal(text, states[: middle + 1]) is False:
                wrong = middle
            else:
                right = middle
        return wrong


@dataclass
class _Trial:
    """Places that have nothing to do with each other, on one text: those that the counts allow become states."""

    prover: prover.Prover
    text: str
    count: int
    denied: set[_Key]
    edits: list[Edit] = field(default_factory=list[Edit])
    states: list[_State] = field(default_factory=list[_State])

    def ask(self, group: Sequence[_Made]) -> None:
        counted = self.prover.count(self._text_with(group))
        gain = 0 if isinstance(counted, protocol.CompilerFailure) else self.count - counted
        if not isinstance(counted, protocol.CompilerFailure) and gain >= _fewer(group):
            self._take(group, counted)
        elif len(group) == 1 or (counted == self.count and _fewer(group)):
            self.denied |= {_key(made) for made, _ in group}
        else:
            self.ask(group[: len(group) // 2])
            self.ask(group[len(group) // 2 :])

    def _take(self, group: Sequence[_Made], counted: int) -> None:
        for made, edits in group:
            self.edits += edits
            step = fixes.step(made, (self.count, counted))
            self.states.append(_State(apply_edits(self.text, self.edits), _key(made), step))
        self.count = counted

    def _text_with(self, group: Sequence[_Made]) -> str:
        return apply_edits(self.text, [*self.edits, *(edit for _, edits in group for edit in edits)])


def _fewer(group: Sequence[_Made]) -> int:
    """How many dispatches must be gone."""
    return sum(made.rewrite.aim is Aim.MAYBE_FEWER for made, _ in group)


def _alike(places: int) -> str:
    return "" if places == 1 else f" and the like at {places} places"


def _key(of: rounds.Application) -> _Key:
    return (of.rewrite.name, of.op.text, *(edit.text for edit in of.outcome.edits))
