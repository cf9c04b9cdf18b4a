"""Move a transpose behind its only reader, or behind all of the slices that read it, so that it meets another transpose, or an
op that takes it in.

The reader then works in the order that the tensor has: elementwise ops on permuted loops, pads, slices and concats on
permuted dims, reshapes with permuted groups. A transpose is made again of the result, where one is left.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from dispatch_lens.ir import affine, linalg, tensor
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import fold_transpose_into_consumer, generic, inits, places, reshapes, sizes, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.rewrites.transposes import Named, Transpose


def apply(op: Op) -> Outcome:
    found = transposes.transpose(op)
    if found is None:
        return None
    readers = dict.fromkeys(use.op for use in found.result.uses)
    if not readers:
        return Refused("the transposed tensor has no reader")
    if len(readers) > 1 and any(reader.name != "tensor.extract_slice" for reader in readers):
        return Refused("the transposed tensor has several readers that are not all slices")
    draft = Draft(op.module)
    for reader in readers:
        if reader.block is not op.block or not places.is_visible(found.source, reader):
            return Refused("its reader stands in another block")
        if any(map(transposes.is_read_by_place, reader.results)):
            return Refused(transposes.BY_PLACE)
        sink = _SINKS.get(reader.name, _past_elementwise)
        problem = sink(draft, found, reader)
        if problem is not None:
            return problem
    return Applied(f"move the transpose behind `{next(iter(readers)).name}`", draft.edits())


def _past_elementwise(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    structured = linalg.structured(reader)
    if transposes.transpose(reader) is not None:
        return Refused("its reader is a transpose too: compose the two")
    if structured is None or not structured.is_elementwise or len(reader.results) != 1:
        return _not_elementwise(reader)
    if any(use not in structured.ins for use in of.result.uses) or generic.uses_init(structured):
        return Refused(f"its reader `{reader.name}` reads what its init holds")
    read = generic.read(structured, draft)
    if isinstance(read, Refused):
        return read
    for use in of.result.uses:
        read = fold_transpose_into_consumer.folded(read, structured.ins.index(use), of)
    order = affine.permutation_vector(read.ins[structured.ins.index(of.result.uses[0])].map)
    if order is None:
        return Refused(f"its reader `{reader.name}` does not read each element once")
    read = generic.interchanged(read, order)
    back, kind = affine.permutation_vector(read.outs[0].map), read.outs[0].tensor
    if back is None or kind is None:
        return _not_elementwise(reader)
    old_init, forth = structured.inits[0].value, transposes.inverse(back)
    type_ = transposes.permuted(kind, forth)
    empty = inits.empty(draft, reader, type_, (old_init, forth), of.op.ins[0].value)
    made = Named(draft.fresh("sunk"), type_)
    new = replace(read.with_out(generic.Argument(empty, type_, affine.identity(len(back)))), results=made.name)
    reused = places.spelled(old_init) if inits.is_empty(old_init) else None
    lines = transposes.lines(draft, made, back, places.spelled(reader.results[0]), reused)
    generic.write(draft, reader, new, lines)
    return None


def _past_pad(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    pad = tensor.pad(reader)
    result = tensor.result_tensor_type(reader)
    region = reader.regions[0] if reader.regions else None
    if pad is None or pad.value is None or result is None or region is None:
        return _not_elementwise(reader)
    if "nofold" in reader.text:
        return Refused("the pad is not to be folded")
    if pad.value.block is region.blocks[0]:
        return Refused("the padding value depends on the place")
    if len(region.ops) != 1:
        return Refused("the padding value is computed in place")
    order = transposes.inverse(of.permutation)
    made = Named(draft.fresh("padded"), transposes.permuted(result, order))
    low, high = (sizes.listed(each[i] for i in order) for each in (pad.low, pad.high))
    body = reader.module.text[region.range.start : region.range.end]
    source = places.spelled(of.source)
    line = f"{made.name} = tensor.pad {source} low{low} high{high} {body} : {of.source_type} to {made.type}"
    return _replaced(draft, of, reader, line, made)


def _past_slice(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    found = tensor.extract_slice(reader)
    result = tensor.result_tensor_type(reader)
    kept = tensor.kept_dims(found.sizes, result.shape or ()) if found is not None and result is not None else None
    if found is None or result is None or kept is None:
        return _not_elementwise(reader)
    dims = [of.permutation[dim] for dim in kept]
    order = sorted(range(len(dims)), key=lambda i: dims[i])
    made = Named(draft.fresh("slice"), transposes.permuted(result, order))
    forth = transposes.inverse(of.permutation)
    lists = " ".join(sizes.listed(each[i] for i in forth) for each in (found.offsets, found.sizes, found.strides))
    ends = f"tensor.extract_slice {places.spelled(of.source)}{lists} : {of.source_type} to {made.type}"
    if order == list(range(len(order))):
        draft.replace(reader, f"{places.spelled(reader.results[0])} = {ends}")
        return None
    return _replaced(draft, of, reader, f"{made.name} = {ends}", made, transposes.inverse(order))


def _past_expand(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    found = tensor.reshape(reader)
    result = tensor.result_tensor_type(reader)
    if found is None or result is None:
        return _not_elementwise(reader)
    groups = [found.reassociation[i] for i in transposes.inverse(of.permutation)]
    order = [dim for group in groups for dim in group]
    made = Named(draft.fresh("expanded"), transposes.permuted(result, order))
    source = places.spelled(of.source)
    stated = sizes.stated(reader)
    shape = [stated[dim] for dim in order] if stated is not None else None
    line = reshapes.expand(reader.module, source, of.source_type, made.type, _counted(groups), made.name, shape)
    return _replaced(draft, of, reader, line, made, transposes.inverse(order))


def _past_collapse(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    found = tensor.reshape(reader)
    result = tensor.result_tensor_type(reader)
    if found is None or result is None:
        return _not_elementwise(reader)
    before = [[of.permutation[dim] for dim in group] for group in found.reassociation]
    if any(group != list(range(group[0], group[0] + len(group))) for group in before if group):
        return Refused("the reshape collapses dims that the transpose brings together")
    order = sorted(range(len(before)), key=lambda i: before[i])
    made = Named(draft.fresh("collapsed"), transposes.permuted(result, order))
    groups = _counted([before[i] for i in order])
    line = reshapes.collapse(places.spelled(of.source), of.source_type, made.type, groups, made.name)
    return _replaced(draft, of, reader, line, made, transposes.inverse(order))


def _past_concat(draft: Draft, of: Transpose, reader: Op) -> Refused | None:
    found = tensor.concat(reader)
    result = tensor.result_tensor_type(reader)
    if found is None or result is None:
        return _not_elementwise(reader)
    turned = [transposes.transpose_of(source.value) for source in found.sources]
    same = [each for each in turned if each is not None and each.permutation == of.permutation]
    if len(same) != len(turned) or not all(places.is_visible(each.source, reader) for each in same):
        return Refused("not every operand of the concat is transposed alike")
    made = Named(draft.fresh("concat"), transposes.permuted(result, transposes.inverse(of.permutation)))
    names = ", ".join(places.spelled(each.source) for each in same)
    kinds = ", ".join(str(each.source_type) for each in same)
    line = f"{made.name} = tensor.concat dim({of.permutation[found.dim]}) {names} : ({kinds}) -> {made.type}"
    return _replaced(draft, of, reader, line, made)


def _not_elementwise(reader: Op) -> Refused:
    return Refused(f"its reader `{reader.name}` is not elementwise")


def _replaced(draft: Draft, of: Transpose, reader: Op, line: str, made: Named, vector: Sequence[int] | None = None) -> None:
    """Puts the line and a transpose of what it makes in the reader's place."""
    back = transposes.lines(draft, made, vector or of.permutation, places.spelled(reader.results[0]))
    draft.replace(reader, f"\n{draft.indent(reader)}".join([line, *back]))


def _counted(groups: Sequence[Sequence[int]]) -> reshapes.Groups:
    """The groups with their dims numbered through."""
    found: list[tuple[int, ...]] = []
    for group in groups:
        start = sum(map(len, found))
        found.append(tuple(range(start, start + len(group))))
    return tuple(found)


_SINKS: Mapping[str, Callable[[Draft, Transpose, Op], Refused | None]] = {
    "tensor.pad": _past_pad,
    "tensor.extract_slice": _past_slice,
    "tensor.expand_shape": _past_expand,
    "tensor.collapse_shape": _past_collapse,
    "tensor.concat": _past_concat,
}

REWRITE = Rewrite("sink-transpose", "Move the transpose behind its reader", Aim.OTHER_FORM, apply)
