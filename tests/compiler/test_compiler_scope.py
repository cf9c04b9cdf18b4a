"""Locations are blanked without moving anything, and what a function printed alone lacks is declared."""

from __future__ import annotations

import pytest

from dispatch_lens.compiler import protocol, scope


@pytest.mark.parametrize(
    "location",
    [
        'loc("é(.py":3:4)',
        "loc(#loc7)",
        'loc(fused["a(b"("f":1:2), "g":3:4])',
        'loc(callsite("a"("x":1:1)\n at "y":2:2))',
    ],
)
def test_a_location_becomes_as_many_spaces(location: str) -> None:
    text = f"  return %x : f32 {location} // after\n"
    cleared = scope.clear_locations(text)
    assert "loc" not in cleared
    assert len(cleared.encode()) == len(text.encode())
    assert [len(line) for line in cleared.encode().split(b"\n")] == [len(line) for line in text.encode().split(b"\n")]
    assert cleared.rstrip().endswith("// after")


@pytest.mark.parametrize(
    "text",
    ['"a.b"() {where = loc("f":1:2)} : () -> ()', '#loc = loc("f":1:2)', 'x = "loc(unknown)"', "// see loc(unknown)"],
)
def test_a_location_that_is_a_value_stays(text: str) -> None:
    assert scope.clear_locations(text) == text


def test_only_what_is_missing_is_declared() -> None:
    text = (
        "func.func private @here(f32) -> f32\n"
        "  %0 = call @here(%a) : (f32) -> f32\n"
        "  %1 = util.call @there(%a, %b) : (f32, tensor<2x3xf32>) -> (f32, i1)\n"
        "  %2 = util.global.load immutable @weights : tensor<4xf32>\n"
    )
    assert scope.declarations(text).split("\n") == [
        "",
        "util.func private @there(f32, tensor<2x3xf32>) -> (f32, i1)",
        "util.global private mutable @weights : tensor<4xf32>",
        "",
    ]


def test_missing_surroundings_are_an_artefact_only_outside_a_module() -> None:
    message = "'util.global.load' op undefined global: @weights"
    assert scope.is_artefact(protocol.Position(2, 3), message, "util.func @f() {\n")
    assert not scope.is_artefact(protocol.Position(2, 3), message, "module {\nutil.func @f() {\n")


def test_a_wrong_parent_is_an_artefact_only_at_the_top() -> None:
    message = "'flow.executable.export' op expects parent op 'flow.executable'"
    text = "flow.executable.export public @e\n  flow.executable.export public @e\n"
    assert scope.is_artefact(protocol.Position(1, 1), message, text)
    assert not scope.is_artefact(protocol.Position(2, 3), message, text)
    assert not scope.is_artefact(protocol.Position(1, 1), "'x.y' op expects two operands", text)
