"""The option table, its queries, versions, values and the `flags` command, without a compiler."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from dispatch_lens.cli.flags import flags
from dispatch_lens.flags import table, values
from dispatch_lens.flags.version import Version, parse_version

TRANSPOSE_PIPELINE = "--iree-preprocessing-pass-pipeline=builtin.module(iree-preprocessing-transpose-convolution-pipeline)"
PAD = "enable-fuse-padding-into-linalg-consumer-ops"
THREAD = [
    ("--iree-flow-enable-aggressive-fusion", "--iree-dispatch-creation-enable-aggressive-fusion"),
    ("--iree-opt-data-tiling=off", "--iree-opt-data-tiling=false"),
    (f"--iree-flow-{PAD}", f"--iree-dispatch-creation-{PAD}"),
    (TRANSPOSE_PIPELINE, TRANSPOSE_PIPELINE),
    ("--iree-global-opt-propagate-transposes=true", "--iree-global-opt-propagate-transposes=true"),
    ("--iree-opt-aggressively-propagate-transposes=true", "--iree-opt-aggressively-propagate-transposes=true"),
]
BY_A_FLAG = [
    "multi-use-producer",
    "producer-also-returned",
    "elementwise-multi-use-diamond",
    "reduction-then-reduction",
    "bit-truncate-producer",
    "tensor-trace",
    "reshape-after-reduction",
    "pad-before-conv",
    "transpose-into-contraction",
    "extract-slice-between",
    "mmt4d-producer",
    "horizontal-siblings",
    "concat-between",
    "conv-output-transposed",
    "conv-inplace-type-change",
    "elementwise-chain-nonaggressive",
]
BY_NO_FLAG = [
    "expand-behind-convolution",
    "loops-in-another-order",
    "consumer-in-another-dispatch",
    "unit-dim-reshape-between",
    "dynamic-reshape-between",
    "depthwise-nchw-then-elementwise",
    "independent-elementwise",
    "elementwise-into-reduction-broadcast",
    "optimization-barrier",
    "compute-barrier",
    "preformed-region",
    "call-boundary",
    "different-block",
    "elementwise-into-contraction-operand",
    "elementwise-before-conv",
    "reduction-consumer",
    "contraction-chain",
    "broadcast-consumer",
    "conflicting-maps",
    "non-permutation-map",
    "gather-tensor-extract",
    "bit-extend-consumer",
    "operand-limit",
    "transitive-dependency",
    "insert-slice-dest-not-fill",
    "pad-between",
    "pack-after-transposed-producer",
    "non-fusable-op",
    "unpack-reduction-consumer",
    "attention-producer",
    "device-transfer",
    "different-block-loop",
]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("2024-07", "2024-07-24"),
        ("20240724.964", "2024-07-24"),
        ("20240410", "2024-04-10"),
        ("2024-05", "2024-05-31"),
        ("3.1", "3.1"),
        ("3.13.0", "3.13"),
        ("3.13.0rc20261016", "3.13"),
        ("v3.7.1", "3.7.1"),
        ("2.9", "2.9"),
    ],
)
def test_versions_are_read(text: str, label: str) -> None:
    assert _version(text).label == label


@pytest.mark.parametrize("text", ["", "3", "main", "2024-13", "2024-02-30", "20250107", "3.1 and more", "2024"])
def test_what_is_no_version_is_none(text: str) -> None:
    assert parse_version(text) is None


def test_versions_are_in_order_of_time() -> None:
    texts = [
        "2024-04",
        "20240621.931",
        "2024-07",
        "2024-08",
        "20241104.1068",
        "2.9",
        "3.0",
        "3.1",
        "3.9",
        "3.10",
        "3.13",
    ]
    versions = [_version(text) for text in texts]
    assert versions == sorted(versions)
    assert _version("3.13.0rc20261016") == _version("3.13")
    assert list(table.RELEASES) == sorted(table.RELEASES)


@pytest.mark.parametrize(("old", "new"), THREAD)
def test_flags_of_the_thread_are_answered_in_both_years(old: str, new: str) -> None:
    assert values.respelled(old, _version("3.13")) == new
    back = values.respelled(new, _version("2024-07"))
    assert back == old.replace("=off", "=false")


def test_a_pipeline_of_several_passes_stays_whole() -> None:
    several = TRANSPOSE_PIPELINE.replace("(", "(canonicalize,", 1)
    assert values.respelled(several, _version("3.13")) == several
    assert values.respelled(several.replace("builtin.module(", "")[:-1], _version("3.13")) == several


def test_a_pass_that_became_an_option_is_spelled_as_one() -> None:
    old = "--iree-preprocessing-pass-pipeline=builtin.module(util.func(iree-preprocessing-convert-conv2d-to-img2col))"
    assert values.respelled(old, _version("3.13")) == "--iree-global-opt-use-im2col-for-convs"
    assert values.respelled("--iree-global-opt-use-im2col-for-convs=true", _version("3.9")) == old


def test_names_round_trip() -> None:
    for option in table.ALL:
        assert table.find(option.id) is option
        for name in option.names:
            bare = name.flag.lstrip("-")
            assert table.find(name.flag) is table.find(bare) is table.find(f"-{bare}") is option
            if "=" not in name.flag:
                assert table.find(f"{name.flag}=x") is table.find(f'"{bare}=false"') is option


def test_each_name_is_spelled_in_every_release_of_its_span() -> None:
    for option in table.ALL:
        for name in option.names:
            covered = [release for release in table.RELEASES if name.span.covers(release)]
            assert covered[0] == name.span.first
            assert covered[-1] == (name.span.last or table.NEWEST)
            assert {table.spelled(option, release) for release in covered} == {name.flag}


def test_no_two_options_share_a_name() -> None:
    names = [name.flag for option in table.ALL for name in option.names] + [option.id for option in table.ALL]
    assert len(names) == len(set(names))
    assert not {option.id for option in table.ALL} & set(table.BLOCKERS)


def test_a_default_is_known_only_where_there_is_a_name() -> None:
    for option in table.ALL:
        for release in table.RELEASES:
            if isinstance(table.spelled(option, release), table.Absent):
                assert option.default_in(release) is None, (option.id, release)


def test_partners_and_conflicts_name_options() -> None:
    ids = {option.id for option in table.ALL}
    assert {partner.id for option in table.ALL for partner in option.partners} <= ids
    assert all(conflict.options <= ids and len(conflict.options) == 2 for conflict in table.CONFLICTS)


def test_an_absent_flag_says_since_or_until_when() -> None:
    early = table.spelled(table.option("generalize-matmul"), _version("3.1"))
    late = table.spelled(table.option("collapse-reduction-dims"), _version("3.13"))
    older = table.spelled(table.option("data-tiling"), _version("20230101"))
    assert isinstance(early, table.Absent) and "since 3.2" in early.reason
    assert isinstance(late, table.Absent) and "until 3.4" in late.reason
    assert isinstance(older, table.Absent) and "begins with 2024-04-10" in older.reason


def test_a_release_between_two_of_the_table_has_the_older_names() -> None:
    option = table.option("aggressive-fusion")
    assert table.spelled(option, _version("2024-08-01")) == "--iree-flow-enable-aggressive-fusion"
    assert table.spelled(table.option("collapse-reduction-dims"), _version("3.4.1")) == (
        "--iree-dispatch-creation-collapse-reduction-dims"
    )


@pytest.mark.parametrize("code", BY_A_FLAG)
def test_a_blocker_that_a_flag_lifts_has_a_suggestion(code: str) -> None:
    found = table.for_blocker(code, _version("3.13"))
    assert found
    for suggestion in found:
        assert all(flag.startswith("--iree-") and "=" not in flag for flag in suggestion.options)


@pytest.mark.parametrize("code", BY_NO_FLAG)
def test_a_blocker_that_no_flag_lifts_has_none(code: str) -> None:
    assert code in table.BLOCKERS
    assert table.for_blocker(code, _version("3.13")) == ()


def test_an_unknown_blocker_has_no_suggestion() -> None:
    assert table.for_blocker("not-a-blocker", _version("3.13")) == ()


def test_suggestions_are_spelled_for_the_release() -> None:
    assert _options("multi-use-producer", "2024-07") == [("--iree-flow-enable-aggressive-fusion",)]
    assert _options("multi-use-producer", "3.13") == [("--iree-dispatch-creation-enable-aggressive-fusion",)]
    assert _options("extract-slice-between", "2024-07") == []
    assert _options("transpose-into-matmul", "2024-07") == [("--iree-global-opt-propagate-transposes",)]
    assert _options("transpose-into-matmul", "3.13") == []


def test_a_partner_that_is_on_by_default_is_not_asked_for() -> None:
    both = ("--iree-global-opt-propagate-transposes", "--iree-opt-aggressively-propagate-transposes")
    assert _options("transpose-into-contraction", "2024-07")[0] == both
    assert _options("transpose-into-contraction", "3.13")[0] == both[1:]


def test_data_tiling_is_turned_off_only_where_it_is_on() -> None:
    assert _options("data-tiled-contraction", "2024-07") == [("--iree-opt-data-tiling=false",)]
    assert _options("data-tiled-contraction", "3.7") == [("--iree-opt-data-tiling=false",)]
    assert _options("data-tiled-contraction", "3.8") == []


def test_a_remedy_that_one_release_had_lost_is_not_suggested_there() -> None:
    assert [bool(_options("producer-also-returned", version)) for version in ("3.8", "3.9", "3.10")] == [True, False, True]


def test_horizontal_fusion_is_not_suggested_alone_where_that_raises_counts() -> None:
    prefix = "--iree-dispatch-creation-enable"
    assert _options("horizontal-siblings", "2024-07") == [("--iree-global-opt-enable-fuse-horizontal-contractions",)]
    for version in ("3.5", "3.9", "3.13"):
        expected = (f"{prefix}-fuse-horizontal-contractions", f"{prefix}-aggressive-fusion")
        assert _options("horizontal-siblings", version) == [expected]


def test_harmful_options_are_never_suggested() -> None:
    never = {"fuse-padding-into-producer", "make-single-dispatch"}
    assert {option.id for option in table.ALL if option.advice == "never"} == never
    unfit = {option.id for option in table.ALL if option.advice != "suggest"}
    for release in table.RELEASES:
        for code in table.BLOCKERS:
            named = {_id(flag) for found in table.for_blocker(code, release) for flag in found.options}
            assert not named & unfit, (code, release, named)


def test_options_that_crash_together_are_withheld_where_they_do() -> None:
    sink = "--iree-global-opt-enable-sink-transpose-through-pad"
    pair = (sink, f"--iree-dispatch-creation-{PAD}")
    now = _version("3.13")
    assert table.for_blocker("transpose-pad-conv", now) == ()
    assert table.for_blocker("transpose-pad-conv", now, "llvm-cpu") == ()
    assert [found.options for found in table.withheld("transpose-pad-conv", now)] == [pair]
    assert [found.options for found in table.for_blocker("transpose-pad-conv", now, "vmvx")] == [pair]


@pytest.mark.parametrize(
    ("options", "harms"),
    [
        (("--iree-dispatch-creation-enable-fuse-padding-into-linalg-producer-ops",), ["wrong-results"]),
        (("--iree-dispatch-creation-enable-fuse-padding-into-linalg-producer-ops=false",), []),
        ((TRANSPOSE_PIPELINE, f"--iree-dispatch-creation-{PAD}"), ["does-not-compile"]),
        ((TRANSPOSE_PIPELINE, f"--iree-dispatch-creation-{PAD}=false"), []),
        (("--iree-dispatch-creation-enable-aggressive-fusion",), []),
    ],
)
def test_objections_to_a_set_of_flags(options: tuple[str, ...], harms: list[str]) -> None:
    assert [risk.harm for risk in table.objections(options, _version("3.13"), "llvm-cpu")] == harms


def test_risks_of_a_suggestion_name_their_threads() -> None:
    (found,) = table.for_blocker("multi-use-producer", _version("3.13"))
    assert "iree#24725" in {risk.thread for risk in found.risks}
    assert not {risk.harm for risk in found.risks} & {"wrong-results"}


@pytest.mark.parametrize(
    ("flag", "instead"),
    [
        ("--iree-opt-data-tiling=off", "--iree-opt-data-tiling=false"),
        ("--iree-opt-const-eval=On", "--iree-opt-const-eval=true"),
        ("--iree-opt-data-tiling=False", "--iree-opt-data-tiling=false"),
        ("--iree-opt-data-tiling=", "--iree-opt-data-tiling"),
        ("--iree-opt-data-tiling=maybe", None),
        ("--iree-opt-level=2", "--iree-opt-level=O2"),
        ("--iree-opt-level=fast", None),
        ("--iree-flow-inline-constants-max-byte-length=many", None),
        ("--iree-preprocessing-pass-pipeline=a-pass", "--iree-preprocessing-pass-pipeline=builtin.module(a-pass)"),
        (
            "--iree-preprocessing-pass-pipeline=builtin.module(func.func(a-pass))",
            "--iree-preprocessing-pass-pipeline=builtin.module(util.func(a-pass))",
        ),
        ("--iree-preprocessing-pass-pipeline=builtin.module(a-pass", None),
    ],
)
def test_a_refused_value_is_told_with_what_to_write(flag: str, instead: str | None) -> None:
    problem = values.check_value(flag)
    assert problem is not None
    assert problem.instead == instead
    if instead is not None:
        assert values.check_value(instead) is None


@pytest.mark.parametrize(
    "flag",
    [
        "--iree-opt-data-tiling",
        "--iree-opt-data-tiling=false",
        "--iree-opt-level=O3",
        "--iree-flow-inline-constants-max-byte-length=0",
        TRANSPOSE_PIPELINE,
        "--some-flag-of-another-program=off",
        "data-tiling",
    ],
)
def test_a_good_value_has_no_problem(flag: str) -> None:
    assert values.check_value(flag) is None


def test_every_sentence_of_the_table_can_be_printed() -> None:
    for option in table.ALL:
        assert option.summary.endswith("."), option.id
        assert all(text.endswith(".") for text in (option.renamed, option.gone, option.note) if text), option.id
        assert option.gone or option.names[-1].span.last is None, option.id


def test_the_command_gives_the_new_name_of_an_old_flag() -> None:
    done = _run("--iree-flow-enable-aggressive-fusion", "--for", "3.13")
    assert done.exit_code == 0
    assert "3.13: --iree-dispatch-creation-enable-aggressive-fusion" in done.stdout.splitlines()


def test_the_command_takes_flags_with_values_and_one_dash() -> None:
    done = _run("--iree-opt-data-tiling=off", "-iree-opt-level=2", "--for", "2024-07", "--json")
    tiling, level = json.loads(done.stdout)["answers"]
    assert done.exit_code == 0
    assert (tiling["id"], tiling["flag"], tiling["default"]) == ("data-tiling", "--iree-opt-data-tiling=false", "true")
    assert "=false" in tiling["problem"]
    assert (level["flag"], "since 3.3" in level["absent"]) == (None, True)


def test_the_command_says_when_an_absent_flag_was_there() -> None:
    done = _run("iree-flow-normalize-input-indexing-map", "--for", "3.13.0rc20261016")
    assert done.exit_code == 0
    assert "existed until 2024-04-10" in done.stdout


def test_the_command_answers_for_a_blocker() -> None:
    done = _run("concat-between", "contraction-chain")
    assert done.exit_code == 0
    assert "flags: --iree-opt-outer-dim-concat" in done.stdout
    assert "contraction-chain: no known flag lifts it in 3.13" in done.stdout


def test_the_command_lists_what_the_release_has() -> None:
    done = _run("--for", "2024-04")
    assert done.exit_code == 0
    lines = [line.split("\t") for line in done.stdout.splitlines()]
    assert ["data-tiling", "--iree-opt-data-tiling", "true"] in lines
    assert "aggressive-fusion" not in {id_ for id_, _, _ in lines}


def test_an_unknown_name_exits_with_1_and_names_the_closest() -> None:
    done = _run("agressive-fusion")
    assert done.exit_code == 1
    assert "aggressive-fusion" in done.stdout.partition("closest:")[2]


def test_a_version_that_is_none_is_a_usage_error() -> None:
    done = _run("data-tiling", "--for", "yesterday")
    assert done.exit_code == 2
    assert "3.13" in done.stderr


def _version(text: str) -> Version:
    found = table.release(text)
    assert found is not None
    return found


def _options(code: str, version: str) -> list[tuple[str, ...]]:
    return [found.options for found in table.for_blocker(code, _version(version))]


def _id(flag: str) -> str:
    found = table.find(flag)
    assert found is not None
    return found.id


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(flags, list(arguments))
