"""What the attributes and the body of a linalg op ask: a permutation, dims that there are, an argument for each operand."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import linalg, types
from dispatch_lens.ir.module import Block, Op, Problem, Region
from dispatch_lens.ir.value import Operand
from dispatch_lens.syntax.tree import Leaf


def permutations(op: Op) -> Iterator[Problem]:
    """A `permutation` that is none, or is of another rank than the transposed value."""
    roles, given = linalg.roles(op), _ints(op, "permutation")
    if op.name != "linalg.transpose" or roles is None or not roles[0] or given is None:
        return
    source, shape = roles[0][0], linalg.shape_of(roles[0][0])
    if sorted(given) != list(range(len(given))):
        yield Problem(op.name_range, f"{list(given)} is no permutation")
    elif shape is not None and len(shape) != len(given):
        related = ((source.range, f"`{source.value.name}` has rank {len(shape)}"),)
        yield Problem(op.name_range, f"a permutation of {len(given)} dims, `{source.value.name}` has {len(shape)}", related)


def dims(op: Op) -> Iterator[Problem]:
    """Dims of `linalg.broadcast` and `linalg.reduce` that stand twice or are not there."""
    roles, given = linalg.roles(op), _ints(op, "dimensions")
    if op.name not in ("linalg.broadcast", "linalg.reduce") or roles is None or given is None:
        return
    of = (roles[1] if op.name == "linalg.broadcast" else roles[0])[:1]
    shape = linalg.shape_of(of[0]) if of else None
    if shape is None:
        return
    wrong = next((dim for i, dim in enumerate(given) if not 0 <= dim < len(shape) or dim in given[:i]), None)
    if wrong is not None:
        words = "stands twice" if 0 <= wrong < len(shape) else f"is no dim of `{of[0].value.name}`"
        yield Problem(op.name_range, f"the dim {wrong} {words}", ((of[0].range, f"this has rank {len(shape)}"),))
        return
    yield from _ranks(op, roles, len(given))


def _ranks(op: Op, roles: tuple[tuple[Operand, ...], tuple[Operand, ...]], dims: int) -> Iterator[Problem]:
    """The one side has as many dims more as `dimensions` lists."""
    smaller, larger = roles if op.name == "linalg.broadcast" else (roles[1], roles[0])
    few, many = (linalg.shape_of(side[0]) if side else None for side in (smaller, larger))
    if few is not None and many is not None and len(few) + dims != len(many):
        message = f"`{larger[0].value.name}` has rank {len(many)}, `{smaller[0].value.name}` rank {len(few)}: "
        yield Problem(op.name_range, f"{message}{dims} dims are listed", ((smaller[0].range, f"this has rank {len(few)}"),))


def _ints(op: Op, name: str) -> tuple[int, ...] | None:
    attribute = op.attributes.get(name)
    return attrs.ints(attribute) if attribute is not None else None


def body_arguments(op: Op) -> Iterator[Problem]:
    """The body's arguments: one for each operand, of the type of its elements."""
    wanted = op.once_for_shape(_wanted_arguments)
    given = _argument_types(op.regions[0].pattern) if op.regions else None
    if wanted is None or given is None or (len(given) == len(wanted) and not any(map(types.surely_differ, wanted, given))):
        return
    operands = tuple(operand for role in linalg.roles(op) or () for operand in role)
    yield from _unlike(op, op.regions[0].blocks[0], operands, wanted)


def _wanted_arguments(op: Op) -> tuple[types.Type | None, ...] | None:
    """The types of the elements of the operands, ins and inits."""
    roles = linalg.roles(op)
    return None if roles is None else tuple(_element(linalg.type_of(operand)) for role in roles for operand in role)


def _unlike(op: Op, body: Block, operands: tuple[Operand, ...], wanted: tuple[types.Type | None, ...]) -> Iterator[Problem]:
    if len(body.arguments) != len(operands):
        counted = f"{len(body.arguments)} argument{'' if len(body.arguments) == 1 else 's'}"
        related = tuple((place, f"{counted} here") for place in body.argument_ranges[:1])
        yield Problem(op.name_range, f"{counted} of the body for {len(operands)} operands", related)
        return
    for argument, operand, element in zip(body.arguments, operands, wanted):
        if types.surely_differ(element, argument.type):
            message = f"`{argument.name}` is a `{argument.type}`, the elements of `{operand.value.name}` are `{element}`"
            related = (argument.range, "the argument is here"), (operand.range, f"this has elements of `{element}`")
            yield Problem(op.name_range, message, related)
            return


@lru_cache(maxsize=2048)
def _argument_types(region: Region) -> tuple[types.Type | None, ...] | None:
    """The types of the arguments of the first block; None where it has no label."""
    block = region.blocks[0] if region.blocks else None
    return tuple(argument.type for argument in block.arguments) if block is not None and block.label is not None else None


def _element(type_: types.Type | None) -> types.Type | None:
    shaped = types.shaped(type_) if type_ is not None else None
    return shaped.element if shaped is not None else type_


def loop_numbers(op: Op) -> Iterator[Problem]:
    """A `linalg.index` of a loop that the op around it has not."""
    around = op.parent
    if op.is_in_generic_form or not op.shape.items:
        return
    if op.shape.items[0].kind == "COLON":
        yield Problem(op.name_range, "expected the number of a loop")
    if around is None or around.name != "linalg.generic":
        return
    kinds, first = around.attributes.get("iterator_types"), op.shape.items[0]
    loops = len(kinds.elements) if isinstance(kinds, attrs.ArrayAttr) else None
    number = first.text if isinstance(first, Leaf) else ""
    if loops is not None and number.isdigit() and int(number) >= loops:
        related = ((around.name_range, f"this op has {loops} loops"),)
        yield Problem(op.name_range, f"the loop {int(number)} of {loops}, which count from 0", related)


SHAPE_CHECKS = (permutations, dims)
