"""The predicted dispatch regions are those that the compilers formed, op by op, in plain and in aggressive mode.

Their answers are kept beside the fixtures (`make answers` asks again). What a compiler refused is left out.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Sequence
from functools import cache

import pytest

from dispatch_lens.analysis.fusion import eras, formation
from dispatch_lens.ir import lower
from dispatch_lens.ir.module import Module, Op
from oracle import answers

RELEASES = ("3.13", "2024-07")
PARTS = 16


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("release", RELEASES)
def test_every_module_is_cut_as_the_compiler_cut_it(release: str, part: int) -> None:
    assert disagreements(release, answers.stored(release)[part::PARTS]) == []


@pytest.mark.parametrize("release", answers.BETWEEN)
def test_random_modules_are_cut_as_the_releases_between_cut_them(release: str) -> None:
    kept = answers.stored(release)
    assert sum(not isinstance(answer.groups, str) for answer in kept) > 0.6 * len(kept)
    assert disagreements(release, kept) == []


def test_neighbouring_eras_disagree_on_what_is_kept() -> None:
    alike = [
        (a.name, b.name) for a, b in itertools.pairwise(eras.ERAS) if not any(_tells_apart(s, a, b) for s in answers.TELLING)
    ]
    assert alike == []


def _tells_apart(seed: int, first: eras.Era, second: eras.Era) -> bool:
    text = answers.random_text(seed, "2.9" if first.first < (3, 3) else "3.11")
    modes = (eras.Options(aggressive=False), eras.Options(aggressive=True))
    return any(predicted(text, first, options) != predicted(text, second, options) for options in modes)


def disagreements(release: str, kept: Sequence[answers.Answer]) -> list[str]:
    era = eras.era_of_version(release)
    assert era is not None
    texts = {module.name: module for module in answers.modules(release)}
    found: list[str] = []
    for answer in kept:
        module = texts.get(answer.name)
        if module is None or isinstance(answer.groups, str):
            continue
        assert module.digest == answer.digest, f"{answer.name} has changed: make answers"
        ours = predicted(module.text, era, eras.Options(aggressive=answer.aggressive))
        if ours != answer.groups:
            found.append(f"{answer.name} aggressive={answer.aggressive}: {difference(ours, answer.groups)}")
    return found


@pytest.mark.parametrize("release", RELEASES)
def test_the_answers_say_something(release: str) -> None:
    kept = answers.stored(release)
    formed = [answer.groups for answer in kept if not isinstance(answer.groups, str)]
    assert len(formed) > 0.6 * len(kept)
    assert sum(len(group) > 2 for groups in formed for group in groups) > 100


def predicted(text: str, era: eras.Era, options: eras.Options) -> answers.Partition:
    starts = [0] + [at + 1 for at, char in enumerate(text) if char == "\n"]
    found: answers.Partition = []
    for function in formation.dispatching_functions(lowered(text)):
        for group in formation.form_dispatch_regions(function, era, options).groups:
            found.append(sorted(position(op, starts) for op in group.members))
    return sorted(found)


@cache
def lowered(text: str) -> Module:
    return lower.lower(text)


def difference(ours: answers.Partition, theirs: answers.Partition) -> str:
    only_theirs = [group for group in theirs if group not in ours]
    only_ours = [group for group in ours if group not in theirs]
    return f"the compiler has {only_theirs}, predicted {only_ours}"


def position(op: Op, line_starts: list[int]) -> list[int]:
    """Line and column of the op's name, from 1."""
    line = bisect.bisect_right(line_starts, op.name_range.start)
    return [line, op.name_range.start - line_starts[line - 1] + 1]
