"""Which sections of a document are read, and which release it comes from."""

from __future__ import annotations

import pytest

from dispatch_lens.analysis.version import spoken_version
from dispatch_lens.features.document import Document

REGION = "  %%0 = flow.dispatch.region -> (tensor<4xf32>) {\n    flow.return %%%s : tensor<4xf32>\n  }\n"


def function(name: str, inside: str = "") -> str:
    head = f"util.func public @{name}(%arg0: tensor<4xf32>) -> tensor<4xf32> {{\n"
    return f"{head}{inside}  util.return %arg0 : tensor<4xf32>\n}}\n\n"


def header(pass_name: str, scope: str = "") -> str:
    return f"// -----// IR Dump After {pass_name} (x){scope} //----- //\n"


FORMED = REGION % "arg0"


def chosen(text: str) -> list[str]:
    document = Document("t", 0, text)
    return [section.body(text).partition("@")[2].partition("(")[0] for section in document.choice.sections]


def test_of_one_pass_over_functions_the_latest_of_each_is_read() -> None:
    text = (
        header("A") + function("f", FORMED) + header("A") + function("g", FORMED)
        + header("B") + function("f", FORMED) + header("B") + function("g", FORMED) + header("C") + function("f")
    )  # fmt: skip
    document = Document("t", 0, text)
    assert chosen(text) == ["f", "g"]
    assert [section.title and section.title.pass_name for section in document.choice.sections] == ["B", "B"]
    assert document.report.executed == 2


@pytest.mark.parametrize(("names", "read"), [("fg", "the 2 sections after B"), ("f", "the section after B")])
def test_it_is_said_how_many_sections_are_read(names: str, read: str) -> None:
    text = header("A") + function("f", FORMED) + "".join(header("B") + function(name, FORMED) for name in names)
    assert Document("t", 0, text).choice.reason == f"{read}, the last pass that shows formed dispatches"


def test_at_module_scope_the_last_section_is_all() -> None:
    scope = " ('util.func' operation: @f)"
    text = header("A", scope) + function("f", FORMED) + header("A", scope) + function("g", FORMED)
    assert chosen(text) == ["g"]


def test_a_printed_module_is_all() -> None:
    module = "#map = affine_map<(d0) -> (d0)>\nmodule {\n" + function("h", FORMED) + "}\n"
    text = header("A") + function("f", FORMED) + header("B") + module
    assert chosen(text) == ["h"]


def test_formed_dispatches_are_read_before_linalg_ops() -> None:
    text = header("A") + function("f", FORMED) + header("B") + function("f", "  // linalg.generic\n")
    assert chosen(text) == ["f"]
    assert "%0" in Document("t", 0, text).choice.sections[0].body(text)


def test_dispatches_are_told_as_they_were_formed_and_counted_as_they_are_in_the_end() -> None:
    last = function("f", "  %0 = flow.dispatch.workgroups(%arg0) : (tensor<4xf32>) -> tensor<4xf32> = (%a: index) {\n  }\n")
    formed = header("FormDispatchRegionsPass") + function("f", FORMED)
    document = Document("t", 0, formed + header("B") + function("f", FORMED) + header("C") + last)
    assert document.report.shape == "workgroups"
    assert [section.title and section.title.pass_name for section in document.as_formed.choice.sections] == [
        "FormDispatchRegionsPass"
    ]
    assert document.as_formed.report.shape == "regions" and document.as_formed.as_formed.choice == document.as_formed.choice


@pytest.mark.parametrize("text", [header("FormDispatchRegionsPass") + function("f", FORMED), function("f", FORMED)])
def test_where_nothing_follows_formation_one_place_is_read(text: str) -> None:
    document = Document("t", 0, text)
    assert document.as_formed is document


def test_parts_of_a_split_file_are_programs_of_their_own() -> None:
    text = function("f", FORMED) + "// -----\n\n" + function("f", FORMED)
    document = Document("t", 0, text)
    assert document.report.executed == 2
    assert [dispatch.ordinal for dispatch in document.report.dispatches] == [0, 1]


@pytest.mark.parametrize("text", ["", "\n\n", "no IR here", "// -----\n", header("A")])
def test_text_without_ir_has_no_dispatches(text: str) -> None:
    document = Document("t", 0, text)
    assert document.report.shape == "none"
    assert document.choice.reason


def test_a_private_function_that_nobody_calls_any_more_is_not_read() -> None:
    """A pass runs on a function, which is inlined, and on the one that takes it in."""
    private = function("g", "  %0 = linalg.a\n").replace("public", "private")
    before = header("Canonicalizer") + private + header("Canonicalizer") + function("f", "  %0 = util.call @g(%arg0)\n")
    (called,) = Document("t", 0, before).choice.sections
    assert "@g" in called.body(before)
    after = before + header("Canonicalizer") + function("f", "  %0 = linalg.a\n")
    (chosen,) = Document("t", 0, after).choice.sections
    assert "@f" in chosen.body(after)


def test_the_program_of_constants_that_a_dump_is_cut_in_is_not_read() -> None:
    """The compiler compiles and runs it between two passes over the program itself."""
    text = header("A") + function("f", "  %0 = linalg.a\n") + header("FormDispatchRegionsPass") + function("jit_eval_0", FORMED)
    (chosen,) = Document("t", 0, text).choice.sections
    assert "@f" in chosen.body(text)
    alone = header("FormDispatchRegionsPass") + function("jit_eval_0", FORMED)
    assert len(Document("t", 0, alone).choice.sections) == 1


def test_an_initializer_whose_op_was_left_outside_of_dispatches_is_read_with_the_others() -> None:
    left = """util.initializer {
  %0 = util.global.load @g : tensor<4xf32>
  %1 = tensor.empty() : tensor<4xi64>
  %2 = linalg.generic {indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>], iterator_types = ["parallel"]}
      ins(%0 : tensor<4xf32>) outs(%1 : tensor<4xi64>) {
  ^bb0(%in: f32, %out: i64):
    %3 = arith.fptosi %in : f32 to i64
    linalg.yield %3 : i64
  } -> tensor<4xi64>
  util.global.store %2, @h : tensor<4xi64>
  util.return
}

"""
    before, after = (f"// -----// IR Dump {when} FormDispatchRegionsPass (x) //----- //\n" for when in ("Before", "After"))
    text = before + left + after + left + before + function("f", FORMED) + after + function("f", FORMED)
    report = Document("t", 0, text).report
    assert (report.executed, len(report.to_dispatch), len(report.initial_to_dispatch)) == (1, 0, 1)


def test_an_initializer_that_a_pass_ran_on_twice_is_one_and_a_cut_before_the_function_loses_nothing() -> None:
    initializer = "util.initializer {\n" + FORMED + "  util.global.store %0, @g : tensor<4xf32>\n  util.return\n}\n\n"
    once = header("CSE") + initializer + header("CSE") + function("f", FORMED)
    twice = Document("t", 0, once + once.replace("%0", "%9")).report
    assert (twice.executed, len(twice.initializers)) == (1, 1)
    cut = Document("t", 0, once + header("Canonicalizer") + initializer)
    assert (cut.report.executed, len(cut.report.initializers)) == (1, 1)
    module = header("FoldGlobals") + "module {\n" + initializer + function("f", FORMED) + "}\n\n"
    cut_behind_a_module = Document("t", 0, once + module + header("Canonicalizer") + initializer)
    assert cut_behind_a_module.choice.reason == "the last section with formed dispatches, the whole module after FoldGlobals"


def test_equal_sections_share_one_module() -> None:
    text = header("A") + function("f") + header("B") + function("f")
    document = Document("t", 0, text)
    first, second = document.sections
    assert document.module(first) is document.module(second)


@pytest.mark.parametrize(
    ("text", "family"),
    [
        ("// -----// IR Dump After X (iree-flow-form-dispatch-regions) //----- //", "2024"),
        ("%0 = hal.interface.binding.subspan set(0) binding(0)", "2024"),
        ("!iree_tensor_ext.dispatch.tensor<readonly:tensor<4xf32>>", "3.x"),
        ("// -----// IR Dump After X: iree-x{a=true} //----- //", "3.x"),
        ("%0 = arith.constant 1 : i32", "unknown"),
    ],
)
def test_the_release_is_told_from_spellings(text: str, family: str) -> None:
    assert spoken_version(text).family == family


def test_the_newer_bound_holds_where_two_contradict() -> None:
    spoken = spoken_version("iree-flow-form-dispatch-regions iree-dispatch-creation-x")
    assert spoken.last is None and spoken.first is not None
