"""Random valid linalg-level MLIR modules as text, for the oracle tests and for property tests.

`module` gives any module that the compiler's parser and verifier accept; `runnable_module` gives those that compile for
llvm-cpu and compute the same numbers on every run. Equal seeds and sizes give equal text. A new kind of op is one
function and one line in `KINDS`. What the compiler makes of a module is not known here.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from oracle import generator_compute as compute
from oracle import generator_control as control
from oracle import generator_ext as ext
from oracle import generator_host as host
from oracle import generator_movement as movement
from oracle import generator_named as names
from oracle import generator_windows as windows
from oracle.generator_builder import SIZES, Builder, Profile, Spelling, Value

IREE_2024 = Spelling(2024)
IREE_2025 = Spelling(2025)
IREE_3_13 = Spelling(2026)

ANY = Profile(
    elements=("f32", "f32", "f32", "f16", "i8", "i32"),
    narrow=("f16", "bf16", "i8"),
    unary=("math.exp", "math.tanh", "math.absf", "arith.negf", "math.rsqrt"),
    binary=("addf", "subf", "mulf", "maximumf", "minimumf", "divf"),
    sizes=SIZES,
    dynamic=0.1,
    symbols=("%n0", "%n1"),
    defined=False,
)
RUNNABLE = Profile(
    elements=("f32", "f32", "f32", "i8", "i32"),
    narrow=("i8",),
    unary=("math.tanh", "math.absf", "arith.negf"),
    binary=("addf", "subf", "maximumf", "minimumf"),
    sizes=SIZES,
    dynamic=0.05,
    symbols=("%n0",),
    defined=True,
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of op: what emits it, how often, and since which year's compiler it reads as we spell it."""

    emit: Callable[[Builder], object]
    weight: int
    runnable: bool = True
    since: int = 2024

    @property
    def name(self) -> str:
        return self.emit.__name__


KINDS = (
    Kind(compute.elementwise, 12),
    Kind(compute.elementwise_permuted, 4),
    Kind(compute.elementwise_permuted_result, 2),
    Kind(compute.elementwise_broadcast, 4),
    Kind(compute.elementwise_small_operand, 5),
    Kind(compute.elementwise_constant_index, 2),
    # 3.13 breaks its own IR where one of several results is transposed: "expected number of yield values (2)".
    Kind(compute.elementwise_multi_result, 3, runnable=False),
    Kind(compute.elementwise_reads_init, 3),
    Kind(compute.elementwise_index, 2),
    Kind(compute.elementwise_scalar_operand, 2),
    Kind(compute.elementwise_chain, 3),
    Kind(compute.scalar_tensor, 1),
    Kind(compute.diamond, 4),
    Kind(compute.extend, 4),
    Kind(compute.truncate, 4),
    Kind(compute.gather, 2),
    Kind(compute.reduction, 8),
    Kind(compute.reduction_with_index, 3),
    Kind(compute.named_reduce, 3),
    Kind(compute.softmax, 2),
    Kind(compute.matmul, 6),
    Kind(compute.matmul_transpose_b, 2),
    Kind(compute.batch_matmul, 3),
    Kind(compute.matvec, 2),
    Kind(compute.contraction, 6),
    Kind(windows.conv_2d_nhwc, 3),
    Kind(windows.conv_2d_nchw, 3),
    Kind(windows.depthwise_nhwc, 3),
    Kind(windows.depthwise_nchw, 3),
    Kind(windows.pooling, 2),
    Kind(movement.transpose, 4),
    Kind(movement.transpose_generic, 3),
    Kind(movement.broadcast, 3),
    Kind(movement.copy_of_constant, 2),
    Kind(movement.expand_unit, 3),
    Kind(movement.expand_shape, 4),
    Kind(movement.collapse_shape, 4),
    Kind(movement.collapse_then_expand, 3),
    Kind(movement.pad, 3),
    Kind(movement.extract_slice, 3),
    Kind(movement.extract_slice_rank_reduced, 2),
    Kind(movement.insert_into_fill, 3),
    Kind(movement.insert_into_empty, 2),
    Kind(movement.insert_into_value, 2),
    Kind(movement.concat, 3),
    Kind(movement.pack, 3),
    Kind(movement.unpack, 3),
    Kind(control.scf_if, 1),
    Kind(control.scf_for, 1),
    Kind(control.attention, 1, runnable=False, since=2026),
    Kind(control.scatter, 1, runnable=False, since=2026),
    Kind(names.unary_named, 1, runnable=False),
    Kind(names.binary_named, 1, runnable=False),
    Kind(names.copy, 1, runnable=False),
    Kind(names.map_of_two, 1, runnable=False),
    Kind(names.dot, 1, runnable=False),
    Kind(names.vecmat, 1, runnable=False),
    Kind(names.batch_matvec, 1, runnable=False),
    Kind(names.batch_reduce_matmul, 1, runnable=False),
    Kind(names.batch_matmul_transposed, 1, runnable=False),
    Kind(names.quantized_matmul, 1, runnable=False),
    Kind(names.mmt4d, 1, runnable=False),
    Kind(names.conv_1d, 1, runnable=False),
    Kind(names.conv_3d, 1, runnable=False),
    Kind(names.conv_2d_plain, 1, runnable=False),
    Kind(names.conv_2d_filter_last, 1, runnable=False),
    Kind(names.conv_2d_grouped, 1, runnable=False),
    Kind(names.depthwise_1d, 1, runnable=False),
    Kind(names.depthwise_multiplied, 1, runnable=False),
    Kind(names.conv_2d_quantized, 1, runnable=False),
    Kind(names.pooling_1d, 1, runnable=False),
    Kind(names.conv_as_generic, 1, runnable=False),
    Kind(names.elementwise_kind, 1, runnable=False, since=2026),
    Kind(names.contract, 1, runnable=False, since=2026),
    Kind(host.optimization_barrier, 1, runnable=False),
    Kind(host.flow_tensor, 1, runnable=False),
    Kind(host.cast_to_dynamic, 1, runnable=False),
    Kind(host.arith_on_tensors, 1, runnable=False),
    Kind(host.captured_scalar, 1, runnable=False),
    Kind(host.read_in_body, 1, runnable=False),
    Kind(host.from_elements, 1, runnable=False),
    Kind(host.generated, 1, runnable=False),
    Kind(host.dead, 1, runnable=False),
    Kind(host.preformed_region, 1, runnable=False),
    Kind(host.nested_loops, 1, runnable=False),
    Kind(host.compare_and_select, 1, runnable=False),
    Kind(host.odd_widths, 1, runnable=False),
    Kind(host.widen_with_math, 1, runnable=False),
    Kind(host.index_typed, 1, runnable=False),
    Kind(movement.no_step, 1, runnable=False),
    Kind(movement.pack_of_splat, 1, runnable=False),
    Kind(host.compute_barrier, 1, runnable=False, since=2026),
    Kind(ext.gather_op, 1, runnable=False, since=2026),
    Kind(ext.scatter_repeated, 1, runnable=False, since=2026),
    Kind(ext.sort, 1, runnable=False, since=2026),
    Kind(ext.scan, 1, runnable=False, since=2026),
    Kind(ext.arg_compare, 1, runnable=False, since=2026),
    Kind(ext.fft, 1, runnable=False, since=2026),
    Kind(ext.online_attention, 1, runnable=False, since=2026),
    Kind(ext.masked_attention, 1, runnable=False, since=2026),
    Kind(ext.map_store, 1, runnable=False, since=2026),
    Kind(ext.custom_op, 1, runnable=False, since=2026),
    Kind(ext.encoded, 1, runnable=False, since=2026),
)


@dataclass(frozen=True, slots=True)
class Generated:
    """A module and the names of the kinds it was made of, in order."""

    text: str
    kinds: tuple[str, ...]


def module(rng: random.Random, size: int, spelling: Spelling = IREE_3_13) -> str:
    """A module of `size` kinds of ops (each one to three ops), rarely in two functions."""
    return generate(rng, size, spelling).text


def runnable_module(rng: random.Random, size: int, spelling: Spelling = IREE_3_13) -> str:
    """One function `@main` of tensors. All dynamic dims of its arguments are one size: any, the same for all."""
    kinds = [kind for kind in KINDS if kind.runnable and kind.since <= spelling.year]
    text, _ = _function(rng, "main", size, kinds, spelling, RUNNABLE)
    return spell_maps(rng, text)


def generate(rng: random.Random, size: int, spelling: Spelling = IREE_3_13) -> Generated:
    """What `module` gives, with the kinds."""
    kinds = [kind for kind in KINDS if kind.since <= spelling.year]
    text, used = _function(rng, "main", size, kinds, spelling, ANY)
    if rng.random() < 0.05:
        second, more = _function(rng, "other", max(1, size // 2), kinds, spelling, ANY)
        text, used = text + second, used + more
    return Generated(spell_maps(rng, text), used)


def _function(
    rng: random.Random, name: str, size: int, kinds: list[Kind], spelling: Spelling, profile: Profile
) -> tuple[str, tuple[str, ...]]:
    return function_of(Builder(rng, spelling, narrowed(rng, profile)), name, size, kinds)


def function_of(b: Builder, name: str, size: int, kinds: list[Kind]) -> tuple[str, tuple[str, ...]]:
    """A function of `size` of the kinds, and the names of those it was made of, in order."""
    chosen = b.rng.choices(kinds, [kind.weight for kind in kinds], k=size)
    for kind in chosen:
        kind.emit(b)
    returned = _returned(b)
    dims, index_arguments = _dynamic_dims(b)
    arguments = ", ".join([f"{a.name}: {a.type}" for a in b.arguments] + [f"{n}: index" for n in index_arguments])
    results = f" -> ({', '.join(v.type for v in returned)})"
    names, types = ", ".join(v.name for v in returned), ", ".join(v.type for v in returned)
    constants = [f"  {left} = {right}" for left, right in b.header.items()]
    head, last = f"func.func @{name}({arguments}){results} {{", f"  return {names} : {types}"
    return "\n".join([head, *constants, *dims, *b.lines, last, "}\n"]), tuple(kind.name for kind in chosen)


def narrowed(rng: random.Random, profile: Profile) -> Profile:
    """Few sizes and types in one function, so that its values meet."""
    sizes = tuple(sorted({1, *rng.sample(profile.sizes, 3)}))
    elements = ("f32",) if rng.random() < 0.5 else profile.elements
    return replace(profile, sizes=sizes, elements=elements)


def _returned(b: Builder) -> list[Value]:
    """All values that nothing reads (to ask for a dim is no reading), and sometimes one that is read too."""
    text = re.sub(r"tensor\.dim %[\w#]+", "", "\n".join(b.lines))
    seen = Counter(re.findall(r"%\w+(?:#\d+)?", text))
    made = [value for value in b.pool if not value.name.startswith("%arg")]
    unread = [value for value in made if value.name not in b.dead and seen[value.name] == (0 if "#" in value.name else 1)]
    read = [value for value in made if value not in unread]
    extra = [b.rng.choice(read)] if read and b.chance(0.4) else []
    return unread + extra


def _dynamic_dims(b: Builder) -> tuple[list[str], list[str]]:
    """How the sizes `%n…` come to be: lines that ask an argument, and names of arguments that give them."""
    lines, arguments = [], []
    text = "\n".join(b.lines)
    for symbol in b.profile.symbols:
        if not re.search(rf"{symbol}\b", text):
            continue
        source = next((a for a in b.arguments if symbol in a.dims), None)
        if source is None and b.profile.defined:
            source = b.argument((symbol,), "f32")
        if source is None or (not b.profile.defined and b.chance(0.3)):
            arguments.append(symbol)
            continue
        at = source.dims.index(symbol)
        lines.append(f"  {symbol} = tensor.dim {source.name}, {b.index(at)} : {source.type}")
    return lines, arguments


def spell_maps(rng: random.Random, text: str) -> str:
    """Maps in place, or named at the top as compilers print them."""
    if rng.random() < 0.5:
        return text
    maps = list(dict.fromkeys(re.findall(r"affine_map<\(.*?\) -> \(.*?\)>", text)))
    for number, spelled in enumerate(maps):
        text = text.replace(spelled, f"#map{number or ''}")
    return "".join(f"#map{number or ''} = {spelled}\n" for number, spelled in enumerate(maps)) + text
