"""How loops had to correspond before 3.9: by maps that are the identity on the root's outer parallel loops.

Mirrors areOpsFusable and hasCompatibleOuterParallelLoops in Flow/Transforms/FormDispatchRegions.cpp of 2024.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch_lens.analysis.fusion.eras import Era
from dispatch_lens.analysis.fusion.iteration import Iteration, iteration, linalg_op
from dispatch_lens.analysis.fusion.loop_maps import map_sides
from dispatch_lens.analysis.fusion.reasons import Reason, Side, refuse
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir import affine
from dispatch_lens.ir.affine import AffineMap
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand

Outer = tuple[bool, ...]
Spaces = Mapping[Op, Iteration]


@dataclass(frozen=True, slots=True)
class RootLoops:
    """Which loops of a group's root are outer parallel ones, and whether an all-parallel op with fewer loops may fit them."""

    parallel: Outer
    fewer_fit: bool


def space_of(op: Op, changed: Spaces) -> Iteration | None:
    """The op's iteration space, as an interchange left it."""
    return changed.get(op) or iteration(op)


def is_fusion_op(op: Op, era: Era) -> bool:
    """Whether the op implements LinalgFusionOpInterface in this era."""
    return linalg_op(op) is not None or op.name in era.fusable_ext_ops


def are_ops_fusable(producer: Op, consumer: Op, root: RootLoops, changed: Spaces) -> Reason | None:
    """Whether every use of the producer by the consumer has compatible outer parallel loops on both sides."""
    for use in uses_of(producer):
        if use.op is consumer:
            reason = has_compatible_outer_parallel_loops(use, root, changed)
            if reason is not None:
                return reason
    return None


def has_compatible_outer_parallel_loops(use: Operand, root: RootLoops, changed: Spaces) -> Reason | None:
    """Whether producer's result map and consumer's operand map both agree with the root's outer parallel loops."""
    producer = use.value.op
    producer_space = space_of(producer, changed) if producer is not None else None
    consumer_space = space_of(use.op, changed)
    result_map = producer_space.map_of_result(use.value.index) if producer_space is not None else None
    operand_map = consumer_space.map_of(use) if consumer_space is not None else None
    if producer_space is None or consumer_space is None or result_map is None or operand_map is None:
        sentence = "one of the two ops gives no indexing map for this value"
        return refuse(_PREDICATE, sentence, "non-fusable-op", use, map_sides(result_map, operand_map))
    if not is_map_compatible(producer_space, result_map, root):
        return _incompatible(use, "producer writes", "producer's result map", result_map, producer_space, root)
    if not is_map_compatible(consumer_space, operand_map, root):
        return _incompatible(use, "consumer reads", "consumer's operand map", operand_map, consumer_space, root)
    return None


def is_map_compatible(space: Iteration, of: AffineMap, root: RootLoops) -> bool:
    """The one-sided hasCompatibleOuterParallelLoops: projected permutation, matching iterators, identity on `outer`."""
    if not of.is_projected_permutation or not match_iterator_types(root, space.outer_parallel_loops):
        return False
    outer = root.parallel
    kept = [loop < len(outer) and outer[loop] for loop in range(space.num_loops)]
    return is_identity_map_with_zeros(of, kept)


def match_iterator_types(root: RootLoops, candidate: Outer) -> bool:
    """Equal where the candidate is not all parallel, else (up to 3.2) at least as many leading parallel loops as the root."""
    if not all(candidate):
        return root.parallel == candidate
    return root.fewer_fit or sum(root.parallel) <= len(candidate)


def is_identity_map_with_zeros(of: AffineMap, kept: list[bool]) -> bool:
    """Whether the results that are `kept` dims are those dims in order, none left out; `() -> ()` is no such map."""
    if not any(kept) and not of.results:
        return False
    order = [dim for dim in of.result_dims if dim is not None and kept[dim]]
    return order == [dim for dim, keep in enumerate(kept) if keep]


def make_producer_fusable_via_interchange(use: Operand, changed: Spaces) -> Iteration | None:
    """The producer's space with its loops in the order in which the consumer reads its result; None where it has none.

    For an elementwise producer with one result, read by a permutation. FormDispatchRegions.cpp, same name, 3.6 to 3.8.
    """
    producer = use.value.op
    space = space_of(producer, changed) if producer is not None else None
    consumer = space_of(use.op, changed)
    wanted = consumer.map_of(use) if consumer is not None else None
    found = linalg_op(producer) if producer is not None else None
    if space is None or found is None or wanted is None or not wanted.is_permutation:
        return None
    result = space.map_of_result(0)
    if not found.is_generic or not found.is_elementwise or len(space.result_maps) != 1 or result is None or result == wanted:
        return None
    if result.num_dims != wanted.num_dims:
        return None
    moves = dict(zip(wanted.result_dims, result.result_dims))
    vector = [old for new in range(wanted.num_dims) if (old := moves[new]) is not None]
    return _interchanged(space, vector)


_PREDICATE = "has_compatible_outer_parallel_loops"


def _interchanged(space: Iteration, vector: list[int]) -> Iteration:
    def moved(of: AffineMap | None) -> AffineMap | None:
        return None if of is None else affine.interchange(of, vector)

    return replace(
        space,
        operand_maps={index: moved(m) for index, m in space.operand_maps.items()},
        result_maps=tuple(moved(m) for m in space.result_maps),
        static_loop_ranges=tuple(space.static_loop_ranges[old] for old in vector),
    )


def _incompatible(use: Operand, who: str, what: str, of: AffineMap, space: Iteration, root: RootLoops) -> Reason:
    sides = (Side(what, of.body), Side("root's outer parallel loops", _loops(root.parallel)))
    if not of.is_projected_permutation:
        sentence = f"the {who} the value by a map that is more than a choice of its loops, each at most once"
        return refuse(_PREDICATE, sentence, "non-permutation-map", use, sides)
    if not match_iterator_types(root, space.outer_parallel_loops):
        sentence = f"the outer parallel loops of the {who.split()[0]} do not match those of the group's root"
        return refuse("match_iterator_types", sentence, None, use, sides)
    sentence = f"the {who} the value by a map that is not the identity on the outer parallel loops of the group's root"
    return refuse(_PREDICATE, sentence, _blocker(use), use, sides)


def _blocker(use: Operand) -> str | None:
    producer = use.value.op
    return "depthwise-nchw-then-elementwise" if producer is not None and "nchw" in producer.name else None


def _loops(outer: Outer) -> str:
    return f"({', '.join(f'd{i}' for i, parallel in enumerate(outer) if parallel)})"
