"""Move an elementwise generic past a pad, in either direction, where its body makes of the padding value a known number.

Behind the pad, the generic computes on padded elements too and must make the padding value of it. In front of the pad, the
pad takes what the generic made of the padding value.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch_lens.ir import affine, linalg, tensor, types
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.tensor import Pad
from dispatch_lens.rewrites import folding, generic, inits, places, regions, sizes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def up(op: Op) -> Outcome:
    """The pad goes in front of the generic that makes what it pads."""
    pad = tensor.pad(op)
    maker = linalg.structured(pad.source.value.op) if pad is not None and pad.source.value.op is not None else None
    if pad is None or maker is None or not maker.is_generic:
        return None
    value = _padding(pad)
    result = tensor.result_tensor_type(op)
    problem = _problem(maker)
    if value is None or result is None or problem is not None:
        return problem or Refused("the padding is not a constant")
    if len(pad.source.value.uses) != 1 or maker.op.block is not op.block:
        return Refused("the tensor is also read without padding, or the two stand in different blocks")
    if not all(of.is_identity or not of.results for of in maker.in_maps):
        return Refused("an operand is permuted or broadcast: it would be padded otherwise")
    numbers = [value if of.results else folding.constant(use.value) for use, of in zip(maker.ins, maker.in_maps)]
    made = folding.folded(maker.body, [*numbers, None]) if maker.body is not None else None
    if made is None or not folding.same(made, value):
        return Refused("the padding value does not survive the generic's body")
    return _padded_first(pad, maker, result)


def _padded_first(pad: Pad, maker: StructuredOp, result: types.TensorType) -> Outcome:
    draft = Draft(pad.op.module)
    read = generic.read(maker, draft)
    if isinstance(read, Refused):
        return read
    lines: list[str] = []
    ins: list[generic.Argument] = []
    for argument in read.ins:
        if argument.tensor is None or not argument.map.results:
            ins.append(argument)
            continue
        wide = types.TensorType(result.shape, argument.tensor.element)
        if wide.element != result.element:
            return Refused("an operand has another element type than the padding value")
        name = draft.fresh("padded")
        lines.append(_line(draft, pad, pad.op, name, argument.name, argument.tensor, wide))
        ins.append(generic.Argument(name, wide, argument.map))
    if not lines:
        return Refused("the generic reads no tensor that could be padded")
    padded = next(argument.name for argument in ins if argument.map.results)
    asking, known = sizes.asked(draft, padded, result)
    empty = draft.fresh("empty")
    draft.insert_before(pad.op, [*lines, *asking, f"{empty} = {sizes.empty(result, known)}"])
    out = generic.Argument(empty, result, affine.identity(read.num_loops))
    new = replace(read, results=pad.op.results[0].name, ins=tuple(ins), outs=(out,))
    generic.write(draft, pad.op, new)
    draft.erase(maker.op)
    return Applied("pad what the generic reads instead of what it makes", draft.edits())


def down(op: Op) -> Outcome:
    """The pad goes behind the generic that reads it."""
    pad = tensor.pad(op)
    if pad is None or len(op.results) != 1:
        return None
    readers = dict.fromkeys(use.op for use in op.results[0].uses)
    reader = linalg.structured(next(iter(readers))) if len(readers) == 1 else None
    if reader is None or not reader.is_generic or reader.op.block is not op.block:
        return None
    value, problem = _padding(pad), _problem(reader)
    if value is None or problem is not None:
        return problem or Refused("the padding is not a constant")
    whole = [use for use, of in zip(reader.ins, reader.in_maps) if of.results]
    if [use.value for use in whole] != [op.results[0]] or reader.map_of(whole[0]) != affine.identity(reader.num_loops):
        return Refused("the generic also reads another tensor, or reads the padded one in another order")
    numbers = [value if use in whole else folding.constant(use.value) for use in reader.ins]
    made = folding.folded(reader.body, [*numbers, None]) if reader.body is not None else None
    if made is None or not folding.same(made, value):
        return Refused("the generic's body makes another number of the padding value")
    return _padded_last(pad, reader)


def _padded_last(pad: Pad, reader: StructuredOp) -> Outcome:
    draft = Draft(pad.op.module)
    read = generic.read(reader, draft)
    if isinstance(read, Refused):
        return read
    out, source = read.outs[0].tensor, tensor.tensor_type(pad.source)
    if out is None or source is None or out.element != source.element:
        return Refused("the generic changes the element type")
    empty = inits.empty(draft, reader.op, source, (pad.source.value, range(read.num_loops)))
    ins = tuple(
        replace(argument, name=places.spelled(pad.source.value), type=source) if argument.map.results else argument
        for argument in read.ins
    )
    name = draft.fresh("unpadded")
    init = generic.Argument(empty, source, affine.identity(read.num_loops))
    new = replace(read, results=name, ins=ins, outs=(init,))
    padded = _line(draft, pad, reader.op, reader.op.results[0].name, name, source, out)
    generic.write(draft, reader.op, new, [padded])
    return Applied("pad what the generic makes instead of what it reads", draft.edits())


def _padding(pad: Pad) -> folding.Number | None:
    """The padding value, where it is a constant and nothing else is in the region."""
    region = pad.op.regions[0] if pad.op.regions else None
    if region is None or len(region.ops) != 1 or pad.value is None or "nofold" in pad.op.text:
        return None
    return folding.constant(pad.value)


def _problem(of: StructuredOp) -> Refused | None:
    if not of.is_elementwise or len(of.op.results) != 1 or not of.init_maps[0].is_identity:
        return Refused("the generic is not elementwise, or writes in another order")
    if generic.uses_init(of) or generic.reads_place(of.op):
        return Refused("the generic's body reads its init or its place")
    return None


def _line(draft: Draft, pad: Pad, at: Op, name: str, source: str, before: types.TensorType, after: types.TensorType) -> str:
    region = pad.op.regions[0].range
    body = regions.renamed(draft, pad.op.module.text[region.start : region.end], pad.op, at)
    return f"{name} = tensor.pad {source} low{sizes.listed(pad.low)} high{sizes.listed(pad.high)} {body} : {before} to {after}"


UP = Rewrite("move-pad-up", "Pad what the generic reads", Aim.MAYBE_FEWER, up)
DOWN = Rewrite("move-pad-down", "Pad what the generic makes", Aim.MAYBE_FEWER, down)
