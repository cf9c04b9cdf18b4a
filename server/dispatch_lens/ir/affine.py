"""Affine maps and sets as values, with MLIR's own algebra and spelling.

Everything is frozen and hashable, and what is built is simplified as MLIR simplifies it, so that equal maps compare
equal. It knows nothing of ops: which operand a map belongs to is for the caller.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache, reduce
from typing import TYPE_CHECKING

from dispatch_lens.ir.affine_expr import AffineExpr, Constant, Dim, Operator, Symbol, binary, leaves, substitute
from dispatch_lens.syntax import values

if TYPE_CHECKING:
    from lark import Token, Tree


@dataclass(frozen=True)
class AffineMap:
    """`(d0, …)[s0, …] -> (results)`. As an indexing map it takes loop dims to the dims of one operand.

    A program has few maps and asks the same of them for each op: what is found out of a map stays with it.
    """

    num_dims: int
    num_symbols: int
    results: tuple[AffineExpr, ...]

    def __str__(self) -> str:
        return f"affine_map<{self.body}>"

    @property
    def body(self) -> str:
        """The map without `affine_map<>` around it."""
        return f"{_print_space(self)} -> ({', '.join(map(str, self.results))})"

    @cached_property
    def result_dims(self) -> tuple[int | None, ...]:
        """For each result the dim that it is, or None where it is anything but a plain dim."""
        return tuple([r.position if isinstance(r, Dim) else None for r in self.results])

    @cached_property
    def used_dims(self) -> frozenset[int]:
        """The dims that occur in any result."""
        return frozenset(x.position for r in self.results for x in leaves(r) if isinstance(x, Dim))

    @cached_property
    def is_identity(self) -> bool:
        """True where result i is dim i, for every dim."""
        return self.num_dims == len(self.results) and all(r == Dim(i) for i, r in enumerate(self.results))

    @cached_property
    def is_projected_permutation(self) -> bool:
        """True where the results are distinct dims and there are no symbols; some dims may be left out."""
        dims = self.result_dims
        return self.num_symbols == 0 and None not in dims and len(set(dims)) == len(dims)

    @property
    def is_permutation(self) -> bool:
        """True for a projected permutation that leaves no dim out."""
        return self.num_dims == len(self.results) and self.is_projected_permutation

    @property
    def is_minor_identity(self) -> bool:
        """True where the results are the last dims in their order."""
        first = self.num_dims - len(self.results)
        return first >= 0 and all(r == Dim(first + i) for i, r in enumerate(self.results))


@dataclass(frozen=True, slots=True)
class AffineSet:
    """The points where each `expr` is >= 0, or == 0 where its flag in `equalities` is set."""

    num_dims: int
    num_symbols: int
    constraints: tuple[AffineExpr, ...]
    equalities: tuple[bool, ...]

    def __str__(self) -> str:
        return f"affine_set<{self.body}>"

    @property
    def body(self) -> str:
        """The set without `affine_set<>` around it."""
        signs = ("== 0" if equal else ">= 0" for equal in self.equalities)
        return f"{_print_space(self)} : ({', '.join(f'{e} {s}' for e, s in zip(self.constraints, signs))})"


# ---------------------------------------------------------------- building


@lru_cache(maxsize=256)
def identity(num_dims: int) -> AffineMap:
    """`(d0, …, dn) -> (d0, …, dn)`."""
    return AffineMap(num_dims, 0, tuple(Dim(i) for i in range(num_dims)))


def permutation(vector: Sequence[int]) -> AffineMap:
    """The map whose result i is dim `vector[i]`. Raises ValueError where `vector` is no permutation of 0..n-1."""
    if sorted(vector) != list(range(len(vector))):
        raise ValueError(f"not a permutation: {list(vector)}")
    return AffineMap(len(vector), 0, tuple(Dim(i) for i in vector))


# ---------------------------------------------------------------- questions


def permutation_vector(of: AffineMap) -> tuple[int, ...] | None:
    """The vector p where result i reads dim p[i], so `permutation(p) == of`; None where the map is no permutation."""
    if not of.is_permutation:
        return None
    return tuple(d for d in of.result_dims if d is not None)


def broadcast_dims(of: AffineMap) -> tuple[int, ...]:
    """The dims that no result reads: along them an operand with this indexing map is broadcast."""
    used = of.used_dims
    return tuple(d for d in range(of.num_dims) if d not in used)


def constant_results(of: AffineMap) -> tuple[int, ...]:
    """The positions of the results that are the constant 0: operand dims that are read at their first element only."""
    return tuple(i for i, r in enumerate(of.results) if r == Constant(0))


def evaluate(of: AffineMap, dims: Sequence[int], symbols: Sequence[int] = ()) -> tuple[int, ...]:
    """The results at one point. Raises ZeroDivisionError where the map divides by zero."""
    point: list[AffineExpr] = [Constant(d) for d in dims]
    values_ = [substitute(r, point, [Constant(s) for s in symbols]) for r in of.results]
    if any(not isinstance(v, Constant) for v in values_):
        raise ZeroDivisionError(str(of))
    return tuple(v.value for v in values_ if isinstance(v, Constant))


# ---------------------------------------------------------------- algebra


@lru_cache(maxsize=4096)
def compose(outer: AffineMap, inner: AffineMap) -> AffineMap:
    """`outer` after `inner`: x -> outer(inner(x)), the symbols of `outer` first.

    The results of `inner` become the dims of `outer`; ValueError where their numbers differ. AffineMap::compose.
    """
    if outer.num_dims != len(inner.results):
        raise ValueError(f"{outer.num_dims} dims cannot take {len(inner.results)} results")
    own: list[AffineExpr] = [Symbol(i) for i in range(outer.num_symbols)]
    shifted: list[AffineExpr] = [Symbol(outer.num_symbols + i) for i in range(inner.num_symbols)]
    dims: list[AffineExpr] = [Dim(i) for i in range(inner.num_dims)]
    through = [substitute(r, dims, shifted) for r in inner.results]
    results = tuple(substitute(r, through, own) for r in outer.results)
    return AffineMap(inner.num_dims, outer.num_symbols + inner.num_symbols, results)


@lru_cache(maxsize=4096)
def inverse_permutation(of: AffineMap) -> AffineMap | None:
    """The map from results back to dims: for each dim the first result that is this dim.

    None where there are symbols or where some dim is no result by itself. inversePermutation in lib/IR/AffineMap.cpp.
    """
    dims = of.result_dims
    if of.num_symbols or any(d not in dims for d in range(of.num_dims)):
        return None
    return AffineMap(len(dims), 0, tuple(Dim(dims.index(d)) for d in range(of.num_dims)))


def interchange(of: AffineMap, vector: Sequence[int]) -> AffineMap:
    """The same map over interchanged loops, where new loop i is old loop `vector[i]`. Results keep their order."""
    position = {old: new for new, old in enumerate(vector)}
    return _replace_dims(of, [Dim(position[d]) for d in range(of.num_dims)], of.num_dims)


def permute_results(of: AffineMap, vector: Sequence[int]) -> AffineMap:
    """The map whose result i is the old result `vector[i]`."""
    return AffineMap(of.num_dims, of.num_symbols, tuple(of.results[i] for i in vector))


# ---------------------------------------------------------------- reading


@lru_cache(maxsize=16384)
def parse_map(text: str) -> AffineMap | None:
    """The map in `affine_map<(d0) -> (d0)>` or in the bare `(d0) -> (d0)`; None where it is malformed."""
    read = _read_map(text)
    return read if isinstance(read, AffineMap) else None


def errors_in_map(text: str) -> tuple[values.Problem, ...]:
    """Why `parse_map` gives None, with the offset; empty for a map."""
    read = _read_map(text)
    return (read,) if isinstance(read, values.Problem) else ()


def map_from_tree(tree: Tree[Token]) -> AffineMap:
    """The map of an `affine_map` or `affine_map_body` tree. Raises values.Rejected, e.g. for an undeclared dim."""
    space, results = _space_and_rest(tree)
    return AffineMap(space.num_dims, space.num_symbols, tuple(_expr(space, r) for r in results))


def set_from_tree(tree: Tree[Token]) -> AffineSet:
    """The set of an `affine_set` or `affine_set_body` tree, each constraint brought to one side, as MLIR does."""
    space, constraints = _space_and_rest(tree)
    rows = [_constraint(space, c) for c in constraints] or [(Constant(0), True)]
    return AffineSet(space.num_dims, space.num_symbols, tuple(e for e, _ in rows), tuple(equal for _, equal in rows))


_SUM = r"d\d+(?: \* \d+)?(?: \+ d\d+(?: \* \d+)?)*"
_PLAIN = re.compile(rf"(?:affine_map<)?\((d\d+(?:, d\d+)*)?\) -> \(({_SUM}(?:, {_SUM})*)?\)(>)?")


@lru_cache(maxsize=16384)
def _read_map(text: str) -> AffineMap | values.Problem:
    plain = plain_map(text)
    if plain is not None:
        return plain
    try:
        return map_from_tree(values.parse("map", text))
    except values.Rejected as rejected:
        return rejected.problem


def plain_map(text: str) -> AffineMap | None:
    """The map in `text` where it only names its dims `d0, d1, …` in order and its results are sums of dims; else None."""
    match = _PLAIN.fullmatch(text)
    if match is None or (match[3] is None) == text.startswith("affine_map"):
        return None
    names = match[1].split(", ") if match[1] else []
    results = match[2].split(", ") if match[2] else []
    if names != [f"d{i}" for i in range(len(names))] or not set(_DIM.findall(match[2] or "")) <= set(names):
        return None
    return AffineMap(len(names), 0, tuple(_plain_sum(result) for result in results))


_DIM = re.compile(r"d\d+")


def _plain_sum(text: str) -> AffineExpr:
    """`d1 * 2 + d4`, added from the left."""
    first, *rest = (_plain_term(term) for term in text.split(" + "))
    return reduce(lambda sum_, term: binary("+", sum_, term), rest, first)


def _plain_term(text: str) -> AffineExpr:
    dim, _, factor = text.partition(" * ")
    named = Dim(int(dim[1:]))
    return binary("*", named, Constant(int(factor))) if factor else named


# ---------------------------------------------------------------- helpers


def _print_space(of: AffineMap | AffineSet) -> str:
    dims = ", ".join(f"d{i}" for i in range(of.num_dims))
    symbols = ", ".join(f"s{i}" for i in range(of.num_symbols))
    return f"({dims})[{symbols}]" if symbols else f"({dims})"


def _replace_dims(of: AffineMap, dims: Sequence[AffineExpr], num_dims: int) -> AffineMap:
    symbols: list[AffineExpr] = [Symbol(i) for i in range(of.num_symbols)]
    return AffineMap(num_dims, of.num_symbols, tuple(substitute(r, dims, symbols) for r in of.results))


@dataclass(frozen=True, slots=True)
class _Space:
    names: dict[str, AffineExpr]
    num_dims: int
    num_symbols: int


def _space_and_rest(tree: Tree[Token]) -> tuple[_Space, list[Tree[Token]]]:
    body = tree if tree.data.endswith("_body") else values.trees(tree)[0]
    dims, *rest = values.trees(body)
    symbols = rest.pop(0) if rest and rest[0].data == "affine_symbols" else None
    dim_names = values.tokens(dims)
    symbol_names = values.tokens(symbols) if symbols is not None else []
    names: dict[str, AffineExpr] = {}
    for make, tokens in ((Dim, dim_names), (Symbol, symbol_names)):
        for position, token in enumerate(tokens):
            if token in names:
                raise values.Rejected(token.start_pos or 0, f"redefinition of identifier '{token}'")
            names[str(token)] = make(position)
    return _Space(names, len(dim_names), len(symbol_names)), rest


def _constraint(space: _Space, tree: Tree[Token]) -> tuple[AffineExpr, bool]:
    lhs, rhs = (_expr(space, side) for side in values.trees(tree))
    sign = values.tokens(tree)[0]
    if sign == "<=":
        lhs, rhs = rhs, lhs
    return binary("+", lhs, binary("*", rhs, Constant(-1))), sign == "=="


def _expr(space: _Space, tree: Tree[Token]) -> AffineExpr:
    match tree.data:
        case "affine_name":
            return _name(space, values.tokens(tree)[0])
        case "affine_constant":
            return _constant(values.tokens(tree)[0])
        case "affine_negate":
            return binary("*", _expr(space, values.trees(tree)[0]), Constant(-1))
        case "affine_multiply":
            return _product(space, tree)
        case _:
            lhs, rhs = (_expr(space, side) for side in values.trees(tree))
            return binary("+", lhs, rhs if tree.data == "affine_add" else binary("*", rhs, Constant(-1)))


_OPERATORS: dict[str, Operator] = {"*": "*", "floordiv": "floordiv", "ceildiv": "ceildiv", "mod": "mod"}


def _product(space: _Space, tree: Tree[Token]) -> AffineExpr:
    lhs, rhs = (_expr(space, side) for side in values.trees(tree))
    sign = values.tokens(tree)[0]
    op = _OPERATORS[str(sign)]
    variable = any(isinstance(x, Dim) for x in leaves(rhs))
    if variable and (op != "*" or any(isinstance(x, Dim) for x in leaves(lhs))):
        what = "one operand" if op == "*" else "the right operand"
        raise values.Rejected(sign.start_pos or 0, f"not affine: {what} of '{op}' must be a constant or a symbol")
    return binary(op, lhs, rhs)


def _name(space: _Space, token: Token) -> AffineExpr:
    found = space.names.get(str(token))
    if found is None or token == "symbol":
        raise values.Rejected(token.start_pos or 0, f"use of undeclared identifier '{token}'")
    return found


def _constant(token: Token) -> Constant:
    value = int(token, 16 if token.startswith("0x") else 10)
    if value > 1 << 63:
        raise values.Rejected(token.start_pos or 0, "constant too large for index")
    return Constant(-value if value == 1 << 63 else value)
