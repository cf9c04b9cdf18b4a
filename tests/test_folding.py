"""What can be folded of a text, by its lines."""

from __future__ import annotations

from dispatch_lens.features import folding
from dispatch_lens.features.snapshot import snapshot

TEXT = """\
#a = affine_map<(d0) -> (d0)>
#b = affine_map<(d0) -> (0)>
#c = affine_map<(d0) -> (1)>
util.func public @f(%x: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %y = scf.if %p {
    scf.yield
  } else { scf.yield }
  util.return
}
"""
HEADER = "// -----// IR Dump After CSE (cse) //----- //\n"


def folds(text: str) -> list[tuple[int, int, str]]:
    return [tuple(fold) for fold in folding.folds(snapshot("text", 0, text))]


def test_regions_and_runs_of_three_lines_are_folded_and_shorter_ones_are_not() -> None:
    assert folds(TEXT) == [(0, 2, "imports"), (3, 9, "region"), (6, 7, "region")]


def test_each_section_is_folded_with_what_is_in_it() -> None:
    last = len(TEXT.splitlines())
    dump = HEADER + TEXT.replace("}\n", "", 1) + HEADER + TEXT
    sections = [fold for fold in folds(dump) if fold[0] in (0, last)]
    assert [(first, kind) for first, _, kind in sections] == [(0, "region"), (last, "region")]
    assert (last + 4, last + 10, "region") in folds(dump)
