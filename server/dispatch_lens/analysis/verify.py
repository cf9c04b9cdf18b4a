"""What a structured op, a reshape or a dispatch asks of its own maps, shapes and types: where two places disagree.

The checks are those that a reader makes by eye: as many maps as operands, as many dims as iterator types, as many map results
as the operand has dims, one size for each loop, a reassociation that covers the dims, terminators that give what is expected.
They hold for every version; where a fact is not in the text nothing is said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import TypeAlias

from dispatch_lens.analysis import linalg_checks, scalar_checks, tensor_checks
from dispatch_lens.ir import affine, attributes, linalg, result_counts, tensor, types
from dispatch_lens.ir.likeness import Pattern
from dispatch_lens.ir.module import Module, Op, Problem
from dispatch_lens.ir.value import Operand
from dispatch_lens.text import Range

_CLAUSED = frozenset(["generic", "matmul", "fill", "transpose", "broadcast", "reduce", "copy"])
_BY_LOOPS = frozenset(
    ["contraction", "convolution", "pooling", "elementwise", "fill", "copy", "transpose", "broadcast", "reduce"]
)
"""Categories of named ops whose operands the compiler holds against the sizes of their loops."""
_DIALECTS = frozenset(["linalg", "tensor", "memref", "arith", "flow", "hal", "iree_tensor_ext", "util"])


def problems(module: Module) -> tuple[Problem, ...]:
    """One problem at the most for each op, in text order."""
    found: list[Problem] = []
    for op in module.ops_after_reading(lambda region: region.like is not None and not _is_in_order(region.like.pattern)):
        if op.shape.problems or op.dialect not in _DIALECTS:
            continue
        problem = _of_shape(op) or _first(_BODY_CHECKS.get(op.name, ()), op)
        found += [problem] if problem is not None else []
    return tuple(found)


def _of_shape(op: Op) -> Problem | None:
    """What depends on an op's shape and its operands' types alone: looked for once in all ops of a shape that is in order."""
    key = (_of_shape, op.shape, len(op.results))
    if key in op.module.readings:
        return None
    problem = _first(_SHAPE_CHECKS.get(op.dialect, tensor_checks.ATTACHED), op)
    if problem is None and not op.shape.has_ties and None not in op.operand_types:
        op.module.readings[key] = None
    return problem


@lru_cache(maxsize=2048)
def _is_in_order(pattern: Pattern) -> bool:
    return not problems(pattern.module)


_Check: TypeAlias = Callable[[Op], Iterator[Problem]]


def _first(checks: Iterable[_Check], op: Op) -> Problem | None:
    return next((problem for check in checks for problem in check(op)), None)


def _clauses(op: Op) -> Iterator[Problem]:
    """A linalg op in custom form that names its operands without `ins` and `outs`; a generic that only asserts has no outs."""
    if op.dialect != "linalg" or op.name.removeprefix("linalg.") not in _CLAUSED or op.is_in_generic_form:
        return
    if op.name == "linalg.generic" and op.operands and not op.results:
        return
    roles = linalg.roles(op)
    if roles is None or not roles[1] or (op.name != "linalg.generic" and not roles[0]):
        yield Problem(op.name_range, f"expected `ins(…)` and `outs(…)` after `{op.name}`")


def _maps(op: Op) -> Iterator[Problem]:
    maps, roles = linalg.maps_attribute(op), linalg.roles(op)
    if op.name != "linalg.generic" or maps is None or roles is None:
        return
    operands = (*roles[0], *roles[1])
    if len(maps) != len(operands):
        yield Problem(op.name_range, f"{len(maps)} indexing maps for {len(operands)} operands")
        return
    kinds = op.attributes.get("iterator_types")
    loops = len(kinds.elements) if isinstance(kinds, attributes.ArrayAttr) else maps[0].num_dims
    for map_, operand in zip(maps, operands):
        if map_.num_dims != loops:
            message = f"the map `{map_.body}` has {map_.num_dims} dims, the op has {loops} iterator types"
            yield Problem(operand.range, message, _where(op, "iterator_types", f"{loops} iterator types here"))
        yield from _rank(op, map_, operand)
    yield from _loop_sizes(maps, operands)


def _rank(op: Op, map_: affine.AffineMap, operand: Operand) -> Iterator[Problem]:
    shape = linalg.shape_of(operand)
    if shape is not None and len(map_.results) != len(shape):
        message = f"the map `{map_.body}` has {len(map_.results)} results, `{operand.value.name}` has rank {len(shape)}"
        yield Problem(operand.range, message, _where(op, "indexing_maps", "the maps are here"))


def _where(op: Op, attribute: str, words: str) -> tuple[tuple[Range, str], ...]:
    """The place of an attribute's name, where the op spells it itself."""
    at = op.module.text.find(attribute, op.name_range.end, op.range.end)
    return ((Range(at, at + len(attribute)), words),) if at >= 0 else ()


def _named(op: Op) -> Iterator[Problem]:
    """The ranks and loop sizes of an op whose maps follow from its name."""
    found = linalg.structured(op) if op.dialect == "linalg" and op.name != "linalg.generic" else None
    if found is None or found.category not in _BY_LOOPS:
        return
    for map_, operand in zip(found.indexing_maps, found.operands):
        yield from _rank(op, map_, operand)
    yield from _loop_sizes(found.indexing_maps, found.operands)


def _results(op: Op) -> Iterator[Problem]:
    """A result of another type than its init."""
    roles = linalg.roles(op) if op.dialect == "linalg" else None
    if roles is None or len(roles[1]) != len(op.results):
        return
    for result, init in zip(op.results, roles[1]):
        made, given = result.type, linalg.type_of(init)
        if isinstance(made, types.TensorType) and isinstance(given, types.TensorType) and types.surely_differ(made, given):
            related = ((init.range, f"the init `{init.value.name}` is a `{given}`"),)
            yield Problem(result.range, f"`{result.name}` is a `{made}`, and its init is a `{given}`", related)


def _loop_sizes(maps: tuple[affine.AffineMap, ...], operands: tuple[Operand, ...]) -> Iterator[Problem]:
    """A loop that two operands give different sizes. As the compiler, only where each loop's first operand states its size."""
    places = [
        (dim, size, operand)
        for map_, operand in zip(maps, operands)
        for dim, size in zip(map_.result_dims, linalg.shape_of(operand) or ())
        if dim is not None
    ]
    first = {dim: (size, operand) for dim, size, operand in reversed(places)}
    if any(size is None for size, _ in first.values()):
        return
    for dim, size, operand in places:
        stated, other = first[dim]
        if size is not None and size != stated:
            related = ((other.range, f"d{dim} is {stated} here"),)
            names = operand.value.name, other.value.name
            yield Problem(operand.range, f"the loop d{dim} is {size} by `{names[0]}`, and {stated} by `{names[1]}`", related)


def _yielded(op: Op) -> Iterator[Problem]:
    """A `linalg.yield` that gives another number of values, or other types, than the op has inits."""
    roles = linalg.roles(op)
    if roles is None or not op.regions:
        return
    if next(_yielded_by(op, op.regions[0].pattern.ops, roles[1]), None) is not None:
        yield from _yielded_by(op, op.regions[0].ops, roles[1])


def _yielded_by(op: Op, body: tuple[Op, ...], inits: tuple[Operand, ...]) -> Iterator[Problem]:
    if not body or body[-1].name != "linalg.yield":
        return
    end = body[-1]
    if len(end.operands) != len(inits):
        related = ((op.name_range, f"this op has {len(inits)} inits"),)
        yield Problem(end.name_range, f"`linalg.yield` gives {len(end.operands)} values for {len(inits)} inits", related)
        return
    for given, init in zip(end.operands, inits):
        element = getattr(init.value.type, "element", None)
        stated = end.operand_type(given.index)
        if types.surely_differ(element, stated):
            related = ((init.range, f"this init has elements of `{element}`"),)
            message = f"`{given.value.name}` is yielded as `{stated}`, the init has elements of `{element}`"
            yield Problem(given.range, message, related)


def _returned(op: Op) -> Iterator[Problem]:
    """A `flow.return` whose types are not those of its region's results."""
    around = op.parent
    if around is None or around.name != "flow.dispatch.region" or op.block is None or op.block.region.index:
        return
    count = result_counts.result_count(around)
    if len(op.operands) != count:
        related = ((around.name_range, f"this has {count} results"),)
        yield Problem(op.name_range, f"`{op.name}` gives {len(op.operands)} values for {count} results", related)
        return
    for operand, result in zip(op.operands, around.results):
        given, wanted = op.operand_type(operand.index), result.type
        if types.surely_differ(given, wanted):
            related = ((around.name_range, f"`{result.name}` is a `{wanted}`"),)
            message = f"`{operand.value.name}` is returned as `{given}`, the region's result is a `{wanted}`"
            yield Problem(operand.range, message, related)


def _reassociation(op: Op) -> Iterator[Problem]:
    reshape = tensor.reshape(op)
    if reshape is None or reshape.expanded_type is None or reshape.collapsed_type is None:
        return
    groups, expanded, collapsed = reshape.reassociation, reshape.expanded_type.shape, reshape.collapsed_type.shape
    if expanded is None or collapsed is None:
        return
    dims = [dim for group in groups for dim in group]
    if len(groups) != len(collapsed):
        message = f"the reassociation has {len(groups)} groups, the collapsed type has rank {len(collapsed)}"
        yield Problem(op.name_range, message, _source(op))
    elif groups and dims != list(range(len(expanded))):
        message = f"the reassociation {_listed(groups)} does not cover the {len(expanded)} dims in order"
        yield Problem(op.name_range, message, _source(op))
    else:
        yield from _group_sizes(op, groups, expanded, collapsed)


def _source(op: Op) -> tuple[tuple[Range, str], ...]:
    """Where the reshaped value is named."""
    source = op.operands[0]
    return ((source.range, f"`{source.value.name}` is a `{linalg.type_of(source)}`"),)


def _group_sizes(
    op: Op, groups: tuple[tuple[int, ...], ...], expanded: tuple[int | None, ...], collapsed: tuple[int | None, ...]
) -> Iterator[Problem]:
    for group, size in zip(groups, collapsed):
        product: int | None = 1
        for dim in group:
            length = expanded[dim]
            product = None if length is None or product is None else product * length
        if product is not None and size is not None and product != size:
            yield Problem(
                op.name_range, f"the dims {list(group)} have {product} elements, the collapsed dim has {size}", _source(op)
            )


def _listed(groups: tuple[tuple[int, ...], ...]) -> str:
    return str([list(group) for group in groups])


_SHAPE_CHECKS: dict[str, tuple[_Check, ...]] = {
    "linalg": (_clauses, *linalg_checks.SHAPE_CHECKS, _maps, _named, _results),
    "tensor": (_reassociation, *tensor_checks.CHECKS),
    "memref": tensor_checks.CHECKS,
    "arith": scalar_checks.CHECKS,
}
"""The checks of a dialect's ops; those of dialects of IREE have `tensor_checks.ATTACHED`."""

_BODY_CHECKS: dict[str, tuple[_Check, ...]] = {
    "linalg.generic": (_yielded, linalg_checks.body_arguments),
    "linalg.index": (linalg_checks.loop_numbers,),
    "flow.return": (_returned,),
}
"""By the op, what depends on other ops too."""
