"""What is told of broken text: one problem an op, on its line, in plain words; and nothing of text that is in order."""

from __future__ import annotations

from pathlib import Path

import pytest

import annotations

FIXTURES = sorted((Path(__file__).parent / "fixtures" / "problems").glob("*.mlir"))


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_each_broken_op_is_told_on_its_line(path: Path) -> None:
    assert annotations.differences(path.read_text()) == []


def test_what_is_wrong_at_one_place_is_told_once() -> None:
    """A brace in a line of a log: no op is before it, and nothing closes it."""
    errors = annotations.said("I0101 main.cc:7] begin {\nfunc.func @f() {\n  return\n}\n")
    assert [(error.line, error.text) for error in errors] == [(1, "a region without an op before it")]


@pytest.mark.parametrize(
    ("argument", "told"),
    [
        ("%x", "`@squar` is not defined here; did you mean `@square`?"),
        ("%y", "`%y` is not defined"),
    ],
)
def test_a_call_is_told_to_be_misspelt_where_nothing_else_is_wrong_with_it(argument: str, told: str) -> None:
    errors = annotations.said(
        "func.func private @square(%x: f32) -> f32\n"
        f"func.func @f(%x: f32) -> f32 {{\n  %r = func.call @squar({argument}) : (f32) -> f32\n  return %r : f32\n}}\n"
    )
    assert [error.line for error in errors] == [3] and told in errors[0].text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("func.func @f(%c: i1) {\n" + "scf.if %c {\n" * 5000 + "}\n" * 5000 + "return\n}\n", "100 regions deep"),
        ("func.func @f() {\n" + '"a.b"(' + "(" * 20000 + ")" * 20000 + ") : () -> ()\n}\n", "brackets more than 100 deep"),
        ("func.func @f(%a: " + "tuple<" * 3000 + "f32" + ">" * 3000 + ") {\n  return\n}\n", "brackets more than 100 deep"),
    ],
    ids=["regions", "parentheses", "types"],
)
def test_what_is_nested_too_deep_is_told_and_not_read(text: str, told: str) -> None:
    errors = annotations.said(text)
    assert len({error.line for error in errors}) == 1
    assert any(told in error.text for error in errors)


def test_a_number_is_a_value_of_its_type() -> None:
    """The compiler says this of the line behind."""
    errors = annotations.said("%0 = arith.constant 1.0 : i32\n")
    assert [(error.line, error.text) for error in errors] == [(1, "`1.0` is no value of `i32`")]
