"""A rewrite that is undone by its inverse gives an equal program, whatever its values are called. And rewriting ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch_lens import rewrites
from dispatch_lens.ir.lower import lower
from dispatch_lens.rewrites.rewrite import Applied, Rewrite
from dispatch_lens.text import apply_edits
from equal_programs import program
from shared import FIXTURES

MARK = "\n// -----\n\n"
INVERSES = {
    "transpose-to-generic": ("generic-to-transpose",),
    "generic-to-transpose": ("transpose-to-generic",),
    "move-reshape-down": ("move-reshape-up",),
    "move-reshape-up": ("move-reshape-down",),
    "move-pad-down": ("move-pad-up",),
    "move-pad-up": ("move-pad-down",),
    "split-reshape": ("compose-reshapes",),
    "wrap-in-dispatch": ("dissolve-dispatch",),
    "dissolve-dispatch": ("wrap-in-dispatch",),
    "split-dispatch": ("merge-dispatches",),
    "merge-dispatches": ("split-dispatch",),
    "merge-shared-dispatch": ("split-dispatch",),
    "generalise-named-op": ("specialise-generic",),
    "specialise-generic": ("generalise-named-op",),
    "convolution-to-channels-last": ("convolution-to-channels-first", *["compose-transposes"] * 2),
    "convolution-to-channels-first": ("convolution-to-channels-last", *["compose-transposes"] * 3),
}
"""The rewrites that undo each, in their order. The others only go one way: they fold, or take the fewest."""


def cases(name: str) -> list[str]:
    return (FIXTURES / "rewrites" / f"{name}.mlir").read_text().split(MARK)


def everywhere() -> list[str]:
    return [case for rewrite in rewrites.ALL for case in cases(rewrite.name)]


def named(name: str) -> Rewrite:
    found = rewrites.by_name(name)
    assert found is not None
    return found


def made(text: str, rewrite: Rewrite) -> Iterator[str]:
    """The text after the rewrite, at each op where it applies."""
    for op in lower(text).walk():
        outcome = rewrite.apply(op)
        if isinstance(outcome, Applied):
            yield apply_edits(text, outcome.edits)


def undone(text: str, ways: tuple[str, ...]) -> list[str]:
    texts = [text]
    for way in ways:
        texts = [after for each in texts for after in made(each, named(way))]
    return texts


@pytest.mark.parametrize("name", INVERSES)
def test_the_inverse_gives_an_equal_program(name: str) -> None:
    found = 0
    for case in everywhere():
        for after in made(case, named(name)):
            changed = program(after) != program(case)
            found += changed and any(program(each) == program(case) for each in undone(after, INVERSES[name]))
    assert found


@pytest.mark.parametrize("rewrite", rewrites.ALL, ids=lambda rewrite: rewrite.name)
def test_making_a_rewrite_again_and_again_ends(rewrite: Rewrite) -> None:
    for case in everywhere():
        text = case
        for _ in range(12):
            text = next(made(text, rewrite), text)
        assert next(made(text, rewrite), text) == text
