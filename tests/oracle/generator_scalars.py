"""Scalar arithmetic for the bodies of generated generics: casts and random expressions, one op a line."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.generator_builder import ALL_FLOATS, Builder

WIDTHS = {"f64": 64, "f32": 32, "f16": 16, "bf16": 16, "f8E4M3FN": 8, "i1": 1, "i4": 4, "i8": 8, "i16": 16, "i32": 32, "i64": 64}
INTEGER_BINARY = ("addi", "subi", "muli", "maxsi", "minsi", "xori")


def expression(b: Builder, operands: Sequence[tuple[str, str]], element: str) -> str:
    """A value of type `element` that reads all (name, element) operands; at least one scalar op unless none fits."""
    terms = [cast(b, name, source, element) for name, source in operands]
    if len(terms) < 2 and b.chance(0.5):
        terms.append(b.scalar(element).name)
    value = terms[0]
    for term in terms[1:]:
        value = binary(b, value, term, element)
    return value if len(terms) > 1 and b.chance(0.6) else unary(b, value, element)


def binary(b: Builder, left: str, right: str, element: str) -> str:
    if element not in ALL_FLOATS:
        return b.assign(f"arith.{b.rng.choice(INTEGER_BINARY)} {left}, {right} : {element}")
    return b.assign(f"arith.{b.rng.choice(b.profile.binary)} {left}, {right} : {element}")


def unary(b: Builder, value: str, element: str) -> str:
    if element not in ALL_FLOATS:
        return b.assign(f"arith.addi {value}, {b.scalar(element).name} : {element}")
    if b.chance(0.2):
        zero = b.scalar(element, "0.0").name
        test = b.assign(f"arith.cmpf ogt, {value}, {zero} : {element}")
        return b.assign(f"arith.select {test}, {value}, {zero} : {element}")
    return b.assign(f"{b.rng.choice(b.profile.unary)} {value} : {element}")


def cast(b: Builder, value: str, source: str, target: str) -> str:
    """The value as `target`; the value itself when the types are equal."""
    if source == target:
        return value
    if source in ALL_FLOATS and target in ALL_FLOATS and WIDTHS[source] == WIDTHS[target]:
        return cast(b, cast(b, value, source, "f32"), "f32", target)
    if b.profile.defined and source in ALL_FLOATS and target not in ALL_FLOATS:
        value = b.assign(f"arith.maximumf {value}, {b.scalar(source, '-100.0').name} : {source}")
        value = b.assign(f"arith.minimumf {value}, {b.scalar(source, '100.0').name} : {source}")
    return b.assign(f"arith.{_cast_op(source, target)} {value} : {source} to {target}")


def product(b: Builder, left: tuple[str, str], right: tuple[str, str], accumulator: tuple[str, str]) -> str:
    """accumulator + left * right, in the accumulator's type."""
    element = accumulator[1]
    suffix = "f" if element in ALL_FLOATS else "i"
    a, c = cast(b, *left, element), cast(b, *right, element)
    times = b.assign(f"arith.mul{suffix} {a}, {c} : {element}")
    return b.assign(f"arith.add{suffix} {accumulator[0]}, {times} : {element}")


def wide(element: str) -> str:
    """The type a contraction of `element` accumulates in."""
    return {"i8": "i32", "f16": "f32", "bf16": "f32"}.get(element, element)


def _cast_op(source: str, target: str) -> str:
    widens = WIDTHS[target] > WIDTHS[source]
    if source in ALL_FLOATS and target in ALL_FLOATS:
        return "extf" if widens else "truncf"
    if source in ALL_FLOATS:
        return "fptosi"
    if target in ALL_FLOATS:
        return "sitofp"
    return "extsi" if widens else "trunci"
