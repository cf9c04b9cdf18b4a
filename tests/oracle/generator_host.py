"""What stands around linalg ops in real programs: barriers, casts, flow ops, scalars from tensors, dead ops, blocks."""

from __future__ import annotations

from oracle import generator_compute as compute
from oracle import generator_scalars as scalars
from oracle.generator_builder import ALL_FLOATS, FLOATS, Builder, Operand, Value, loop_names


def optimization_barrier(b: Builder) -> None:
    source = b.tensor(0, 3)
    b.result(f"util.optimization_barrier {source.name} : {source.type}", source.dims, source.element)


def compute_barrier(b: Builder) -> None:
    source = b.static_tensor(1, 3)
    op = f"iree_tensor_ext.compute_barrier.{b.rng.choice(('start', 'end'))}"
    b.result(f"{op} {source.name} : {source.type} -> {source.type}", source.dims, source.element)


def flow_tensor(b: Builder) -> None:
    source = b.static_tensor(1, 3)
    op = b.rng.choice(("clone", "reshape"))
    target = f" -> {source.type}" if op == "reshape" else ""
    b.result(f"flow.tensor.{op} {source.name} : {source.type}{target}", source.dims, source.element)


def cast_to_dynamic(b: Builder) -> None:
    """Sizes forgotten and known again."""
    source = b.static_tensor(1, 3)
    loose = f"tensor<{'?x' * source.rank}{source.element}>"
    name = b.assign(f"tensor.cast {source.name} : {source.type} to {loose}")
    b.result(f"tensor.cast {name} : {loose} to {source.type}", source.dims, source.element)


def arith_on_tensors(b: Builder) -> None:
    source = b.tensor(1, 3, FLOATS)
    other = b.need(source.dims, source.element)
    b.result(f"arith.addf {source.name}, {other.name} : {source.type}", source.dims, source.element)


def captured_scalar(b: Builder) -> None:
    """A body that reads a number taken out of a computed tensor, before or in the body itself."""
    source = b.tensor(1, 3, ("f32",))
    number = b.need((), "f32")
    inside = b.chance(0.5)
    taken = f"tensor.extract {number.name}[] : {number.type}"
    scale = "" if inside else b.assign(taken)
    identity = loop_names(source.rank)

    def body(names: list[str]) -> list[str]:
        return [b.assign(f"arith.mulf {names[0]}, {b.assign(taken) if inside else scale} : f32")]

    b.generic("p" * source.rank, [(source, identity)], [(b.empty(source.dims, "f32"), identity)], body)


def read_in_body(b: Builder) -> None:
    """A body that reads a computed tensor of its own shape by `tensor.extract`, beside an input."""
    source = b.tensor(1, 2, ("f32",))
    table = b.need(source.dims, "f32")
    identity = loop_names(source.rank)

    def body(names: list[str]) -> list[str]:
        at = [b.assign(f"linalg.index {k} : index") for k in range(source.rank)]
        read = b.assign(f"tensor.extract {table.name}[{', '.join(at)}] : {table.type}")
        return [b.assign(f"arith.addf {names[0]}, {read} : f32")]

    b.generic("p" * source.rank, [(source, identity)], [(b.empty(source.dims, "f32"), identity)], body)


def from_elements(b: Builder) -> None:
    number = b.need((), "f32")
    taken = b.assign(f"tensor.extract {number.name}[] : {number.type}")
    b.result(f"tensor.from_elements {taken}, {taken} : tensor<2xf32>", (2,), "f32")


def generated(b: Builder) -> None:
    """`tensor.generate` and `tensor.splat`."""
    if b.chance(0.5):
        b.result(f"tensor.splat {b.scalar('f32').name} : tensor<4x8xf32>", (4, 8), "f32")
        return
    row, scalar = b.fresh(), b.scalar("f32")
    value = b.result("tensor.generate {", (16,), "f32")
    b.line(f"^bb0({row}: index):")
    b.line(f"  tensor.yield {scalar.name} : f32")
    b.line(f"}} : {value.type}")


def dead(b: Builder) -> None:
    """A value that nothing reads, with what only it reads."""
    source = b.tensor(1, 3)
    value = compute.pointwise(b, source.dims, [(source, loop_names(source.rank))], source.element)
    b.pool.remove(value)
    if b.chance(0.5):
        b.pool.remove(compute.pointwise(b, value.dims, [(value, loop_names(value.rank))], value.element))
    b.dead.add(value.name)


def preformed_region(b: Builder) -> None:
    source = b.static_tensor(1, 3, FLOATS)
    name = b.fresh()
    b.line(f"{name} = flow.dispatch.region -> ({source.type}) {{")
    with b.block():
        inner = compute.pointwise(b, source.dims, [(source, loop_names(source.rank))], source.element)
        b.line(f"flow.return {inner.name} : {inner.type}")
    b.line("}")
    b.pool.append(Value(name, source.shape, source.element))


def nested_loops(b: Builder) -> None:
    """A condition in a loop, both with linalg ops, that read values from above as operands and in bodies."""
    source = b.tensor(1, 3)
    low, high, step = b.index(0), b.index(2), b.index(1)
    name, counter, carried = b.fresh(), b.fresh(), b.fresh()
    b.line(f"{name} = scf.for {counter} = {low} to {high} step {step} iter_args({carried} = {source.name}) -> ({source.type}) {{")
    with b.block():
        test = b.assign(f"arith.cmpi sgt, {counter}, {low} : index")
        inner = Value(carried, source.shape, source.element)
        chosen = b.fresh()
        b.line(f"{chosen} = scf.if {test} -> ({source.type}) {{")
        with b.block():
            b.line(f"scf.yield {_twice(b, inner, source).name} : {source.type}")
        b.line("} else {")
        b.line(f"  scf.yield {inner.name} : {source.type}")
        b.line("}")
        last = compute.pointwise(
            b, source.dims, [(Value(chosen, source.shape, source.element), loop_names(source.rank))], source.element
        )
        b.line(f"scf.yield {last.name} : {source.type}")
    b.line("}")
    b.pool.append(Value(name, source.shape, source.element))


def _twice(b: Builder, inner: Value, outer: Value) -> Value:
    identity = loop_names(inner.rank)
    ins: list[Operand] = [(inner, identity), (outer, identity)]
    value = compute.pointwise(b, inner.dims, ins, inner.element)
    return compute.pointwise(b, inner.dims, [(value, identity)], inner.element)


def compare_and_select(b: Builder) -> None:
    """A mask of i1 and a choice by it."""
    source = b.tensor(1, 3, ("f32",))
    identity = loop_names(source.rank)
    zero = b.scalar("f32", "0.0").name
    rank, dims = "p" * source.rank, source.dims

    def test(names: list[str]) -> list[str]:
        return [b.assign(f"arith.cmpf ogt, {names[0]}, {zero} : f32")]

    mask = b.generic(rank, [(source, identity)], [(b.empty(dims, "i1"), identity)], test)[0]
    other = b.need(dims, "f32")

    def choose(names: list[str]) -> list[str]:
        return [b.assign(f"arith.select {names[0]}, {names[1]}, {names[2]} : f32")]

    ins: list[Operand] = [(mask, identity), (source, identity), (other, identity)]
    b.generic(rank, ins, [(b.empty(dims, "f32"), identity)], choose)


def odd_widths(b: Builder) -> None:
    """From a rare type to a common one or back: f8, i4, i1, f64, i64, index."""
    rare = b.rng.choice(("f8E4M3FN", "i4", "i1", "f64", "i64"))
    source = b.tensor(1, 3, ("f32", "i32"))
    is_float = rare.startswith("f")
    source = source if (source.element in ALL_FLOATS) == is_float else b.need(source.dims, "f32" if is_float else "i32")
    there = compute.pointwise(b, source.dims, [(source, loop_names(source.rank))], rare)
    if b.chance(0.6):
        compute.pointwise(b, source.dims, [(there, loop_names(source.rank))], source.element)


def widen_with_math(b: Builder) -> None:
    """Widens and calls into `math`: no dequantisation."""
    source = b.tensor(1, 3, ("f16",))
    identity = loop_names(source.rank)

    def body(names: list[str]) -> list[str]:
        return [b.assign(f"math.exp {scalars.cast(b, names[0], 'f16', 'f32')} : f32")]

    b.generic("p" * source.rank, [(source, identity)], [(b.empty(source.dims, "f32"), identity)], body)


def index_typed(b: Builder) -> None:
    """A tensor of indices, and numbers made of it."""
    source = b.tensor(1, 2, ("i32",))
    identity = loop_names(source.rank)

    def to_index(names: list[str]) -> list[str]:
        return [b.assign(f"arith.index_cast {names[0]} : i32 to index")]

    def to_number(names: list[str]) -> list[str]:
        return [b.assign(f"arith.index_cast {names[0]} : index to i32")]

    places = b.generic("p" * source.rank, [(source, identity)], [(b.empty(source.dims, "index"), identity)], to_index)[0]
    b.pool.remove(places)
    b.generic("p" * source.rank, [(places, identity)], [(b.empty(source.dims, "i32"), identity)], to_number)
