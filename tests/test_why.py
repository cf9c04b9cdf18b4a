"""`why` names what keeps two ops apart: on modules that each show one obstacle, on experts' cases, and place by place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dispatch_lens.cli.main import main
from dispatch_lens.features import why_words
from dispatch_lens.features.document import Document
from dispatch_lens.features.why import why, why_all
from dispatch_lens.features.why_asked import Under
from dispatch_lens.features.why_story import Pair, Story

FIXTURES = Path(__file__).parent / "fixtures"
BLOCKERS = sorted((FIXTURES / "blockers").glob("*.json"))
NO_OBSTACLE = frozenset(
    {
        *("dynamic-shape", "consumer-more-loops", "scalar-work", "collapse-between-root-and-elementwise"),
        *("transpose-before-named-conv", "transpose-into-matmul", "transpose-multi-use", "transpose-reshape-transpose"),
        *("pad-after-root", "insert-slice-multi-use-source", "dequant-multi-use", "const-weights-transpose"),
        *("identical-dispatches", "transpose-at-edge"),
    }
)
"""Modules that only look as if something kept their dispatches apart."""
NO_PAIR = frozenset({"consumer-more-loops", "dynamic-shape"})
"""Those of them that hold one piece of work only."""

CASES = (
    ("aie515b_transpose_dwconv", "2024-07", "has_compatible_outer_parallel_loops", "transpose-before-named-conv"),
    ("aie515b_transpose_dwconv", "3.13", None, None),
    ("aie515c_dwconv_relu6_transpose", "2024-07", "has_compatible_outer_parallel_loops", "depthwise-nchw-then-elementwise"),
    ("aie515d_relu6_reshape_qdq", "2024-07", None, "unit-dim-reshape-between"),
    ("iree8951_gemm_transposed_consumer", "2024-07", "has_compatible_outer_parallel_loops", "loops-in-another-order"),
    ("iree8951_gemm_transposed_consumer", "3.13", None, None),
    ("iree22091_transpose_pad_conv_transpose", "3.13", "is_fusable_with_producer", "transpose-pad-conv"),
    ("iree12733_convlike_reshape_transpose", "3.13", None, "expand-behind-convolution"),
    ("iree9278_matmul_expand_permuted_ew", "3.13", None, "expand-between-root-and-elementwise"),
    ("iree18058_collapse_expand_nonintersecting", "3.13", None, "reshape-pair-between"),
    ("iree22500_consumer_broadcast", "3.13", "is_bit_truncate_op", "broadcast-consumer"),
    (
        *("iree12214_bert_matmul_bias_expand_transpose_bmm", "3.13", "get_root_parallel_loop_to_op_map"),
        "transpose-into-contraction",
    ),
    ("iree22528_multiuse_reduction", "3.13", "get_fusable_uses", "multi-use-producer"),
    ("iree9139_softmax_pattern", "3.13", "get_fusable_uses", "multi-use-producer"),
    ("iree13514_pad_conv_nhwc", "3.13", "is_fusable_with_producer", "pad-before-conv"),
    ("iree19877_horizontal_qkv", "3.13", None, "horizontal-siblings"),
    ("iree15594_transpose_pack", "3.13", "is_fusable_with_producer", "pack-after-transposed-producer"),
    ("iree20977_transpose_scatter", "2024-07", "has_compatible_outer_parallel_loops", "loops-in-another-order"),
    ("iree8724_matmul_bias_relu6", "3.13", None, None),
)


@pytest.mark.parametrize("path", BLOCKERS, ids=lambda path: path.stem)
def test_each_module_names_its_obstacle_or_none(path: Path) -> None:
    expected = json.loads(path.read_text())
    release = "2024-07" if expected["version"].startswith("2024") else expected["version"].partition("rc")[0]
    stories = why_all(document(path.with_suffix(".mlir")), Under(release=release))
    named = {code for story in stories for code in story.blockers}
    if expected["code"] in NO_OBSTACLE:
        assert named == set()
        assert all(pair.verdict in ("fused", "no-blocker") for pair in pairs(stories))
        assert {pair.looks_like for pair in pairs(stories)} == ({expected["code"]} - NO_PAIR)
    else:
        assert expected["code"] in named


@pytest.mark.parametrize("path", BLOCKERS, ids=lambda path: path.stem)
def test_the_kind_of_remedy_is_the_measured_one(path: Path) -> None:
    expected = json.loads(path.read_text())
    if expected["code"] in NO_OBSTACLE:
        return
    release = "2024-07" if expected["version"].startswith("2024") else expected["version"].partition("rc")[0]
    stories = why_all(document(path.with_suffix(".mlir")), Under(release=release, target="vmvx"))
    kinds = {pair.remedy.kind for pair in pairs(stories) if pair.blocker == expected["code"]}
    measured = {"flag": {"option"}, "none": {"by-design"}}.get(expected["remedy"], {"rewrite", "option"})
    assert kinds <= measured


@pytest.mark.parametrize(("name", "release", "predicate", "blocker"), CASES, ids=lambda part: str(part))
def test_the_reason_fits_the_experts_verdict(name: str, release: str, predicate: str | None, blocker: str | None) -> None:
    found = pairs(why_all(document(FIXTURES / "cases" / f"{name}.mlir"), Under(release=release)))
    apart = [pair for pair in found if pair.blocker is not None]
    if blocker is None:
        assert apart == []
    else:
        assert (predicate, blocker) in [(pair.predicate, pair.blocker) for pair in apart]


@pytest.mark.parametrize("kind", ["linalg", "regions"])
def test_a_depthwise_convs_own_result_map_keeps_its_reader_apart_in_2024(kind: str) -> None:
    story = why_all(document(FIXTURES / "thread-cases" / f"s2_dwconv_elementwise.{kind}.mlir"), Under(release="2024-07"))
    (pair,) = pairs(story)
    assert (pair.verdict, pair.predicate) == ("refused", "has_compatible_outer_parallel_loops")
    assert pair.disagreement[0] == ("producer's result map", "(d0, d1, d2, d3, d4, d5) -> (d0, d3, d1, d2)")


def test_text_of_no_stated_release_is_told_by_the_older_rules_too() -> None:
    (pair,) = pairs(why_all(document(FIXTURES / "thread-cases" / "s2_dwconv_elementwise.regions.mlir")))
    assert pair.older is not None
    assert pair.older.blocker == "depthwise-nchw-then-elementwise"


def test_formed_regions_are_looked_at_as_if_inlined() -> None:
    path = FIXTURES / "thread-cases" / "dumps" / "s5_mobilenet_block.form-dispatch-regions.20240724.mlir"
    found = pairs(why_all(document(path)))
    assert [pair.blocker for pair in found] == ["transpose-before-named-conv", "unit-dim-reshape-between"]
    assert all(pair.release.startswith("2024") for pair in found)


def test_outlined_text_says_which_dump_to_make() -> None:
    path = FIXTURES / "thread-cases" / "dumps" / "s5_mobilenet_block.flow.20240724.mlir"
    (story,) = why_all(document(path))
    assert {pair.verdict for pair in story.pairs} == {"unknown"}
    assert "form-dispatch-regions" in story.note


def test_a_place_tells_of_its_neighbours() -> None:
    text = (FIXTURES / "blockers" / "transitive-dependency.mlir").read_text()
    story = why(Document("a", 0, text), text.index("linalg.generic"))
    assert {(pair.producer, pair.verdict) for pair in story.pairs} == {
        ("linalg.matmul", "fused"),
        ("linalg.matmul", "by-design"),
    }


def test_two_places_tell_of_one_pair() -> None:
    text = (FIXTURES / "blockers" / "transitive-dependency.mlir").read_text()
    first, generic = text.index("linalg.matmul"), text.index("linalg.generic")
    (pair,) = why(Document("a", 0, text), first, generic).pairs
    assert pair.blocker == "transitive-dependency"
    (pair,) = why(Document("a", 0, text), generic, first).pairs
    assert pair.blocker == "transitive-dependency"


def test_a_reshape_tells_of_the_pair_around_it() -> None:
    text = (FIXTURES / "blockers" / "reshape-pair-between.mlir").read_text()
    (pair,) = why(Document("a", 0, text), text.index("tensor.collapse_shape")).pairs
    assert pair.blocker == "reshape-pair-between"
    assert [place.role for place in pair.places] == ["producer", "consumer", "between", "between"]


def test_places_are_offsets_of_the_document() -> None:
    text = (FIXTURES / "blockers" / "multi-use-producer.mlir").read_text()
    for pair in why(Document("a", 0, text), text.index("linalg.matmul")).pairs:
        named = {place.role: text[place.range.start : place.range.end] for place in pair.places}
        assert (named["producer"], named["consumer"]) == (pair.producer, pair.consumer)


@pytest.mark.parametrize("offset", [0, 50, 10_000])
def test_a_place_without_work_has_a_note(offset: int) -> None:
    text = (FIXTURES / "blockers" / "contraction-chain.mlir").read_text()
    story = why(Document("a", 0, text), offset)
    assert story.pairs == () and story.note


def test_the_command_prints_text_and_json() -> None:
    path = str(FIXTURES / "blockers" / "multi-use-producer.mlir")
    printed = CliRunner().invoke(main, ["why", path])
    assert printed.exit_code == 0 and "multi-use-producer" in printed.stdout
    told = json.loads(CliRunner().invoke(main, ["why", path, "--json"]).stdout)
    assert told["stories"][0]["blockers"] == ["multi-use-producer"]
    pair = told["stories"][0]["pairs"][0]
    line, column = pair["places"][0]["at"]
    assert Path(path).read_text().splitlines()[line - 1][column - 1 :].startswith("linalg.matmul")


def test_the_text_names_both_ops_and_marks_what_disagrees() -> None:
    path = str(FIXTURES / "thread-cases" / "s2_dwconv_elementwise.regions.mlir")
    printed = CliRunner().invoke(main, ["why", path]).stdout
    assert "8:12  producer  #0 linalg.depthwise_conv_2d_nchw_chw, conv" in printed
    assert "consumer  #1 linalg.generic, elementwise" in printed
    assert printed.count("predicted by the rules of") == 1
    rows = printed.splitlines()
    marks = next(i for i, row in enumerate(rows) if set(row.strip()) == {"^"})
    assert rows[marks - 1][rows[marks].index("^") :].startswith("d2, d3, d0, d1")


def test_the_text_of_outlined_dispatches_has_the_command_once() -> None:
    dump = FIXTURES / "models" / "resnet18" / "3.13" / "default.flow.mlir"
    printed = CliRunner().invoke(main, ["why", str(dump)]).stdout
    assert printed.count("--mlir-print-ir-before=") == 1
    assert " producer  #0 " in printed


def test_the_command_takes_lines_and_columns() -> None:
    path = FIXTURES / "blockers" / "multi-use-producer.mlir"
    lines = path.read_text().splitlines()
    first = next(i for i, text in enumerate(lines, 1) if "linalg.matmul" in text)
    second = next(i for i, text in enumerate(lines, 1) if "linalg.generic" in text)
    printed = CliRunner().invoke(main, ["why", str(path), str(first), f"{second}:8", "--json"])
    (pair,) = json.loads(printed.stdout)["stories"][0]["pairs"]
    assert (pair["producer"], pair["consumer"]) == ("linalg.matmul", "linalg.generic")
    assert CliRunner().invoke(main, ["why", str(path), "9999"]).exit_code == 2
    assert CliRunner().invoke(main, ["why", str(path), "there"]).exit_code == 2


def test_a_story_reads_as_markdown() -> None:
    story = why_all(document(FIXTURES / "blockers" / "multi-use-producer.mlir"))[0]
    text = why_words.markdown(story)
    assert text.startswith("**@main**")
    assert "refused by `get_fusable_uses` [multi-use-producer]" in text


def document(path: Path) -> Document:
    return Document(path.name, 0, path.read_text())


def pairs(stories: Any) -> list[Pair]:
    return [pair for story in stories if isinstance(story, Story) for pair in story.pairs]


def test_that_the_pipeline_joins_two_by_itself_is_said_of_those_alone_that_it_joins() -> None:
    said = {
        name: [pair.remedy.text for pair in pairs(why_all(document(FIXTURES / "programs" / f"{name}.mlir"))) if pair.blocker]
        for name in ("layernorm", "scatter")
    }
    assert [("by itself" in text) for text in said["layernorm"]] == [True, False, False, True, True]
    assert not any("by itself" in text for text in said["scatter"])
