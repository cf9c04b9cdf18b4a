"""The kinds of linalg ops that compute: elementwise, reductions, contractions, convolutions, gathers, casts.

Each function emits one kind with consistent shapes; what it reads comes from the values in scope or from new arguments.
"""

from __future__ import annotations

from collections.abc import Sequence

from oracle import generator_scalars as scalars
from oracle.generator_builder import ALL_FLOATS, Body, Builder, Dim, Operand, Value, affine_map, loop_names

# Elementwise.


def elementwise(b: Builder) -> None:
    """Identity maps, one to three inputs."""
    first = b.tensor(0, 4)
    types = [b.rng.choice((first.element, b.element())) for _ in range(b.rng.choice((0, 0, 1, 1, 2)))]
    others = [b.need(first.dims, element) for element in types]
    pointwise(b, first.dims, [(v, loop_names(v.rank)) for v in (first, *others)], first.element)


def elementwise_permuted(b: Builder) -> None:
    """One input or the result through a permutation."""
    source = b.tensor(2, 4)
    order = b.permutation(source.rank)
    loops = [source.dims[order.index(k)] for k in range(source.rank)]
    ins: list[Operand] = [(source, [f"d{k}" for k in order])]
    if b.chance(0.6):
        ins.append((b.need(loops, source.element), loop_names(len(loops))))
    pointwise(b, loops, ins, source.element)


def elementwise_permuted_result(b: Builder) -> None:
    source = b.tensor(2, 4)
    order = b.permutation(source.rank)
    out = (b.empty([source.dims[k] for k in order], source.element), [f"d{k}" for k in order])
    ins: list[Operand] = [(source, loop_names(source.rank))]
    b.generic("p" * source.rank, ins, [out], body_of(b, ins, [out]))


def elementwise_broadcast(b: Builder) -> None:
    """An input that covers only some loops; the iteration space is that of the other input or has a new dim."""
    source = b.tensor(0, 3)
    loops = list(source.dims)
    added = b.rng.randint(0, source.rank)
    loops.insert(added, b.dim(source.dims))
    ins: list[Operand] = [(source, [f"d{k}" for k in range(len(loops)) if k != added])]
    if b.chance(0.7):
        ins.append((b.need(loops, source.element), loop_names(len(loops))))
    pointwise(b, loops, b.rng.sample(ins, len(ins)), source.element)


def elementwise_small_operand(b: Builder) -> None:
    """A bias or scale: another input reads a subset of the loops of the main one."""
    source = b.tensor(1, 4)
    kept = sorted(b.rng.sample(range(source.rank), b.rng.randint(0, source.rank - 1)))
    small = b.need([source.dims[k] for k in kept], source.element)
    ins: list[Operand] = [(source, loop_names(source.rank)), (small, [f"d{k}" for k in kept])]
    pointwise(b, source.dims, b.rng.sample(ins, 2), source.element)


def elementwise_constant_index(b: Builder) -> None:
    """An input map with a constant result, as broadcasting of unit dims leaves it."""
    source = b.tensor(1, 3)
    at = b.rng.randrange(source.rank)
    other = list(source.dims)
    other[at] = b.rng.choice((1, 1, 4))
    results = [("0" if k == at else f"d{k}") for k in range(source.rank)]
    ins: list[Operand] = [(source, loop_names(source.rank)), (b.need(other, source.element), results)]
    pointwise(b, source.dims, b.rng.sample(ins, 2), source.element)


def elementwise_multi_result(b: Builder) -> None:
    source = b.tensor(1, 3)
    identity = loop_names(source.rank)
    outs: list[Operand] = [(b.empty(source.dims, element), identity) for element in (source.element, b.element())]
    ins: list[Operand] = [(source, identity), (b.need(source.dims, source.element), identity)]
    b.generic("p" * source.rank, ins, outs, body_of(b, ins, outs))


def elementwise_reads_init(b: Builder) -> None:
    """An init that the body reads, and no input or one."""
    init = b.tensor(1, 4)
    identity = loop_names(init.rank)
    ins: list[Operand] = [(b.need(init.dims, init.element), identity)] if b.chance(0.7) else []
    outs: list[Operand] = [(init, identity)]
    b.generic("p" * init.rank, ins, outs, body_of(b, [*ins, *outs], outs))


def elementwise_index(b: Builder) -> None:
    """`linalg.index` in the body; sometimes a generator without inputs."""
    source = b.tensor(1, 3)
    identity = loop_names(source.rank)
    ins: list[Operand] = [(source, identity)] if b.chance(0.6) else []
    out = (b.empty(source.dims, source.element), identity)

    def body(names: list[str]) -> list[str]:
        index = b.assign(f"linalg.index {b.rng.randrange(source.rank)} : index")
        number = b.assign(f"arith.index_cast {index} : index to i32")
        terms = [(number, "i32"), *([(names[0], source.element)] if ins else [])]
        return [scalars.expression(b, terms, source.element)]

    b.generic("p" * source.rank, ins, [out], body)


def elementwise_scalar_operand(b: Builder) -> None:
    """A scalar among the inputs and one captured from above."""
    source = b.tensor(0, 3)
    ins: list[Operand] = [(source, loop_names(source.rank)), (b.scalar(source.element), [])]
    pointwise(b, source.dims, ins, source.element)


def scalar_tensor(b: Builder) -> None:
    """A rank-0 computation."""
    element = b.element()
    ins: list[Operand] = [(b.need((), element), []), (b.need((), element), [])]
    pointwise(b, (), ins, element)


def elementwise_chain(b: Builder) -> None:
    value = b.tensor(1, 3)
    for _ in range(b.rng.randint(2, 3)):
        value = pointwise(b, value.dims, [(value, loop_names(value.rank))], value.element)


def diamond(b: Builder) -> None:
    """A value with two elementwise users that meet again."""
    source = b.tensor(1, 4)
    identity = loop_names(source.rank)
    left = pointwise(b, source.dims, [(source, identity)], source.element)
    right = pointwise(b, source.dims, [(source, identity)], source.element)
    pointwise(b, source.dims, [(left, identity), (right, identity)], source.element)


def extend(b: Builder) -> None:
    """A dequantisation: narrow integers (or floats) to f32, with a scale of its own dims."""
    source = b.tensor(1, 4, b.profile.narrow)
    kept = sorted(b.rng.sample(range(source.rank), b.rng.randint(0, source.rank)))
    ins: list[Operand] = [(source, loop_names(source.rank))]
    if b.chance(0.6):
        ins.append((b.need([source.dims[k] for k in kept], "f32"), [f"d{k}" for k in kept]))
    pointwise(b, source.dims, ins, "f32")


def truncate(b: Builder) -> None:
    source = b.tensor(1, 4, ["f32", "i32"])
    target = b.rng.choice(b.profile.narrow) if source.element == "f32" else "i8"
    pointwise(b, source.dims, [(source, loop_names(source.rank))], target)


def gather(b: Builder) -> None:
    """`tensor.extract` of a captured tensor in the body, at indices that come from an input or from the loops."""
    table = b.static_tensor(1, 2)
    indices = b.need((b.dim(),), "i32")
    loops = [*indices.dims, *table.dims[1:]]
    ins: list[Operand] = [(indices, ["d0"])]
    out = (b.empty(loops, table.element), loop_names(len(loops)))

    def body(names: list[str]) -> list[str]:
        low = b.assign(f"arith.maxsi {names[0]}, {b.scalar('i32', '0').name} : i32")
        top = b.scalar("i32", str(int(table.dims[0]) - 1)).name
        bounded = b.assign(f"arith.minsi {low}, {top} : i32")
        at = [b.assign(f"arith.index_cast {bounded} : i32 to index")]
        at += [b.assign(f"linalg.index {k} : index") for k in range(1, table.rank)]
        return [b.assign(f"tensor.extract {table.name}[{', '.join(at)}] : {table.type}")]

    b.generic("p" * len(loops), ins, [out], body)


# Reductions.


def reduction(b: Builder) -> None:
    """A generic that reduces inner, outer or several dims of its input."""
    source = b.tensor(1, 4)
    reduced = set(b.rng.sample(range(source.rank), b.rng.choice([1, 1, b.rng.randint(1, source.rank)])))
    iterators = "".join("r" if k in reduced else "p" for k in range(source.rank))
    kept = [k for k in range(source.rank) if k not in reduced]
    element = scalars.wide(source.element)
    order = b.rng.sample(kept, len(kept)) if b.chance(0.2) else kept
    out = (b.accumulator([source.dims[k] for k in order], element), [f"d{k}" for k in order])
    ins: list[Operand] = [(source, loop_names(source.rank))]
    if b.chance(0.3):
        ins.append((b.need([source.dims[k] for k in kept], source.element), [f"d{k}" for k in kept]))

    def body(names: list[str]) -> list[str]:
        terms = [(name, v.element) for name, (v, _) in zip(names, ins)]
        term = scalars.expression(b, terms, element) if b.chance(0.5) else scalars.cast(b, *terms[0], element)
        op = b.rng.choice(("addf", "maximumf") if element in ALL_FLOATS else ("addi", "maxsi"))
        return [b.assign(f"arith.{op} {term}, {names[-1]} : {element}")]

    b.generic(iterators, ins, [out], body)


def reduction_with_index(b: Builder) -> None:
    """Maximum and where it is: two results of one reduction."""
    source = b.tensor(1, 3, ("f32",))
    reduced = b.rng.randrange(source.rank)
    kept = [k for k in range(source.rank) if k != reduced]
    dims, results = [source.dims[k] for k in kept], [f"d{k}" for k in kept]
    outs: list[Operand] = [(b.fill(dims, "f32", "-1.0e30"), results), (b.fill(dims, "i32", "0"), results)]

    def body(names: list[str]) -> list[str]:
        index = b.assign(f"linalg.index {reduced} : index")
        here = b.assign(f"arith.index_cast {index} : index to i32")
        greater = b.assign(f"arith.cmpf ogt, {names[0]}, {names[1]} : f32")
        best = b.assign(f"arith.select {greater}, {names[0]}, {names[1]} : f32")
        return [best, b.assign(f"arith.select {greater}, {here}, {names[2]} : i32")]

    iterators = "".join("r" if k == reduced else "p" for k in range(source.rank))
    b.generic(iterators, [(source, loop_names(source.rank))], outs, body)


def named_reduce(b: Builder) -> None:
    source = b.tensor(1, 4)
    reduced = sorted(b.rng.sample(range(source.rank), b.rng.randint(1, min(2, source.rank))))
    init = b.accumulator([d for k, d in enumerate(source.dims) if k not in reduced], source.element)
    op = b.rng.choice(("addf", "maximumf") if source.element in ALL_FLOATS else ("addi", "maxsi"))
    short = b.chance(0.5)
    operands = f"ins({source.name} : {source.type}) outs({init.name} : {init.type}) dimensions = {reduced}"
    head = f"linalg.reduce {{ arith.{op} }} {operands}" if short else f"linalg.reduce {operands}"
    value = b.result(head, init.dims, init.element)
    if short:
        return
    left, right = b.fresh(), b.fresh()
    b.depth += 1
    b.line(f"({left}: {source.element}, {right}: {source.element}) {{")
    total = b.assign(f"arith.{op} {left}, {right} : {value.element}")
    b.line(f"linalg.yield {total} : {value.element}")
    b.depth -= 1
    b.line("}")


def softmax(b: Builder) -> None:
    source = b.tensor(1, 4, ("f32",))
    into = b.empty(source.dims, source.element)
    head = f"linalg.softmax dimension({b.rng.randrange(source.rank)})"
    named(b, head, [source], into)


# Contractions.


def matmul(b: Builder) -> None:
    a = b.tensor(2, 2)
    other = b.factor((a.dims[1], b.dim(a.dims[:1])), a.element)
    _named_product(b, "linalg.matmul", a, other, (a.dims[0], other.dims[1]))


def matmul_transpose_b(b: Builder) -> None:
    a = b.tensor(2, 2)
    other = b.factor((b.dim(a.dims[:1]), a.dims[1]), a.element)
    maps = ", ".join(affine_map(3, results) for results in (("d0", "d2"), ("d1", "d2"), ("d0", "d1")))
    modern = f"linalg.matmul indexing_maps = [{maps}]"
    head = modern if b.spelling.year >= 2025 else "linalg.matmul_transpose_b"
    _named_product(b, head, a, other, (a.dims[0], other.dims[0]))


def batch_matmul(b: Builder) -> None:
    a = b.tensor(3, 3)
    other = b.factor((a.dims[0], a.dims[2], b.dim(a.dims[:2])), a.element)
    _named_product(b, "linalg.batch_matmul", a, other, (*a.dims[:2], other.dims[2]))


def matvec(b: Builder) -> None:
    a = b.tensor(2, 2)
    _named_product(b, "linalg.matvec", a, b.factor((a.dims[1],), a.element), (a.dims[0],))


def contraction(b: Builder) -> None:
    """A generic contraction: the dims of the left operand are batch, m or k, the right one adds n, in any order."""
    a = b.tensor(1, 4)
    roles = [b.rng.choice("bmmk") for _ in a.dims]
    roles[b.rng.randrange(a.rank)] = "k"
    result = [k for k, role in enumerate(roles) if role != "k"]
    loops: list[Dim] = list(a.dims)
    if b.chance(0.8):
        loops.append(b.dim([loops[k] for k in result]))
        result.append(a.rank)
    right = [k for k in range(len(loops)) if k >= a.rank or roles[k] != "m"]
    right = b.rng.sample(right, len(right)) if b.chance(0.4) else right
    result = b.rng.sample(result, len(result)) if b.chance(0.2) else result
    other = b.factor([loops[k] for k in right], a.element)
    out = b.accumulator([loops[k] for k in result], scalars.wide(a.element))
    # Parallel loops first, as they are written by hand; sometimes in any order.
    order = sorted(range(len(loops)), key=lambda k: k not in result)
    order = b.rng.sample(order, len(order)) if b.chance(0.3) else order
    at = {loop: f"d{order.index(loop)}" for loop in range(len(loops))}
    iterators = "".join("p" if loop in result else "r" for loop in order)
    ins: list[Operand] = [(a, [at[k] for k in range(a.rank)]), (other, [at[k] for k in right])]

    def body(names: list[str]) -> list[str]:
        left, third = (names[0], a.element), (names[2], out.element)
        return [scalars.product(b, left, (names[1], other.element), third)]

    b.generic(iterators, ins, [(out, [at[k] for k in result])], body)


# What the kinds share.


def pointwise(b: Builder, loops: Sequence[Dim], ins: Sequence[Operand], element: str) -> Value:
    """An all-parallel generic into a fresh tensor with the identity map."""
    out = (b.empty(loops, element), loop_names(len(loops)))
    return b.generic("p" * len(loops), ins, [out], body_of(b, ins, [out]))[0]


def body_of(b: Builder, read: Sequence[Operand], outs: Sequence[Operand]) -> Body:
    """A body with one random expression over the arguments `read` for each result."""

    def body(names: list[str]) -> list[str]:
        terms = [(name, value.element) for name, (value, _) in zip(names, read)]
        return [scalars.expression(b, terms, value.element) for value, _ in outs]

    return body


def named(b: Builder, head: str, ins: Sequence[Value], into: Value) -> Value:
    """A named structured op with one init and its result type after an arrow."""
    types = f"{', '.join(v.name for v in ins)} : {', '.join(v.type for v in ins)}"
    return b.result(f"{head} ins({types}) outs({into.name} : {into.type}) -> {into.type}", into.dims, into.element)


def _named_product(b: Builder, head: str, a: Value, other: Value, dims: Sequence[Dim]) -> None:
    named(b, head, [a, other], b.accumulator(dims, scalars.wide(a.element)))
