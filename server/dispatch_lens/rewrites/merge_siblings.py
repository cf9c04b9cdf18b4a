"""Make one generic with several results of two elementwise ones that walk the same elements and do not need each other.

The earlier one goes to the later one, so nothing between the two may read it. Loops are matched by their order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from dispatch_lens.ir import affine, linalg, uses
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import generic, places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    """Takes the nearest sibling in front of it that reads a tensor which it reads too."""
    later = linalg.structured(op)
    if later is None or not _is_elementwise(later):
        return None
    earlier = _sibling(later)
    if earlier is None:
        return None
    if (problem := _problem(earlier, later)) is not None:
        return problem
    draft = Draft(op.module)
    first, second = generic.read(earlier, draft), generic.read(later, draft)
    if isinstance(first, Refused):
        return first
    if isinstance(second, Refused):
        return second
    if first.attributes or second.attributes:
        return Refused("one of the two has attributes of its own")
    name = draft.fresh(op.results[0].name[1:])
    body = _body(draft, earlier, later)
    both = replace(second, results=f"{name}:2", ins=first.ins + second.ins, outs=first.outs + second.outs, body=body)
    draft.redirect(earlier.op.results[0], f"{name}#0")
    draft.redirect(op.results[0], f"{name}#1")
    generic.write(draft, op, both)
    draft.erase(earlier.op)
    return Applied("make one generic with two results of the two", draft.edits())


def _is_elementwise(op: StructuredOp) -> bool:
    return op.is_generic and op.is_elementwise and op.body is not None and len(op.op.results) == 1 and bool(op.ins)


def _sibling(later: StructuredOp) -> StructuredOp | None:
    readers = [use.op for operand in later.ins for use in operand.value.uses if _is_tensor(operand.value)]
    before = [op for op in readers if op.block is later.op.block and op.index < later.op.index]
    found = [each for op in sorted(set(before), key=lambda op: -op.index) if (each := linalg.structured(op)) is not None]
    return next((each for each in found if _is_elementwise(each) and _walks_alike(each, later)), None)


def _is_tensor(value: Value) -> bool:
    return value.op is None or value.op.name != "arith.constant"


def _walks_alike(one: StructuredOp, other: StructuredOp) -> bool:
    if one.static_loop_ranges != other.static_loop_ranges:
        return False
    dynamic = {loop for loop, size in enumerate(one.static_loop_ranges) if size is None}
    return not dynamic or any(dynamic <= of.used_dims for of in _read_alike(one, other))


def _read_alike(one: StructuredOp, other: StructuredOp) -> Iterator[affine.AffineMap]:
    """The maps by which both read one tensor: the loops of these have the same sizes."""
    second = [(use.value, of) for use, of in zip(other.ins, other.in_maps)]
    return (of for use, of in zip(one.ins, one.in_maps) if (use.value, of) in second and of.is_projected_permutation)


def _problem(earlier: StructuredOp, later: StructuredOp) -> Refused | None:
    made = earlier.op.results[0]
    if any(user.index <= later.op.index for user in uses.value_consumers(made)):
        return Refused("the second, or an op between the two, reads what the first makes")
    if earlier.init_maps != later.init_maps:
        return Refused("the two write in different orders")
    if any(inner.regions for each in (earlier, later) if each.body for inner in each.body.ops):
        return Refused("a body holds regions")
    return None


def _body(draft: Draft, earlier: StructuredOp, later: StructuredOp) -> str:
    """Both bodies, the values of the first under fresh names."""
    first, second = earlier.body, later.body
    assert first is not None and second is not None
    names = {value: draft.fresh(value.name[1:]) for value in _values(first)}
    indent = draft.indent(later.op)
    own = [f"{names[value]}: {value.type}" for value in first.arguments]
    others = [f"{value.name}: {value.type}" for value in second.arguments]
    ins, more = len(earlier.ins), len(later.ins)
    arguments = ", ".join([*own[:ins], *others[:more], *own[ins:], *others[more:]])
    given = [first.ops[-1].operands[0].value, second.ops[-1].operands[0].value]
    kinds = ", ".join(str(block.arguments[-1].type) for block in (first, second))
    yielded = f"{regions.new_name(given[0], names)}, {places.spelled(given[1])}"
    lines = "".join(regions.own_lines(op, regions.renaming(names), indent + "  ") for op in first.ops[:-1])
    lines += "".join(regions.own_lines(op, (), indent + "  ") for op in second.ops[:-1])
    return f"{{\n{indent}^bb0({arguments}):\n{lines}{indent}  linalg.yield {yielded} : {kinds}\n{indent}}}"


def _values(block: Block) -> list[Value]:
    return [*block.arguments, *(value for op in block.ops for value in op.results)]


REWRITE = Rewrite("merge-siblings", "Make one generic of two that walk the same elements", Aim.MAYBE_FEWER, apply)
