"""What is said of a program is true by the counts that the compiler gave, and the same before and after dispatches form."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import programs
from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.rules.rule import Certainty

KEPT = programs.kept()
SAID_OF_FORMED_DISPATCHES_ONLY = {"mm_bias_ex_t_two", "t_co_softmax"}
"""A transpose is a dispatch of its own there, and no option makes it fall away: a fact, which nothing foretells."""

SAID_BEFORE_ONLY = {"conv_bias_pixel_shuffle", "conv_slice_relu", "concat_bn_relu"}
"""Formation leaves other ops around the obstacle: it is not recognised there, and nothing is said."""

each_program = pytest.mark.parametrize("source", programs.SOURCES, ids=lambda path: path.stem)


@each_program
def test_the_options_of_a_remark_leave_fewer_dispatches(source: Path) -> None:
    kept = KEPT[source.stem]
    for path in (source, programs.formed(source)):
        for remark in programs.remarks(path):
            if remark.options and "would make them one, but" not in remark.suggestion:
                assert kept.counted[" ".join(remark.options)] < kept.default


@each_program
def test_the_same_is_said_before_and_after_dispatches_form(source: Path) -> None:
    before, after = (Counter(remark.rule for remark in programs.remarks(path)) for path in (source, programs.formed(source)))
    if source.stem in SAID_OF_FORMED_DISPATCHES_ONLY:
        assert not before and set(after) == {"standalone-transpose"}
    elif source.stem in SAID_BEFORE_ONLY:
        assert before and not after
    else:
        assert before == after


@pytest.mark.parametrize("path", programs.outlined(), ids=lambda path: path.stem)
def test_of_outlined_dispatches_no_option_is_named_that_leaves_as_many(path: Path) -> None:
    kept = KEPT[path.stem]
    for remark in programs.remarks(path):
        assert remark.certainty is Certainty.POSSIBLE
        assert not remark.options or kept.counted[" ".join(remark.options)] < kept.default


def test_a_dump_that_shows_how_dispatches_were_formed_is_told_as_that_section_alone() -> None:
    text = (programs.FOLDER / "dumps" / "mm_split_heads.mlir").read_text()
    both = diagnostics(Document("both", 0, text), programs.NEWEST)
    alone = programs.remarks(programs.formed(programs.FOLDER / "mm_split_heads.mlir"))
    assert [(one.message, one.suggestion) for one in both.remarks] == [(one.message, one.suggestion) for one in alone] != []
    assert both.report.shape == "workgroups"


@each_program
def test_nothing_is_said_twice(source: Path) -> None:
    for path in (source, programs.formed(source)):
        said = [remark.range for remark in programs.remarks(path)]
        assert len(said) == len(set(said))
