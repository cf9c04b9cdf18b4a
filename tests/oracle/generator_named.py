"""Linalg's other named ops: elementwise by name, maps, dots, contractions of every form, convolutions of every layout."""

from __future__ import annotations

from collections.abc import Sequence

from oracle import generator_compute as compute
from oracle import generator_scalars as scalars
from oracle.generator_builder import FLOATS, Builder, Dim, Value, affine_map, loop_names
from oracle.generator_windows import Window

# Elementwise by name.


def unary_named(b: Builder) -> None:
    source = b.tensor(0, 4, FLOATS)
    compute.named(b, _by_name(b, ("exp", "log", "abs", "ceil", "floor", "negf")), [source], _into(b, source))


def binary_named(b: Builder) -> None:
    source = b.tensor(0, 4, FLOATS)
    other = b.need(source.dims, source.element)
    compute.named(b, _by_name(b, ("add", "sub", "mul")), [source, other], _into(b, source))


def elementwise_kind(b: Builder) -> None:
    """`linalg.elementwise` with a map that permutes what it reads."""
    source = b.tensor(2, 3, FLOATS)
    order = b.permutation(source.rank)
    into = b.empty([source.dims[order.index(k)] for k in range(source.rank)], source.element)
    maps = [affine_map(source.rank, [f"d{k}" for k in order]), affine_map(source.rank, loop_names(source.rank))]
    compute.named(b, f"linalg.elementwise <exp> indexing_maps = [{', '.join(maps)}]", [source], into)


def _by_name(b: Builder, kinds: Sequence[str]) -> str:
    """`linalg.exp`, as a kind of `linalg.elementwise` where it is no op of its own any more."""
    kind = b.rng.choice(kinds)
    return f"linalg.elementwise <{kind}>" if b.spelling.year >= 2026 else f"linalg.{kind}"


def copy(b: Builder) -> None:
    source = b.tensor(0, 4)
    compute.named(b, "linalg.copy", [source], _into(b, source))


def map_of_two(b: Builder) -> None:
    source = b.tensor(1, 4, FLOATS)
    other, into = b.need(source.dims, source.element), b.empty(source.dims, source.element)
    inputs = f"ins({source.name}, {other.name} : {source.type}, {other.type})"
    b.result(f"linalg.map {{ arith.{b.rng.choice(('addf', 'mulf'))} }} {inputs} outs({into.name} : {into.type})", *_typed(into))


def _into(b: Builder, source: Value) -> Value:
    return b.empty(source.dims, source.element) if b.chance(0.85) else b.need(source.dims, source.element)


def _typed(value: Value) -> tuple[tuple[Dim, ...], str]:
    return value.dims, value.element


# Contractions.


def dot(b: Builder) -> None:
    a = b.tensor(1, 1)
    _product(b, "linalg.dot", a, b.need(a.dims, a.element), ())


def vecmat(b: Builder) -> None:
    a = b.tensor(1, 1)
    other = b.need((a.dims[0], b.dim(a.dims)), a.element)
    _product(b, "linalg.vecmat", a, other, other.dims[1:])


def batch_matvec(b: Builder) -> None:
    a = b.tensor(3, 3)
    _product(b, "linalg.batch_matvec", a, b.need((a.dims[0], a.dims[2]), a.element), a.dims[:2])


def batch_reduce_matmul(b: Builder) -> None:
    a = b.tensor(3, 3)
    other = b.need((a.dims[0], a.dims[2], b.dim(a.dims[:2])), a.element)
    into = b.accumulator((a.dims[1], other.dims[2]), a.element)
    compute.named(b, "linalg.batch_reduce_matmul", [a, other], into)


def batch_matmul_transposed(b: Builder) -> None:
    a = b.tensor(3, 3)
    other = b.need((a.dims[0], b.dim(a.dims[:2]), a.dims[2]), a.element)
    maps = ", ".join(affine_map(4, results) for results in (("d0", "d1", "d3"), ("d0", "d2", "d3"), ("d0", "d1", "d2")))
    modern = b.spelling.year >= 2025
    head = f"linalg.batch_matmul indexing_maps = [{maps}]" if modern else "linalg.batch_matmul_transpose_b"
    _product(b, head, a, other, (*a.dims[:2], other.dims[1]))


def contract(b: Builder) -> None:
    """`linalg.contract`, with a result in any order."""
    a = b.tensor(2, 3)
    other = b.need((a.dims[-1], b.dim(a.dims[:-1])), a.element)
    loops, last = a.rank + 1, f"d{a.rank}"
    rows = [f"d{k}" for k in range(a.rank - 1)]
    kept = list(zip([*rows, last], [*a.dims[:-1], other.dims[1]]))
    kept = b.rng.sample(kept, len(kept)) if b.chance(0.3) else kept
    left, right = [*rows, f"d{a.rank - 1}"], [f"d{a.rank - 1}", last]
    maps = ", ".join(affine_map(loops, results) for results in (left, right, [name for name, _ in kept]))
    _product(b, f"linalg.contract indexing_maps = [{maps}]", a, other, [dim for _, dim in kept])


def quantized_matmul(b: Builder) -> None:
    a = b.tensor(2, 2, ("i8",))
    other = b.need((a.dims[1], b.dim(a.dims[:1])), "i8")
    zero = b.scalar("i32", "3")
    into = b.accumulator((a.dims[0], other.dims[1]), "i32")
    compute.named(b, "linalg.quantized_matmul", [a, other, zero, zero], into)


def mmt4d(b: Builder) -> None:
    batched = b.chance(0.3)
    a = b.static_tensor(5 if batched else 4, 5 if batched else 4)
    outer, (m, k, m0, k0) = a.dims[:-4], a.dims[-4:]
    n, n0 = b.rng.choice((1, 2)), b.rng.choice((1, 4))
    other = b.need((*outer, n, k, n0, k0), a.element)
    _product(b, "linalg.batch_mmt4d" if batched else "linalg.mmt4d", a, other, (*outer, m, n, m0, n0))


def _product(b: Builder, head: str, a: Value, other: Value, dims: Sequence[Dim]) -> None:
    compute.named(b, head, [a, other], b.accumulator(dims, scalars.wide(a.element)))


# Convolutions and pools.


def conv_1d(b: Builder) -> None:
    last = b.chance(0.5)
    image = b.static_tensor(3, 3)
    window = Window(b, [int(image.dims[1 if last else 2])])
    features = b.rng.choice((1, 4))
    channels = image.dims[2 if last else 1]
    kernel = (*window.kernel, channels, features) if last else (features, channels, *window.kernel)
    dims = (image.dims[0], *window.spatial, features) if last else (image.dims[0], features, *window.spatial)
    _conv(b, "linalg.conv_1d_nwc_wcf" if last else "linalg.conv_1d_ncw_fcw", window, image, kernel, dims)


def conv_3d(b: Builder) -> None:
    image = b.static_tensor(5, 5)
    window = Window(b, [int(dim) for dim in image.dims[1:4]])
    features = b.rng.choice((1, 4))
    kernel = (*window.kernel, image.dims[4], features)
    _conv(b, "linalg.conv_3d_ndhwc_dhwcf", window, image, kernel, (image.dims[0], *window.spatial, features))


def conv_2d_plain(b: Builder) -> None:
    """Without batch and channels; it takes no strides."""
    image = b.static_tensor(2, 2)
    sizes = [b.rng.choice([k for k in (1, 2, 3) if k <= int(dim)]) for dim in image.dims]
    dims = [int(dim) - k + 1 for dim, k in zip(image.dims, sizes)]
    _product(b, "linalg.conv_2d", image, b.need(sizes, image.element), dims)


def conv_2d_filter_last(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = Window(b, [int(dim) for dim in image.dims[1:3]])
    features = b.rng.choice((1, 4, 8))
    kernel = (features, *window.kernel, image.dims[3])
    _conv(b, "linalg.conv_2d_nhwc_fhwc", window, image, kernel, (image.dims[0], *window.spatial, features))


def conv_2d_grouped(b: Builder) -> None:
    image = b.static_tensor(5, 5)
    window = Window(b, [int(dim) for dim in image.dims[3:]])
    groups, channels, features = image.dims[1], image.dims[2], b.rng.choice((1, 4))
    kernel = (groups, features, channels, *window.kernel)
    _conv(b, "linalg.conv_2d_ngchw_gfchw", window, image, kernel, (image.dims[0], groups, features, *window.spatial))


def depthwise_1d(b: Builder) -> None:
    image = b.static_tensor(3, 3)
    last = b.chance(0.5)
    window = Window(b, [int(image.dims[1 if last else 2])])
    channels = image.dims[2 if last else 1]
    dims = (image.dims[0], *window.spatial, channels) if last else (image.dims[0], channels, *window.spatial)
    kernel = (*window.kernel, channels) if last else (channels, *window.kernel)
    _conv(b, "linalg.depthwise_conv_1d_nwc_wc" if last else "linalg.depthwise_conv_1d_ncw_cw", window, image, kernel, dims)


def depthwise_multiplied(b: Builder) -> None:
    image = b.static_tensor(4, 4)
    window = Window(b, [int(dim) for dim in image.dims[1:3]])
    multiplier = b.rng.choice((1, 2))
    kernel = (*window.kernel, image.dims[3], multiplier)
    dims = (image.dims[0], *window.spatial, image.dims[3], multiplier)
    _conv(b, "linalg.depthwise_conv_2d_nhwc_hwcm", window, image, kernel, dims)


def conv_2d_quantized(b: Builder) -> None:
    image = b.static_tensor(4, 4, ("i8",))
    window = Window(b, [int(dim) for dim in image.dims[1:3]])
    features = b.rng.choice((1, 4))
    kernel = b.need((*window.kernel, image.dims[3], features), "i8")
    zero = b.scalar("i32", "3")
    into = b.accumulator((image.dims[0], *window.spatial, features), "i32")
    compute.named(b, f"linalg.conv_2d_nhwc_hwcf_q {window.attributes}", [image, kernel, zero, zero], into)


def pooling_1d(b: Builder) -> None:
    image = b.static_tensor(3, 3)
    last = b.chance(0.5)
    window = Window(b, [int(image.dims[1 if last else 2])])
    dims = (image.dims[0], *window.spatial, image.dims[2]) if last else (*image.dims[:2], *window.spatial)
    head = f"linalg.pooling_{'nwc' if last else 'ncw'}_{b.rng.choice(('sum', 'max'))} {window.attributes}"
    compute.named(b, head, [image, b.empty(window.kernel, image.element)], b.accumulator(dims, image.element))


def conv_as_generic(b: Builder) -> None:
    """A convolution or a pool over sums of loops, without the name."""
    image = b.static_tensor(2, 3)
    window = Window(b, [int(image.dims[-1])])
    features = b.chance(0.6)
    outer = image.dims[:-1]
    kernel = b.need((b.rng.choice((1, 4)), *window.kernel) if features else tuple(window.kernel), image.element)
    n = image.rank - 1
    place = f"d{n} * {window.strides[0]} + d{n + 2} * {window.dilations[0]}"
    rows = [f"d{k}" for k in range(n)]
    out_dims = (*outer, *window.spatial, kernel.dims[0]) if features else (*outer, *window.spatial)
    at = [*rows, f"d{n}", f"d{n + 1}"] if features else [*rows, f"d{n}"]
    place = place if features else place.replace(f"d{n + 2}", f"d{n + 1}")
    into = b.accumulator(out_dims, scalars.wide(image.element))
    read = [f"d{n + 1}", f"d{n + 2}"] if features else [f"d{n + 1}"]

    def body(names: list[str]) -> list[str]:
        return [scalars.product(b, (names[0], image.element), (names[1], kernel.element), (names[2], into.element))]

    b.generic("p" * len(at) + "r", [(image, [*rows, place]), (kernel, read)], [(into, at)], body)


def _conv(b: Builder, op: str, window: Window, image: Value, kernel: Sequence[Dim], dims: Sequence[Dim]) -> None:
    into = b.accumulator(dims, scalars.wide(image.element))
    compute.named(b, f"{op} {window.attributes}", [image, b.need(tuple(kernel), image.element)], into)
