"""Affine expressions: the values that `affine` makes maps and sets of, simplified and printed as MLIR does it.

Source: lib/IR/AffineExpr.cpp (simplifyAdd, simplifyMul, simplifyFloorDiv, simplifyCeilDiv, simplifyMod) and
printAffineExpr in lib/IR/AsmPrinter.cpp. It knows nothing of spaces: how many dims there are is for the map.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from math import gcd
from typing import Literal, TypeAlias, TypeGuard

Operator: TypeAlias = Literal["+", "*", "floordiv", "ceildiv", "mod"]


@dataclass(frozen=True, slots=True)
class Dim:
    """The dim `d<position>` of the iteration space."""

    position: int

    def __str__(self) -> str:
        return f"d{self.position}"


@dataclass(frozen=True, slots=True)
class Symbol:
    """The symbol `s<position>`."""

    position: int

    def __str__(self) -> str:
        return f"s{self.position}"


@dataclass(frozen=True, slots=True)
class Constant:
    """A signed 64-bit number."""

    value: int

    def __str__(self) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class Binary:
    """`lhs op rhs`. Build it with `binary`, which simplifies; a difference is `lhs + rhs * -1`."""

    op: Operator
    lhs: AffineExpr
    rhs: AffineExpr

    def __str__(self) -> str:
        return _loose(self)


AffineExpr: TypeAlias = Dim | Symbol | Constant | Binary


def binary(op: Operator, lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    """`lhs op rhs`, simplified as MLIR does when it builds the expression."""
    return _SIMPLIFY[op](lhs, rhs)


def substitute(expr: AffineExpr, dims: Sequence[AffineExpr], symbols: Sequence[AffineExpr]) -> AffineExpr:
    """The expression with `dims[i]` for `d<i>` and `symbols[i]` for `s<i>`, simplified again."""
    match expr:
        case Dim(position):
            return dims[position]
        case Symbol(position):
            return symbols[position]
        case Constant():
            return expr
        case Binary(op, lhs, rhs):
            return binary(op, substitute(lhs, dims, symbols), substitute(rhs, dims, symbols))


def leaves(expr: AffineExpr) -> Iterator[Dim | Symbol | Constant]:
    """The dims, symbols and constants of the expression, left to right."""
    if not isinstance(expr, Binary):
        yield expr
        return
    yield from leaves(expr.lhs)
    yield from leaves(expr.rhs)


def _add(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    return _simpler_sum(lhs, rhs) or Binary("+", lhs, rhs)


def _simpler_sum(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr | None:
    """The sum where it has a simpler form than `lhs + rhs` as they stand, else None."""
    if isinstance(lhs, Constant) and isinstance(rhs, Constant):
        return _folded("+", lhs, rhs, lhs.value + rhs.value)
    if isinstance(lhs, Constant) or (_is_symbolic(lhs) and not _is_symbolic(rhs)) or _out_of_order(lhs, rhs):
        return _add(rhs, lhs)
    if rhs == Constant(0):
        return lhs
    if _has_constant(lhs, "+") and isinstance(rhs, Constant):
        return _add(lhs.lhs, _add(lhs.rhs, rhs))
    (left, left_factor), (right, right_factor) = _factored(lhs), _factored(rhs)
    if left == right:
        return _mul(left, Constant(left_factor + right_factor))
    if _has_constant(lhs, "+"):
        return _add(_add(lhs.lhs, rhs), lhs.rhs)
    divisor = _remainder_divisor(lhs, rhs)
    if divisor is not None:
        return _mod(lhs, divisor)
    return _simpler_tail(lhs, rhs) if isinstance(lhs, Binary) and lhs.op == "+" else None


def _simpler_tail(lhs: Binary, rhs: AffineExpr) -> AffineExpr | None:
    """`a + (b + (x floordiv q) * c)` for `(a + b) + (x floordiv q) * c`, where the inner sum has a simpler form."""
    if not (isinstance(rhs, Binary) and rhs.op == "*" and isinstance(rhs.lhs, Binary) and rhs.lhs.op == "floordiv"):
        return None
    tail = _simpler_sum(lhs.rhs, rhs)
    return None if tail is None else _add(lhs.lhs, tail)


def _mul(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    if isinstance(lhs, Constant) and isinstance(rhs, Constant):
        return _folded("*", lhs, rhs, lhs.value * rhs.value)
    if isinstance(lhs, Constant) or not _is_symbolic(rhs) or _out_of_order(lhs, rhs):
        return _mul(rhs, lhs)
    if rhs == Constant(1):
        return lhs
    if rhs == Constant(0):
        return rhs
    if not _has_constant(lhs, "*"):
        return Binary("*", lhs, rhs)
    if isinstance(rhs, Constant):
        return _mul(lhs.lhs, _mul(lhs.rhs, rhs))
    return _mul(_mul(lhs.lhs, rhs), lhs.rhs)


def _floordiv(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    exact = _exact_quotient(lhs, rhs)
    if exact is not None or not isinstance(rhs, Constant) or rhs.value == 0:
        return exact or Binary("floordiv", lhs, rhs)
    if isinstance(lhs, Constant):
        return _folded("floordiv", lhs, rhs, lhs.value // rhs.value)
    if isinstance(lhs, Binary) and lhs.op == "+" and any(_divisor(x) % rhs.value == 0 for x in (lhs.lhs, lhs.rhs)):
        return _add(_floordiv(lhs.lhs, rhs), _floordiv(lhs.rhs, rhs))
    return Binary("floordiv", lhs, rhs)


def _ceildiv(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    exact = _exact_quotient(lhs, rhs)
    if exact is not None or not isinstance(rhs, Constant) or rhs.value == 0:
        return exact or Binary("ceildiv", lhs, rhs)
    if isinstance(lhs, Constant):
        return _folded("ceildiv", lhs, rhs, -(-lhs.value // rhs.value))
    return Binary("ceildiv", lhs, rhs)


def _mod(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr:
    if lhs == rhs and not isinstance(rhs, Constant):
        return Constant(0)
    if not isinstance(rhs, Constant) or rhs.value < 1:
        return Binary("mod", lhs, rhs)
    if isinstance(lhs, Constant):
        return Constant(lhs.value % rhs.value)
    if _divisor(lhs) % rhs.value == 0:
        return Constant(0)
    if not isinstance(lhs, Binary):
        return Binary("mod", lhs, rhs)
    if lhs.op == "+" and _divisor(lhs.lhs) % rhs.value == 0:
        return _mod(lhs.rhs, rhs)
    if lhs.op == "+" and _divisor(lhs.rhs) % rhs.value == 0:
        return _mod(lhs.lhs, rhs)
    if lhs.op == "mod" and isinstance(lhs.rhs, Constant) and lhs.rhs.value >= 1 and lhs.rhs.value % rhs.value == 0:
        return _mod(lhs.lhs, rhs)
    return Binary("mod", lhs, rhs)


_SIMPLIFY: dict[Operator, Callable[[AffineExpr, AffineExpr], AffineExpr]] = {
    "+": _add,
    "*": _mul,
    "floordiv": _floordiv,
    "ceildiv": _ceildiv,
    "mod": _mod,
}


@dataclass(frozen=True, slots=True)
class _ByConstant(Binary):
    rhs: Constant


def _has_constant(expr: AffineExpr, op: Operator) -> TypeGuard[_ByConstant]:
    """True for `x op constant`."""
    return isinstance(expr, Binary) and expr.op == op and isinstance(expr.rhs, Constant)


def _factored(expr: AffineExpr) -> tuple[AffineExpr, int]:
    """`x * c` as (x, c), anything else as (itself, 1)."""
    return (expr.lhs, expr.rhs.value) if _has_constant(expr, "*") else (expr, 1)


def _remainder_divisor(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr | None:
    """The q of `x + (x floordiv q) * -q`, or of `x + (x floordiv q) * q * -1`: the sum is `x mod q`."""
    if not (isinstance(rhs, Binary) and rhs.op == "*" and isinstance(rhs.lhs, Binary)):
        return None
    quotient, divisor = rhs.lhs, rhs.rhs
    if quotient.op == "floordiv" and isinstance(divisor, Constant):
        divisor = Constant(-divisor.value)
    elif rhs.rhs == Constant(-1) and quotient.op == "*" and isinstance(quotient.lhs, Binary):
        quotient, divisor = quotient.lhs, quotient.rhs
    return divisor if quotient == Binary("floordiv", lhs, divisor) else None


def _exact_quotient(lhs: AffineExpr, rhs: AffineExpr) -> AffineExpr | None:
    """What lhs divided by rhs is where it divides without rest by its form alone."""
    if rhs == Constant(1):
        return lhs
    if lhs == rhs and not isinstance(rhs, Constant):
        return Constant(1)
    if not isinstance(rhs, Constant) or rhs.value == 0 or not _has_constant(lhs, "*"):
        return None
    return _mul(lhs.lhs, Constant(lhs.rhs.value // rhs.value)) if lhs.rhs.value % rhs.value == 0 else None


def _divisor(expr: AffineExpr) -> int:
    """The largest divisor known of every value of the expression. AffineExpr::getLargestKnownDivisor."""
    if isinstance(expr, Constant):
        return abs(expr.value)
    if not isinstance(expr, Binary):
        return 1
    left, right = _divisor(expr.lhs), _divisor(expr.rhs)
    if expr.op == "*":
        return left * right
    if expr.op in ("+", "mod"):
        return gcd(left, right)
    return left // right if isinstance(expr.rhs, Constant) and right and left % right == 0 else 1


def _out_of_order(lhs: AffineExpr, rhs: AffineExpr) -> bool:
    """True for `d1, d0` and `s1, s0`: MLIR puts the lower position first."""
    match lhs, rhs:
        case (Dim(left), Dim(right)) | (Symbol(left), Symbol(right)):
            return left > right
        case _:
            return False


def _is_symbolic(expr: AffineExpr) -> bool:
    return not any(isinstance(leaf, Dim) for leaf in leaves(expr))


def _folded(op: Operator, lhs: AffineExpr, rhs: AffineExpr, value: int) -> AffineExpr:
    return Constant(value) if -(1 << 63) <= value < 1 << 63 else Binary(op, lhs, rhs)


def _loose(expr: AffineExpr) -> str:
    if not isinstance(expr, Binary):
        return str(expr)
    return _print_sum(expr) if expr.op == "+" else _print_product(expr)


def _tight(expr: AffineExpr) -> str:
    """As an operand of what binds more tightly: a sum or a product in parentheses."""
    return f"({_loose(expr)})" if isinstance(expr, Binary) else str(expr)


def _print_product(expr: Binary) -> str:
    lhs = _tight(expr.lhs)
    if expr.op == "*" and expr.rhs == Constant(-1):
        return f"-{lhs}"
    return f"{lhs} {expr.op} {_tight(expr.rhs)}"


def _print_sum(expr: Binary) -> str:
    lhs = _loose(expr.lhs)
    term, factor = _factored(expr.rhs)
    if isinstance(expr.rhs, Constant) and expr.rhs.value < 0:
        return f"{lhs} - {-expr.rhs.value}"
    if factor == -1:
        return f"{lhs} - {_tight(term) if isinstance(term, Binary) and term.op == '+' else _loose(term)}"
    if factor < -1:
        return f"{lhs} - {_tight(term)} * {-factor}"
    return f"{lhs} + {_loose(expr.rhs)}"
