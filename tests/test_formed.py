"""What is said of dumps that compilers of several releases printed right after they formed dispatches, each looked at by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.why import why_all
from dispatch_lens.features.why_asked import Under
from dispatch_lens.flags import table
from dispatch_lens.rules.rule import Certainty, Remark

FOLDER = Path(__file__).parent / "fixtures" / "formed"


def remarks(name: str, release: str) -> tuple[Remark, ...]:
    document = Document(name, 0, (FOLDER / f"{name}.mlir").read_text())
    return diagnostics(document, Settings(compiler_version=table.release(release))).remarks


def blockers(name: str, release: str) -> set[str | None]:
    document = Document(name, 0, (FOLDER / f"{name}.mlir").read_text())
    return {pair.blocker for story in why_all(document, Under(release=release)) for pair in story.pairs}


def test_a_contraction_that_data_tiling_packed_is_told_once_with_the_option() -> None:
    (remark,) = remarks("argmax.2024-07", "2024-07")
    assert remark.options == ("--iree-opt-data-tiling=false",) and "`linalg.mmt4d`" in remark.message
    assert blockers("argmax.2024-07", "2024-07") == {"data-tiled-contraction", "unpack-reduction-consumer"}


def test_a_dequantization_that_a_cpu_keeps_apart_is_told_with_the_option() -> None:
    (remark,) = remarks("dequant_mv.3.13", "3.13")
    assert remark.options == ("--iree-dispatch-creation-block-matmul-producer-fusion=false",)


def test_two_dispatches_are_not_told_to_be_one_where_an_op_would_only_change_sides() -> None:
    assert remarks("wavenet.3.1", "3.1") == ()


def test_copies_into_one_tensor_are_a_concat_only_perhaps() -> None:
    (remark,) = (one for one in remarks("rmsnorm_rope.3.13", "3.13") if "copies" in one.message)
    assert remark.certainty is Certainty.POSSIBLE and "where these are what became of a `tensor.concat`" in remark.suggestion


def test_what_formation_leaves_outside_is_no_region_that_somebody_wrote() -> None:
    assert "preformed-region" not in blockers("rmsnorm_rope.3.13", "3.13")
    assert "insert-slice-dest-not-fill" in blockers("rmsnorm_rope.3.13", "3.13")


@pytest.mark.parametrize("name", ["qdq_between.source", "qdq_between.3.1"])
def test_a_quantization_that_is_widened_again_joins_its_convolution(name: str) -> None:
    assert remarks(name, "3.1") == ()


@pytest.mark.parametrize("name", ["deconv.3.13", "deconv.flow.3.13"])
def test_elements_that_are_stored_apart_from_each_other_are_no_padding(name: str) -> None:
    assert remarks(name, "3.13") == ()


def test_a_gather_that_formation_leaves_outside_is_told_with_the_option() -> None:
    (remark,) = remarks("upsample_conv.3.1", "3.1")
    assert remark.options == ("--iree-flow-enable-gather-fusion",)
    assert blockers("upsample_conv.3.1", "3.1") == {"gather-left-outside"}


def test_a_reader_that_is_fused_with_a_contraction_follows_no_other_op() -> None:
    assert remarks("zero_point.3.1", "3.1") == ()


def test_the_order_of_loops_is_not_blamed_where_the_reader_has_more_of_them() -> None:
    assert remarks("squeeze_excite.3.1", "3.1") == ()


def test_an_order_of_loops_that_the_compiler_turns_back_is_not_advised() -> None:
    (remark,) = remarks("batchnorm.2024-07", "2024-07")
    assert remark.rule == "second-use-keeps-apart"


def test_a_tensor_that_its_reader_also_reads_through_a_reshape_is_not_told_to_join_it() -> None:
    assert remarks("rope_mm.flow.3.1", "3.1") == ()
