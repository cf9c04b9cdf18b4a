"""Make one generic of an elementwise one and the generic that reads it: maps composed, bodies one after the other.

Only where the reader is the one reader. Unless it is to compute anew, it reads each element once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from dispatch_lens.analysis import products
from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import fold_transpose_into_consumer, generic, places
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.text import Edit, Range, apply_edits


def apply(op: Op) -> Outcome:
    """Takes the first producer in that can be taken in; asked at the reader."""
    return _first(op, _problem)


def recompute(op: Op) -> Outcome:
    """For an op that reads elements more than once, so that the producer's work is done again each time."""
    reader = linalg.structured(op)
    if reader is None or all(len(of.used_dims) == reader.num_loops for of in reader.in_maps):
        return None
    return _first(op, _problem_of_recomputing)


def _first(op: Op, problem_of: Callable[[StructuredOp, Operand, StructuredOp], Refused | None]) -> Outcome:
    reader = linalg.structured(op)
    if reader is None or not reader.is_generic or reader.body is None:
        return None
    problem: Refused | None = None
    for use in reader.ins:
        producer = linalg.structured(use.value.op) if use.value.op is not None else None
        if producer is None or not producer.is_generic or producer.body is None:
            continue
        why = problem_of(reader, use, producer)
        if why is None:
            return _merged(reader, use, producer)
        problem = problem or why
    return problem


def _problem(reader: StructuredOp, use: Operand, producer: StructuredOp) -> Refused | None:
    used = reader.map_of(use)
    if used is not None and len(used.used_dims) != reader.num_loops:
        return Refused("the reader reads elements more than once, which would compute them more than once")
    return _common_problem(reader, use, producer)


def _problem_of_recomputing(reader: StructuredOp, use: Operand, producer: StructuredOp) -> Refused | None:
    if producer.only_yields_input:
        return Refused("the producer only moves elements: fold its maps instead")
    if reader.is_all_parallel and "math." in producer.op.text:
        return Refused("the producer's body is too much work to do again for each element that reads its result")
    return _common_problem(reader, use, producer)


def _common_problem(reader: StructuredOp, use: Operand, producer: StructuredOp) -> Refused | None:
    used = reader.map_of(use)
    if len(producer.op.results) != 1 or not producer.is_elementwise:
        return Refused("the producer is not elementwise, or has several results")
    if list(places.reads(use.value)) != [use]:
        return Refused("the producer's result is read elsewhere too")
    if producer.op.block is not reader.op.block:
        return Refused("the two stand in different blocks")
    if used is None or not used.is_projected_permutation:
        return Refused("the reader does not read by plain dims")
    if generic.uses_init(producer) or generic.reads_place(producer.op):
        return Refused("the producer's body reads its init or its place")
    if any(inner.regions for block in (producer.body, reader.body) if block for inner in block.ops):
        return Refused("a body holds regions")
    lost = products.lost_by_data_tiling(reader, use, producer)
    return None if lost is None else Refused(f"data tiling takes the two for a matrix product, and loses `{lost.name}`")


def _merged(reader: StructuredOp, use: Operand, producer: StructuredOp) -> Outcome:
    draft = Draft(reader.op.module)
    first, second = generic.read(producer, draft), generic.read(reader, draft)
    if isinstance(first, Refused):
        return first
    if isinstance(second, Refused):
        return second
    at = reader.ins.index(use)
    back = affine.inverse_permutation(first.outs[0].map)
    if back is None or producer.body is None or reader.body is None:
        return None
    through = affine.compose(back, second.ins[at].map)
    taken = tuple(replace(argument, map=affine.compose(argument.map, through)) for argument in first.ins)
    body = _body(draft, reader.op, producer.body, reader.body, at)
    new = replace(second, ins=(*second.ins[:at], *taken, *second.ins[at + 1 :]), body=body)
    if not fold_transpose_into_consumer.covers_loops(new):
        return Refused("no operand would tell the size of some loop")
    generic.write(draft, reader.op, new)
    return Applied("make one generic of the two", draft.edits())


def _body(draft: Draft, at: Op, first: Block, second: Block, index: int) -> str:
    """The region of the merged generic: the producer's ops with names that mean nothing else there, then the reader's."""
    names = _fresh_names(draft, at, first, second)
    given = first.ops[-1].operands[0].value
    result = names.get(given, places.spelled(given))
    inputs = [(names.get(value, value.name), value) for value in first.arguments[:-1]]
    own = [(value.name, value) for value in second.arguments]
    arguments = ", ".join(f"{name}: {value.type}" for name, value in [*own[:index], *inputs, *own[index + 1 :]])
    indent = draft.indent(at)
    renamed = [edit for value, name in names.items() for edit in _renaming(value, name)]
    read = [Edit(use.range, result) for use in second.arguments[index].uses]
    lines = _ops(first, renamed, len(first.ops) - 1) + _ops(second, read, len(second.ops))
    return f"{{\n{indent}^bb0({arguments}):\n{lines}{indent}}}"


def _fresh_names(draft: Draft, at: Op, first: Block, second: Block) -> dict[Value, str]:
    taken = {value.name for value in _defined(second)}
    taken |= places.named_between(first.region.op, at)
    clashing = [value for value in _defined(first) if value.name in taken]
    return {value: draft.fresh(value.name[1:]) for value in clashing}


def _defined(block: Block) -> list[Value]:
    return [*block.arguments, *(value for op in block.ops for value in op.results)]


def _renaming(value: Value, name: str) -> list[Edit]:
    places_ = [value.range, *(use.range for use in value.uses)]
    return [Edit(Range(place.start, place.start + len(value.name)), name) for place in places_]


def _ops(block: Block, edits: list[Edit], count: int) -> str:
    """The text of the block's first ops with the comments before and between them, edited."""
    text = block.region.op.module.text
    label = _LABEL_END.search(text, block.arguments[-1].range.end)
    start = label.end() if label is not None else block.ops[0].range.start
    end = block.ops[count].range.start if count < len(block.ops) else block.region.range.end - 1
    inside = [Edit(e.range.shift(-start), e.text) for e in edits if start <= e.range.start < end]
    lines = apply_edits(text[start:end], inside).strip("\n").rstrip()
    return f"{lines}\n" if lines.strip() else ""


_LABEL_END = re.compile(r"\)\s*:")

REWRITE = Rewrite("merge-generics", "Make one generic of the two", Aim.OTHER_FORM, apply)
RECOMPUTE = Rewrite("recompute-producer", "Compute what is read anew in the reader", Aim.MAYBE_FEWER, recompute)
