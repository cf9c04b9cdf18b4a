"""The state of one generated function: its values by type, its text so far, and the few ops that every kind needs.

A dim is an int, or the name of an index value for a dynamic one, so that equal dims are equal sizes by construction.
The builder knows spelling and shapes; it does not know which ops there are (generator.py lists them).
"""

from __future__ import annotations

import itertools
import math
import random
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

Dim = int | str
SIZES = (1, 2, 3, 4, 5, 8, 16, 32)
FLOATS = ("f32", "f16", "bf16")
ALL_FLOATS = (*FLOATS, "f64", "f8E4M3FN")
MAX_ELEMENTS = 16384
DYNAMIC_GUESS = 8


@dataclass(frozen=True, slots=True)
class Spelling:
    """How ops are written, by the year of the compiler that shall read the text (2024 for 20240724, 2026 for 3.13)."""

    year: int

    @property
    def pack_dialect(self) -> str:
        return "linalg" if self.year >= 2025 else "tensor"


@dataclass(frozen=True, slots=True)
class Profile:
    """What values a module may hold: element types (and those that extends and truncates use), scalar ops,
    sizes of dims, chance of a dynamic one.

    With `defined`, the module computes the same numbers on every run, without overflow of small random inputs: no
    uninitialised element is read, indices are in range, one factor of each product is an argument, and a reduction
    starts from a fill or an argument (3.13 for llvm-cpu refuses to start from a result that has other users too).
    """

    elements: tuple[str, ...]
    narrow: tuple[str, ...]
    unary: tuple[str, ...]
    binary: tuple[str, ...]
    sizes: tuple[int, ...]
    dynamic: float
    symbols: tuple[str, ...]
    defined: bool


@dataclass(frozen=True, slots=True)
class Value:
    """An SSA value; `shape` is None for a scalar."""

    name: str
    shape: tuple[Dim, ...] | None
    element: str

    @property
    def dims(self) -> tuple[Dim, ...]:
        return self.shape or ()

    @property
    def rank(self) -> int:
        return len(self.dims)

    @property
    def type(self) -> str:
        return self.element if self.shape is None else tensor_type(self.shape, self.element)


Operand = tuple[Value, Sequence[str]]
Body = Callable[[list[str]], list[str]]


@dataclass(slots=True)
class Builder:
    """Collects one function. `pool` holds the tensors in scope, oldest first; ops append to it through `result`."""

    rng: random.Random
    spelling: Spelling
    profile: Profile
    pool: list[Value] = field(default_factory=list)
    arguments: list[Value] = field(default_factory=list)
    header: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    depth: int = 1
    counter: int = 0
    reusable: dict[tuple[object, ...], Value] = field(default_factory=dict)
    dead: set[str] = field(default_factory=set)

    # Text.

    def line(self, text: str) -> None:
        self.lines.append("  " * self.depth + text)

    def fresh(self) -> str:
        self.counter += 1
        return f"%{self.counter - 1}"

    @contextmanager
    def block(self) -> Iterator[None]:
        """Indents; tensors defined within are out of scope afterwards."""
        pool, reusable = list(self.pool), dict(self.reusable)
        self.depth += 1
        yield
        self.depth -= 1
        added = [value for value in self.arguments if value not in pool]
        self.pool, self.reusable = pool + added, reusable

    def assign(self, op: str) -> str:
        """Emits `%n = op` and gives the name; for scalars, which do not enter the pool."""
        name = self.fresh()
        self.line(f"{name} = {op}")
        return name

    # Choice.

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def dim(self, others: Sequence[Dim] = ()) -> Dim:
        """A dim such that a tensor with the `others` stays small."""
        room = MAX_ELEMENTS // elements(others)
        if self.chance(self.profile.dynamic) and room >= DYNAMIC_GUESS:
            return self.rng.choice(self.profile.symbols)
        return self.rng.choice([size for size in self.profile.sizes if size <= max(room, 1)])

    def shape(self, rank: int) -> tuple[Dim, ...]:
        dims: list[Dim] = []
        while len(dims) < rank:
            dims.append(self.dim(dims))
        return tuple(dims)

    def element(self, among: Sequence[str] = ()) -> str:
        return self.rng.choice(among or self.profile.elements)

    def permutation(self, rank: int) -> list[int]:
        """An order of two or more dims that is not the identity, which compilers fold away."""
        orders = [list(order) for order in itertools.permutations(range(rank))]
        return self.rng.choice(orders[1:])

    def pick(self, accept: Callable[[Value], bool]) -> Value | None:
        """A tensor in scope, more often a computed and a recent one."""
        found = [value for value in self.pool if accept(value)]
        if not found:
            return None
        computed = [value for value in found if not value.name.startswith("%arg")]
        if computed and self.chance(0.8):
            found = computed
        return self.rng.choice(found[-3:] if self.chance(0.7) else found)

    def tensor(self, low: int, high: int, among: Sequence[str] = ()) -> Value:
        """A tensor of a rank in [low, high] and of an element type in `among` (any when empty), or a new argument."""
        found = self.pick(lambda v: low <= v.rank <= high and (not among or v.element in among))
        if found is not None and self.chance(0.93):
            return found
        return self.argument(self.shape(self.rng.randint(low, high)), self.element(among))

    def static_tensor(self, low: int, high: int, among: Sequence[str] = ()) -> Value:
        found = self.pick(lambda v: low <= v.rank <= high and is_static(v.dims) and (not among or v.element in among))
        if found is not None and self.chance(0.93):
            return found
        dims: list[Dim] = []
        for _ in range(self.rng.randint(low, high)):
            room = MAX_ELEMENTS // elements(dims)
            dims.append(self.rng.choice([size for size in self.profile.sizes if size <= max(room, 1)]))
        return self.argument(tuple(dims), self.element(among))

    def need(self, shape: Sequence[Dim], element: str) -> Value:
        """A tensor of exactly this type: one in scope, a constant or a new argument."""
        found = self.pick(lambda v: v.dims == tuple(shape) and v.element == element)
        if found is not None and self.chance(0.75):
            return found
        if is_static(shape) and self.chance(0.15):
            return self.constant_tensor(shape, element)
        return self.argument(shape, element)

    def factor(self, shape: Sequence[Dim], element: str) -> Value:
        """The other operand of a product, or an init: an argument where a module must run (see `Profile`)."""
        return self.argument(shape, element) if self.profile.defined else self.need(shape, element)

    # Values.

    def argument(self, shape: Sequence[Dim], element: str) -> Value:
        value = Value(f"%arg{len(self.arguments)}", tuple(shape), element)
        self.arguments.append(value)
        self.pool.append(value)
        return value

    def result(self, op: str, shape: Sequence[Dim], element: str) -> Value:
        """Emits a one-line op with one tensor result."""
        value = Value(self.fresh(), tuple(shape), element)
        self.line(f"{value.name} = {op}")
        self.pool.append(value)
        return value

    def index(self, number: int) -> str:
        self.header[f"%c{number}"] = f"arith.constant {number} : index"
        return f"%c{number}"

    def scalar(self, element: str, literal: str | None = None) -> Value:
        """A scalar constant at the top of the function."""
        choices = ("0.0", "1.0", "0.5", "-1.25") if element in ALL_FLOATS else ("0", "1", "3", "-7")
        choices = ("true", "false") if element == "i1" else choices
        text = literal or self.rng.choice(choices)
        text = "false" if element == "i1" and text == "0" else text
        name = f"%cst_{element}_{re.sub(r'[^0-9A-Za-z]', '_', text)}"
        self.header[name] = f"arith.constant {text}" if element == "i1" else f"arith.constant {text} : {element}"
        return Value(name, None, element)

    def constant_tensor(self, shape: Sequence[Dim], element: str) -> Value:
        """A splat, or a dense constant of a few elements."""
        count = elements(shape) if elements(shape) <= 16 and self.chance(0.7) else 1
        literals = [_literal(n, element) for n in range(-2, count - 2)]
        dense = nested(literals, shape) if count > 1 else literals[0]
        value = Value(f"%cst_{len(self.header)}", tuple(shape), element)
        self.header[value.name] = f"arith.constant dense<{dense}> : {value.type}"
        return value

    def extent(self, dim: str) -> str:
        """An index value for a dynamic dim; sometimes asked anew from a tensor in scope."""
        if self.chance(0.8):
            return dim
        source = self.pick(lambda v: dim in v.dims)
        if source is None:
            return dim
        return self.assign(f"tensor.dim {source.name}, {self.index(source.dims.index(dim))} : {source.type}")

    def empty(self, shape: Sequence[Dim], element: str) -> Value:
        key = ("empty", tuple(shape), element)
        if key in self.reusable and self.chance(0.5):
            return self.reusable[key]
        extents = ", ".join(self.extent(dim) for dim in shape if isinstance(dim, str))
        value = Value(self.fresh(), tuple(shape), element)
        self.line(f"{value.name} = tensor.empty({extents}) : {value.type}")
        self.reusable[key] = value
        return value

    def fill(self, shape: Sequence[Dim], element: str, literal: str | None = None) -> Value:
        key = ("fill", tuple(shape), element, literal)
        if key in self.reusable and self.chance(0.5):
            return self.reusable[key]
        scalar, into = self.scalar(element, literal), self.empty(shape, element)
        value = Value(self.fresh(), tuple(shape), element)
        operands = f"ins({scalar.name} : {element}) outs({into.name} : {into.type})"
        self.line(f"{value.name} = linalg.fill {operands} -> {value.type}")
        self.reusable[key] = value
        return value

    def accumulator(self, shape: Sequence[Dim], element: str, literal: str | None = None) -> Value:
        """The init of a reduction: most often a fill."""
        zero = "0.0" if element in ALL_FLOATS else "0"
        return self.fill(shape, element, literal or zero) if self.chance(0.85) else self.factor(shape, element)

    def generic(self, iterators: str, ins: Sequence[Operand], outs: Sequence[Operand], body: Body) -> list[Value]:
        """`iterators` holds one of p, r for each loop; `body` maps block arguments to what is yielded."""
        maps = ", ".join(affine_map(len(iterators), results) for _, results in (*ins, *outs))
        names = ", ".join('"parallel"' if kind == "p" else '"reduction"' for kind in iterators)
        inputs = f"ins({operand_list([value for value, _ in ins])}) " if ins else ""
        inits = [value for value, _ in outs]
        results = self.names_of_results(inits)
        self.line(
            f"{self.left_side(results)} = linalg.generic {{indexing_maps = [{maps}], iterator_types = [{names}]}} "
            f"{inputs}outs({operand_list(inits)}) {{"
        )
        arguments = [Value(self.fresh(), None, value.element) for value, _ in (*ins, *outs)]
        self.line("^bb0(" + ", ".join(f"{a.name}: {a.element}" for a in arguments) + "):")
        self.depth += 1
        yielded = body([a.name for a in arguments])
        self.line(f"linalg.yield {', '.join(yielded)} : {', '.join(v.element for v in inits)}")
        self.depth -= 1
        types = ", ".join(v.type for v in results)
        self.line(f"}} -> {types}" if len(results) == 1 else f"}} -> ({types})")
        self.pool += results
        return results

    def names_of_results(self, inits: Sequence[Value]) -> list[Value]:
        name = self.fresh()
        if len(inits) == 1:
            return [Value(name, inits[0].shape, inits[0].element)]
        return [Value(f"{name}#{k}", init.shape, init.element) for k, init in enumerate(inits)]

    @staticmethod
    def left_side(results: Sequence[Value]) -> str:
        name = results[0].name.split("#")[0]
        return name if len(results) == 1 else f"{name}:{len(results)}"


def tensor_type(shape: Sequence[Dim], element: str) -> str:
    return f"tensor<{''.join(f'{dim}x' if isinstance(dim, int) else '?x' for dim in shape)}{element}>"


def affine_map(loops: int, results: Sequence[str]) -> str:
    return f"affine_map<({', '.join(loop_names(loops))}) -> ({', '.join(results)})>"


def loop_names(loops: int) -> list[str]:
    return [f"d{k}" for k in range(loops)]


def operand_list(values: Sequence[Value]) -> str:
    return f"{', '.join(v.name for v in values)} : {', '.join(v.type for v in values)}"


def is_static(shape: Sequence[Dim]) -> bool:
    return all(isinstance(dim, int) for dim in shape)


def elements(shape: Sequence[Dim]) -> int:
    """Number of elements; a guess where a dim is dynamic."""
    return math.prod(dim if isinstance(dim, int) else DYNAMIC_GUESS for dim in shape)


def _literal(number: int, element: str) -> str:
    if element == "i1":
        return str(number % 2 == 0).lower()
    return f"{number}.5" if element in ALL_FLOATS else str(number)


def nested(literals: Sequence[str], shape: Sequence[Dim]) -> str:
    """The literals as nested lists of the shape, as in `dense<[[1, 2], [3, 4]]>`."""
    if not shape:
        return literals[0]
    step = len(literals) // int(shape[0])
    return "[" + ", ".join(nested(literals[k * step : (k + 1) * step], shape[1:]) for k in range(int(shape[0]))) + "]"
