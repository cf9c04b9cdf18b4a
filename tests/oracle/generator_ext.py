"""The ops of iree_linalg_ext and iree_encoding beside attention and scatter."""

from __future__ import annotations

from collections.abc import Sequence

from oracle.generator_builder import Builder, Value, affine_map, loop_names, operand_list


def gather_op(b: Builder) -> None:
    table = b.tensor(1, 3, ("f32", "i32"))
    places = b.need((b.dim(table.dims[1:]),), "i32")
    into = b.empty((*places.dims, *table.dims[1:]), table.element)
    operands = f"ins({operand_list([table, places])}) outs({operand_list([into])})"
    b.result(f"iree_linalg_ext.gather dimension_map = [0] {operands} -> {into.type}", into.dims, into.element)


def scatter_repeated(b: Builder) -> None:
    """Adds to places that may repeat; one or two dims of places."""
    update = b.tensor(1, 3, ("f32",))
    outer = b.rng.randint(1, min(2, update.rank))
    places = b.need((*update.dims[:outer], 1), "i32")
    into = b.need((16, *update.dims[outer:]), "f32")
    unique = b.rng.choice(("true", "false"))
    head = f"iree_linalg_ext.scatter dimension_map = [0] unique_indices({unique}) ins({operand_list([update, places])})"
    _with_body(b, f"{head} outs({operand_list([into])})", [into], ["f32", "f32"], "arith.addf {0}, {1} : f32", "f32")


def sort(b: Builder) -> None:
    source = b.tensor(1, 3, ("f32",))
    head = f"iree_linalg_ext.sort dimension({b.rng.randrange(source.rank)}) outs({operand_list([source])})"
    _with_body(b, head, [source], ["f32", "f32"], "arith.cmpf ogt, {0}, {1} : f32", "i1")


def scan(b: Builder) -> None:
    source = b.tensor(1, 3, ("f32",))
    at = b.rng.randrange(source.rank)
    rest = [dim for k, dim in enumerate(source.dims) if k != at]
    outs = [b.empty(source.dims, "f32"), b.fill(rest, "f32", "0.0")]
    head = f"iree_linalg_ext.scan dimension({at}) inclusive(true) ins({operand_list([source])}) outs({operand_list(outs)})"
    _with_body(b, head, outs, ["f32", "f32"], "arith.addf {0}, {1} : f32", "f32")


def arg_compare(b: Builder) -> None:
    source = b.tensor(2, 3, ("f32",))
    at = b.rng.randrange(source.rank)
    rest = [dim for k, dim in enumerate(source.dims) if k != at]
    outs = [b.empty(rest, "f32"), b.empty(rest, "i32")]
    head = f"iree_linalg_ext.arg_compare dimension({at}) ins({operand_list([source])}) outs({operand_list(outs)})"
    _with_body(b, head, outs, ["f32", "f32"], "arith.cmpf ogt, {0}, {1} : f32", "i1")


def fft(b: Builder) -> None:
    real = b.need((b.rng.choice((4, 16)),), "f32")
    imaginary = b.need(real.dims, "f32")
    both = operand_list([real, imaginary])
    stage = b.index(1)
    name = b.fresh()
    b.line(f"{name}:2 = iree_linalg_ext.fft ins({stage} : index) outs({both}) : {real.type}, {imaginary.type}")
    b.pool += [Value(f"{name}#{k}", real.dims, "f32") for k in range(2)]


def online_attention(b: Builder) -> None:
    """Three results, of which the elementwise op behind reads two."""
    query = b.tensor(3, 3, ("f32",))
    batch, rows, depth = query.dims
    keys, width = b.dim((batch, depth)), b.dim((batch, rows))
    ins = [query, b.need((batch, keys, depth), "f32"), b.need((batch, keys, width), "f32"), b.scalar("f32", "0.5")]
    results = ["d0, d1, d3", "d0, d4, d3", "d0, d4, d2", "", "d0, d1, d2", "d0, d1", "d0, d1"]
    if b.chance(0.4):
        ins.append(b.need((batch, rows, keys), "f32"))
        results.insert(4, "d0, d1, d4")
    outs = [b.fill((batch, rows, width), "f32"), b.fill((batch, rows), "f32"), b.fill((batch, rows), "f32")]
    maps = ", ".join(affine_map(5, result.split(", ") if result else []) for result in results)
    head = f"iree_linalg_ext.online_attention <{{indexing_maps = [{maps}]}}> ins({operand_list(ins)}) outs({operand_list(outs)})"
    made = _with_body(b, head, outs, ["f32"], None, "f32")
    if b.chance(0.6):
        _scaled(b, made)


def _scaled(b: Builder, made: Sequence[Value]) -> None:
    whole, row = made[0], made[2]
    out = b.empty(whole.dims, "f32")
    maps = [(whole, loop_names(3)), (row, ["d0", "d1"])]
    b.generic("ppp", maps, [(out, loop_names(3))], lambda names: [b.assign(f"arith.divf {names[0]}, {names[1]} : f32")])


def masked_attention(b: Builder) -> None:
    query = b.tensor(3, 3, ("f32",))
    batch, rows, depth = query.dims
    keys, width = b.dim((batch, depth)), b.dim((batch, rows))
    mask = b.need((batch, rows, keys), "f32")
    ins = [query, b.need((batch, keys, depth), "f32"), b.need((batch, keys, width), "f32"), b.scalar("f32", "0.5"), mask]
    results = ["d0, d1, d3", "d0, d4, d3", "d0, d4, d2", "", "d0, d1, d4", "d0, d1, d2"]
    maps = ", ".join(affine_map(5, result.split(", ") if result else []) for result in results)
    into = b.empty((batch, rows, width), "f32")
    head = f"iree_linalg_ext.attention <{{indexing_maps = [{maps}]}}> ins({operand_list(ins)}) outs({operand_list([into])})"
    _with_body(b, head, [into], ["f32"], None, "f32")


def map_store(b: Builder) -> None:
    source = b.tensor(1, 3)
    into = b.empty(source.dims, source.element)
    value = b.result(f"iree_linalg_ext.map_store {source.name} into {into.name} {{", into.dims, into.element)
    places = [b.fresh() for _ in source.dims]
    b.line(f"^bb0({', '.join(f'{place}: index' for place in places)}):")
    mask = b.assign("arith.constant true")
    b.line(f"iree_linalg_ext.yield {', '.join([*places, mask])} : {', '.join('index' for _ in places)}, i1")
    b.line(f"}} : {source.type} into {into.type} -> {value.type}")


def custom_op(b: Builder) -> None:
    """A row sum written as a custom op."""
    source = b.tensor(2, 2, ("f32",))
    into = b.fill(source.dims[:1], "f32", "0.0")
    maps = ", ".join((affine_map(2, ["d0", "d1"]), affine_map(2, ["d0"])))
    kinds = "#iree_linalg_ext.iterator_type<parallel>, #iree_linalg_ext.iterator_type<reduction>"
    head = f"iree_linalg_ext.custom_op {{indexing_maps = [{maps}], iterator_types = [{kinds}]}}"
    value = b.result(f"{head} ins({operand_list([source])}) outs({operand_list([into])}) {{", into.dims, "f32")
    row, total, summed = b.fresh(), b.fresh(), b.fresh()
    b.line(f"^bb0({row}: tensor<?x?xf32>, {total}: tensor<?xf32>):")
    b.line(
        f"  {summed} = linalg.reduce {{ arith.addf }} ins({row} : tensor<?x?xf32>) outs({total} : tensor<?xf32>) dimensions = [1]"
    )
    b.line(f"  iree_linalg_ext.yield {summed} : tensor<?xf32>")
    b.line(f"}} -> {value.type}")


def encoded(b: Builder) -> None:
    """An encoding set, used by a contraction or not, and unset."""
    source = b.static_tensor(2, 2, ("f32",))
    spelled = f"{source.type[:-1]}, #iree_encoding.testing<>>"
    name, back = b.fresh(), b.fresh()
    b.line(f"{name} = iree_encoding.set_encoding {source.name} : {source.type} -> {spelled}")
    b.line(f"{back} = iree_encoding.unset_encoding {name} : {spelled} -> {source.type}")
    b.pool.append(Value(back, source.shape, source.element))


def _with_body(
    b: Builder, head: str, outs: Sequence[Value], arguments: Sequence[str], op: str | None, yielded: str
) -> list[Value]:
    """An op with results like its outs and a block of scalars; `op` computes what is yielded, None: the first argument."""
    results = b.names_of_results(outs)
    b.line(f"{b.left_side(results)} = {head} {{")
    names = [b.fresh() for _ in arguments]
    b.line("^bb0(" + ", ".join(f"{name}: {kind}" for name, kind in zip(names, arguments)) + "):")
    b.depth += 1
    value = names[0] if op is None else b.assign(op.format(*names))
    b.line(f"iree_linalg_ext.yield {value} : {yielded}")
    b.depth -= 1
    b.line(f"}} -> {', '.join(out.type for out in outs)}")
    b.pool += results
    return results
