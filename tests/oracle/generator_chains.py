"""Random modules in which each op reads what the last one made, where it can take it: rewrites meet their patterns there.

Element types of all widths, and two dynamic sizes that differ. The head of the text says how large each dynamic dim of an
argument is to be drawn."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from oracle import generator
from oracle.generator_builder import SIZES, Builder, Profile, Spelling, Value

SAID = "// dynamic sizes:"
SYMBOLS = {"%n0": 3, "%n1": 5}
CHAINED = Profile(
    elements=("f32", "f32", "f16", "i8", "i16", "i32", "i64", "f64"),
    narrow=("f16", "i8", "i16"),
    unary=("math.tanh", "math.absf", "arith.negf"),
    binary=("addf", "subf", "maximumf", "minimumf"),
    sizes=SIZES,
    dynamic=0.12,
    symbols=tuple(SYMBOLS),
    defined=True,
)
KINDS = {
    "transpose": 10, "transpose_generic": 6, "elementwise": 8, "elementwise_permuted": 5, "elementwise_permuted_result": 4,
    "elementwise_broadcast": 3, "elementwise_small_operand": 4, "elementwise_constant_index": 2, "elementwise_multi_result": 2,
    "elementwise_reads_init": 1, "elementwise_index": 2, "elementwise_scalar_operand": 2, "extend": 2, "truncate": 2,
    "scalar_tensor": 1, "expand_unit": 4, "expand_shape": 6, "collapse_shape": 6, "collapse_then_expand": 4, "pad": 6,
    "extract_slice": 3, "extract_slice_rank_reduced": 1, "concat": 4, "broadcast": 2, "copy": 1, "map_of_two": 1,
    "unary_named": 2, "binary_named": 2, "reduction": 4, "reduction_with_index": 1, "contraction": 3, "matmul": 3,
    "matmul_transpose_b": 1, "batch_matmul": 2, "matvec": 1, "conv_2d_nhwc": 2, "conv_2d_nchw": 2, "depthwise_nhwc": 1,
    "depthwise_nchw": 2, "pooling": 1, "conv_1d": 1, "preformed_region": 1,
}  # fmt: skip
"""The kinds that rewrites look at, and how often each comes."""


@dataclass(slots=True)
class ChainBuilder(Builder):
    """Takes the last value that fits, most often."""

    def pick(self, accept: Callable[[Value], bool]) -> Value | None:
        last = next((value for value in reversed(self.pool) if accept(value) and not value.name.startswith("%arg")), None)
        return last if last is not None and self.chance(0.8) else Builder.pick(self, accept)


def chain_module(rng: random.Random, size: int, spelling: Spelling = generator.IREE_3_13) -> str:
    """One function `@main` of `size` kinds of ops; the same numbers on every run, for arguments of the sizes at its head.

    One with an argument whose size only the function itself computes is drawn anew.
    """
    known = [kind for kind in generator.KINDS if kind.since <= spelling.year]
    kinds = [replace(kind, weight=KINDS[kind.name]) for kind in known if kind.name in KINDS]
    builder = ChainBuilder(rng, spelling, generator.narrowed(rng, CHAINED))
    text, _ = generator.function_of(builder, "main", size, kinds)
    dims = [dim for argument in builder.arguments for dim in argument.dims if isinstance(dim, str)]
    if any(dim not in SYMBOLS for dim in dims):
        return chain_module(rng, size, spelling)
    sizes = [SYMBOLS[dim] for dim in dims]
    return (f"{SAID} {', '.join(map(str, sizes))}\n" if sizes else "") + generator.spell_maps(rng, text)


def head(text: str) -> str:
    """The line that says how large dynamic dims are to be drawn, which a compiler does not print; empty where there is none."""
    return text.partition("\n")[0] + "\n" if text.startswith(SAID) else ""
