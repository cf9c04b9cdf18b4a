"""The rare kinds: control flow around linalg ops, and ops of iree_linalg_ext."""

from __future__ import annotations

from oracle import generator_compute as compute
from oracle.generator_builder import Builder, Value, loop_names


def scf_if(b: Builder) -> None:
    """Two blocks with linalg ops, chosen by a number that the caller gives."""
    source = b.tensor(1, 3)
    flag = b.need((), "i32")
    number = b.assign(f"tensor.extract {flag.name}[] : {flag.type}")
    test = b.assign(f"arith.cmpi sgt, {number}, {b.scalar('i32', '0').name} : i32")
    name = b.fresh()
    b.line(f"{name} = scf.if {test} -> ({source.type}) {{")
    with b.block():
        b.line(f"scf.yield {_changed(b, source).name} : {source.type}")
    b.line("} else {")
    with b.block():
        b.line(f"scf.yield {_changed(b, source).name} : {source.type}")
    b.line("}")
    b.pool.append(Value(name, source.shape, source.element))


def scf_for(b: Builder) -> None:
    """A short loop that carries a tensor through linalg ops."""
    source = b.tensor(1, 3)
    low, high, step = b.index(0), b.index(b.rng.choice((2, 3))), b.index(1)
    name, counter, carried = b.fresh(), b.fresh(), b.fresh()
    loop = f"scf.for {counter} = {low} to {high} step {step} iter_args({carried} = {source.name}) -> ({source.type})"
    b.line(f"{name} = {loop} {{")
    with b.block():
        inner = Value(carried, source.shape, source.element)
        b.pool.append(inner)
        b.line(f"scf.yield {_changed(b, inner).name} : {source.type}")
    b.line("}")
    b.pool.append(Value(name, source.shape, source.element))


def attention(b: Builder) -> None:
    query = b.tensor(3, 3, ("f32",))
    batch, rows, depth = query.dims
    keys, width = b.dim((batch, depth)), b.dim((batch, rows))
    key = b.need((batch, keys, depth), "f32")
    value = b.need((batch, keys, width), "f32")
    loops = "(d0, d1, d2, d3, d4)"
    results = ("(d0, d1, d3)", "(d0, d4, d3)", "(d0, d4, d2)", "()", "(d0, d1, d2)")
    maps = ", ".join(f"affine_map<{loops} -> {result}>" for result in results)
    into, scale = b.empty((batch, rows, width), "f32"), b.scalar("f32", "0.5")
    operands = f"{query.name}, {key.name}, {value.name}, {scale.name} : {query.type}, {key.type}, {value.type}, f32"
    head = f"iree_linalg_ext.attention <{{indexing_maps = [{maps}]}}>"
    b.result(f"{head} ins({operands}) outs({into.name} : {into.type}) {{", into.dims, "f32")
    score = b.fresh()
    b.line(f"^bb0({score}: f32):")
    b.line(f"  iree_linalg_ext.yield {score} : f32")
    b.line(f"}} -> {into.type}")


def scatter(b: Builder) -> None:
    """Rows of an update written into a tensor at given places."""
    update = b.tensor(2, 2, ("f32", "i32"))
    places = b.need((update.dims[0], 1), "i32")
    into = b.need((32, update.dims[1]), update.element)
    operands = f"{update.name}, {places.name} : {update.type}, {places.type}"
    head = f"iree_linalg_ext.scatter dimension_map = [0] unique_indices(true) ins({operands})"
    b.result(f"{head} outs({into.name} : {into.type}) {{", into.dims, into.element)
    new, old = b.fresh(), b.fresh()
    b.line(f"^bb0({new}: {into.element}, {old}: {into.element}):")
    b.line(f"  iree_linalg_ext.yield {new} : {into.element}")
    b.line(f"}} -> {into.type}")


def _changed(b: Builder, source: Value) -> Value:
    """The value after one or two elementwise ops, or a reduction and a broadcast of it back."""
    identity = loop_names(source.rank)
    value = compute.pointwise(b, source.dims, [(source, identity)], source.element)
    if b.chance(0.5):
        return value
    other = b.need(source.dims, source.element)
    return compute.pointwise(b, source.dims, [(value, identity), (other, identity)], source.element)
