"""The kinds of ops that move data: transposes, broadcasts, reshapes, slices, pads, concats, packs, constants."""

from __future__ import annotations

import math
from collections.abc import Sequence

from oracle import generator_compute as compute
from oracle.generator_builder import Builder, Dim, Operand, Value, elements, is_static, loop_names

# Whole tensors.


def transpose(b: Builder) -> None:
    source = b.tensor(2, 4)
    order = b.permutation(source.rank)
    into = b.empty([source.dims[k] for k in order], source.element)
    operands = f"ins({source.name} : {source.type}) outs({into.name} : {into.type})"
    b.result(f"linalg.transpose {operands} permutation = {order}", into.dims, into.element)


def transpose_generic(b: Builder) -> None:
    """A generic that only yields its input through a permutation, on the side of the input or of the result."""
    source = b.tensor(2, 4)
    order = b.permutation(source.rank)
    moved = [source.dims[k] for k in order]
    at = [f"d{order.index(k)}" for k in range(source.rank)]
    maps = b.rng.choice(((at, loop_names(source.rank)), (loop_names(source.rank), [f"d{k}" for k in order])))
    ins: list[Operand] = [(source, maps[0])]
    b.generic("p" * source.rank, ins, [(b.empty(moved, source.element), maps[1])], lambda names: names[:1])


def broadcast(b: Builder) -> None:
    source = b.tensor(0, 3)
    at = b.rng.randint(0, source.rank)
    dims = [*source.dims[:at], b.dim(source.dims), *source.dims[at:]]
    into = b.empty(dims, source.element)
    operands = f"ins({source.name} : {source.type}) outs({into.name} : {into.type})"
    b.result(f"linalg.broadcast {operands} dimensions = [{at}]", dims, source.element)


def copy_of_constant(b: Builder) -> None:
    """An elementwise op that reads a constant tensor, splat or dense."""
    source = b.static_tensor(1, 3)
    constant = b.constant_tensor(source.dims, source.element)
    identity = loop_names(source.rank)
    compute.pointwise(b, source.dims, [(source, identity), (constant, identity)], source.element)


# Reshapes.


def expand_unit(b: Builder) -> None:
    """expand_shape that adds a dim of size one."""
    source = b.tensor(0, 4)
    if source.rank == 0:
        expand_groups(b, source, [])
        return
    at = b.rng.randrange(source.rank)
    pair = b.rng.choice(([1, source.dims[at]], [source.dims[at], 1]))
    expand_groups(b, source, [pair if k == at else [dim] for k, dim in enumerate(source.dims)])


def expand_shape(b: Builder) -> None:
    """expand_shape that splits a static dim."""
    source = b.static_tensor(1, 3)
    at = b.rng.randrange(source.rank)
    size = int(source.dims[at])
    factor = b.rng.choice([k for k in range(1, size + 1) if size % k == 0])
    expand_groups(b, source, [[factor, size // factor] if k == at else [dim] for k, dim in enumerate(source.dims)])


def collapse_shape(b: Builder) -> None:
    source = b.tensor(1, 4)
    if source.rank == 1 or b.chance(0.1):
        collapse_groups(b, b.need([1] * source.rank, source.element), [])
        return
    at = b.rng.randrange(source.rank - 1)
    collapse_groups(b, source, [*source.dims[:at], source.dims[at : at + 2], *source.dims[at + 2 :]])


def collapse_then_expand(b: Builder) -> None:
    """The pair that keeps two dispatches apart: the same elements in other non-unit dims, or unit dims moved."""
    source = b.static_tensor(2, 4)
    flat = collapse_groups(b, source, [source.dims])
    size = elements(source.dims)
    factor = b.rng.choice([k for k in range(1, size + 1) if size % k == 0 and k <= 32])
    expand_groups(b, flat, [b.rng.choice(([factor, size // factor], [size // factor, factor], [1, size], [size, 1]))])


def expand_groups(b: Builder, source: Value, groups: Sequence[Sequence[Dim]]) -> Value:
    """`groups[k]` are the dims that dim k becomes; none for a rank-0 source."""
    dims = [dim for group in groups for dim in group] if groups else [1] * b.rng.randint(1, 2)
    where = _reassociation([len(group) for group in groups])
    sizes = ", ".join(str(dim) for dim in dims)
    target = Value("", tuple(dims), source.element).type
    text = f"tensor.expand_shape {source.name} {where} output_shape [{sizes}] : {source.type} into {target}"
    return b.result(text, dims, source.element)


def collapse_groups(b: Builder, source: Value, groups: Sequence[Dim | Sequence[Dim]]) -> Value:
    """`groups` are the dims of the result, a sequence where several dims become one; none for a rank-0 result."""
    lists = [[group] if isinstance(group, int | str) else list(group) for group in groups]
    where = _reassociation([len(group) for group in lists])
    # A dim that stays dynamic keeps its name only when nothing but unit dims joins it.
    dims: list[Dim] = [_joined(group) for group in lists]
    target = Value("", tuple(dims), source.element).type
    text = f"tensor.collapse_shape {source.name} {where} : {source.type} into {target}"
    name = b.assign(text)
    named_dims = [_measured(b, name, k, dim, target) for k, dim in enumerate(dims)]
    value = Value(name, tuple(named_dims), source.element)
    b.pool.append(value)
    return value


def _joined(group: Sequence[Dim]) -> Dim:
    """The size of dims that become one: a number, the name of the only non-unit one, or "" where it must be asked."""
    if is_static(group):
        return math.prod(int(dim) for dim in group)
    rest = [dim for dim in group if dim != 1]
    return rest[0] if len(rest) == 1 else ""


def _measured(b: Builder, name: str, at: int, dim: Dim, of: str) -> Dim:
    return b.assign(f"tensor.dim {name}, {b.index(at)} : {of}") if dim == "" else dim


def _reassociation(lengths: Sequence[int]) -> str:
    starts = [sum(lengths[:k]) for k in range(len(lengths))]
    return str([list(range(start, start + length)) for start, length in zip(starts, lengths)])


# Parts of tensors.


def pad(b: Builder) -> None:
    source = b.tensor(1, 4)
    low = [b.rng.choice((0, 1)) if isinstance(dim, int) else 0 for dim in source.dims]
    high = [b.rng.choice((1, 1, 2)) if isinstance(dim, int) else 0 for dim in source.dims]
    _pad(b, source, low, high)


def _pad(b: Builder, source: Value, low: Sequence[int], high: Sequence[int]) -> None:
    dims = [dim + a + c if isinstance(dim, int) else dim for dim, a, c in zip(source.dims, low, high)]
    border = b.scalar(source.element)
    value = b.result(f"tensor.pad {source.name} low{low} high{high} {{", dims, source.element)
    b.line(f"^bb0({', '.join(f'{b.fresh()}: index' for _ in dims)}):")
    b.line(f"  tensor.yield {border.name} : {border.element}")
    b.line(f"}} : {source.type} to {value.type}")


def extract_slice(b: Builder) -> None:
    """A slice of the same rank; sometimes with a stride."""
    source = b.tensor(1, 4)
    sizes = [b.rng.choice((dim, max(1, dim // 2))) if isinstance(dim, int) else dim for dim in source.dims]
    _slice_of(b, source, sizes, sizes)


def extract_slice_rank_reduced(b: Builder) -> None:
    source = b.tensor(2, 4)
    at = b.rng.randrange(source.rank)
    sizes = [*source.dims[:at], 1, *source.dims[at + 1 :]]
    _slice_of(b, source, sizes, [*source.dims[:at], *source.dims[at + 1 :]])


def insert_into_fill(b: Builder) -> None:
    source = b.tensor(1, 4)
    dims = _larger(b, source)
    _insert(b, source, b.fill(dims, source.element), dims)


def insert_into_empty(b: Builder) -> None:
    """Two halves of an empty tensor, so that each element is written; or, where that may be undefined, one part."""
    source = b.static_tensor(1, 3)
    if not b.profile.defined and b.chance(0.5):
        dims = _larger(b, source)
        _insert(b, source, b.empty(dims, source.element), dims)
        return
    dims = [int(source.dims[0]) * 2, *source.dims[1:]]
    other = b.need(source.dims, source.element)
    half = _insert(b, source, b.empty(dims, source.element), dims, [0] * source.rank)
    b.pool.remove(half)
    _insert(b, other, half, dims, [int(source.dims[0]), *[0] * (source.rank - 1)])


def insert_into_value(b: Builder) -> None:
    source = b.tensor(1, 4)
    dims = _larger(b, source)
    _insert(b, source, b.need(dims, source.element), dims)


def concat(b: Builder) -> None:
    source = b.static_tensor(1, 3)
    at = b.rng.randrange(source.rank)
    parts = [source]
    for _ in range(b.rng.randint(1, 2)):
        size = b.rng.choice((int(source.dims[at]), 1, 2))
        parts.append(b.need([size if k == at else dim for k, dim in enumerate(source.dims)], source.element))
    total = sum(int(part.dims[at]) for part in parts)
    dims = [total if k == at else dim for k, dim in enumerate(source.dims)]
    names, types = ", ".join(p.name for p in parts), ", ".join(p.type for p in parts)
    target = Value("", tuple(dims), source.element).type
    b.result(f"tensor.concat dim({at}) {names} : ({types}) -> {target}", dims, source.element)


def _slice_of(b: Builder, source: Value, sizes: Sequence[Dim], dims: Sequence[Dim]) -> None:
    offsets, strides = [], []
    for whole, size in zip(source.dims, sizes):
        free = whole - size if isinstance(whole, int) and isinstance(size, int) else 0
        offsets.append(b.rng.randint(0, free))
        strided = free > 0 and offsets[-1] + (int(size) - 1) * 2 < int(whole)
        strides.append(2 if strided and b.chance(0.3) else 1)
    place = f"{offsets} [{', '.join(map(str, sizes))}] {strides}"
    target = Value("", tuple(dims), source.element).type
    b.result(f"tensor.extract_slice {source.name}{place} : {source.type} to {target}", dims, source.element)


def _larger(b: Builder, source: Value) -> list[Dim]:
    """The dims of a tensor that holds the source and more, where a dim is static."""
    first = next((k for k, dim in enumerate(source.dims) if isinstance(dim, int)), None)
    grown = [b.rng.choice((1, 2) if k == first else (0, 0, 1, 2)) for k in range(source.rank)]
    return [dim + more if isinstance(dim, int) else dim for dim, more in zip(source.dims, grown)]


def _insert(b: Builder, source: Value, into: Value, dims: Sequence[Dim], at: Sequence[int] | None = None) -> Value:
    room = [big - part if isinstance(big, int) and isinstance(part, int) else 0 for big, part in zip(dims, source.dims)]
    offsets = list(at) if at is not None else [b.rng.randint(0, free) for free in room]
    place = f"{offsets} [{', '.join(map(str, source.dims))}] {[1] * source.rank}"
    text = f"tensor.insert_slice {source.name} into {into.name}{place} : {source.type} into {into.type}"
    return b.result(text, dims, source.element)


def no_step(b: Builder) -> None:
    """A step that changes nothing: a transpose by the identity, a pad by zero, an insert over the whole."""
    source = b.static_tensor(1, 3)
    into = b.empty(source.dims, source.element)
    operands = f"ins({source.name} : {source.type}) outs({into.name} : {into.type})"
    if b.chance(0.4):
        b.result(f"linalg.transpose {operands} permutation = {list(range(source.rank))}", into.dims, into.element)
    elif b.chance(0.5):
        _insert(b, source, b.fill(source.dims, source.element), source.dims)
    else:
        _pad(b, source, [0] * source.rank, [0] * source.rank)


# Packed layouts.


def pack_of_splat(b: Builder) -> None:
    b.pool.append(b.constant_tensor((4, 8), "f32"))
    pack(b)


def pack(b: Builder) -> None:
    source = b.static_tensor(1, 3)
    positions = b.rng.sample(range(source.rank), b.rng.randint(1, source.rank))
    tiles = [b.rng.choice((1, 2, 4)) for _ in positions]
    outer = [int(dim) for dim in source.dims]
    for position, tile in zip(positions, tiles):
        outer[position] = -(-outer[position] // tile)
    order = b.rng.sample(range(source.rank), source.rank) if b.chance(0.3) else list(range(source.rank))
    exact = all(int(source.dims[p]) % t == 0 for p, t in zip(positions, tiles))
    dims = [*[outer[k] for k in order], *tiles]
    border = b.scalar(source.element)
    into = b.empty(dims, source.element)
    padding = "" if exact else f" padding_value({border.name} : {border.element})"
    _relayout(b, "pack", source, into, padding, _tiling(order, positions, tiles))


def unpack(b: Builder) -> None:
    """A packed tensor back to rows and columns, sometimes without the padding."""
    source = b.static_tensor(2, 4)
    tiled = b.rng.randint(1, source.rank // 2)
    rank = source.rank - tiled
    positions = b.rng.sample(range(rank), tiled)
    tiles = [int(dim) for dim in source.dims[rank:]]
    order = b.rng.sample(range(rank), rank) if b.chance(0.3) else list(range(rank))
    dims = [int(source.dims[order.index(k)]) for k in range(rank)]
    for position, tile in zip(positions, tiles):
        dims[position] = dims[position] * tile - (b.rng.randrange(tile) if b.chance(0.3) else 0)
    _relayout(b, "unpack", source, b.empty(dims, source.element), "", _tiling(order, positions, tiles))


def _tiling(order: Sequence[int], positions: Sequence[int], tiles: Sequence[int]) -> str:
    outer = "" if list(order) == sorted(order) else f"outer_dims_perm = {list(order)} "
    return f"{outer}inner_dims_pos = {list(positions)} inner_tiles = {list(tiles)}"


def _relayout(b: Builder, op: str, source: Value, into: Value, padding: str, tiling: str) -> None:
    head = f"{b.spelling.pack_dialect}.{op} {source.name}{padding} {tiling} into {into.name}"
    b.result(f"{head} : {source.type} -> {into.type}", into.dims, into.element)
