"""One map from a root's outer parallel loops to each fused op's loops, composed edge by edge.

Mirrors LinalgExt/Transforms/LoopMappingUtils.cpp. A `LoopMap` has, for each loop of an op, the root's outer parallel
loop that it follows, None where it follows none (IREE writes 0 there).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from dispatch_lens.analysis.fusion.eras import Era
from dispatch_lens.analysis.fusion.iteration import Iteration, iteration
from dispatch_lens.analysis.fusion.reasons import Reason, Side, refuse
from dispatch_lens.analysis.fusion.scope import uses_of
from dispatch_lens.ir.affine import AffineMap
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand


@dataclass(frozen=True, slots=True)
class LoopMap:
    """`num_root_loops` outer parallel loops of the root to the loops of one op."""

    num_root_loops: int
    follows: tuple[int | None, ...]

    def __str__(self) -> str:
        dims = ", ".join(f"d{i}" for i in range(self.num_root_loops))
        return f"({dims}) -> ({', '.join('0' if d is None else f'd{d}' for d in self.follows)})"


@lru_cache(maxsize=1024)
def root_loop_map(space: Iteration | None) -> LoopMap:
    """The map of a group's root: its k-th outer parallel loop follows itself. FusionGroup's constructor."""
    outer = space.outer_parallel_loops if space is not None else ()
    count = sum(outer)
    return LoopMap(count, tuple(range(count)) + (None,) * (len(outer) - count))


def get_root_parallel_loop_to_op_map(candidate: Op, loop_maps: Mapping[Op, LoopMap], era: Era) -> LoopMap | Reason:
    """The candidate's map by its edges to the group's members, as consumer where it reads one, else as producer.

    A refusal where an edge's maps are no projected permutations, where edges disagree, or where the candidate would be
    less parallel (as consumer) or more (as producer) than the group. LoopMappingUtils.cpp, same name.
    """
    space = iteration(candidate)
    if space is None:
        return refuse(_PREDICATE, f"{candidate.name} has no loops that could be mapped to others", "non-fusable-op")
    if any(operand.value.op in loop_maps for operand in candidate.operands):
        return _as_consumer(candidate, space, loop_maps, era)
    return _as_producer(candidate, space, loop_maps, era)


_PREDICATE = "get_root_parallel_loop_to_op_map"


def _as_consumer(candidate: Op, space: Iteration, loop_maps: Mapping[Op, LoopMap], era: Era) -> LoopMap | Reason:
    merged: LoopMap | None = None
    for use in candidate.operands:
        producer = use.value.op
        producer_space = iteration(producer) if producer is not None and producer in loop_maps else None
        if producer is None or producer_space is None or not producer_space.result_maps:
            continue
        result_map, operand_map = producer_space.map_of_result(use.value.index), space.map_of(use)
        composed = _compute_iteration_space_mapping(result_map, operand_map, loop_maps[producer])
        if composed is None:
            return _no_permutation(use, result_map, operand_map)
        if _follows_no_loop(composed, era):
            return _follows_nothing(use, result_map, operand_map)
        combined = _merge_composed_maps(merged, composed, era)
        if combined is None:
            return _conflict(use, merged, composed)
        merged = combined
    return merged or _no_edge(candidate)


def _follows_no_loop(composed: LoopMap, era: Era) -> bool:
    """Whether no loop follows one of the root's. Where the root has no parallel loop, that says nothing since 3.12."""
    if any(d is not None for d in composed.follows) or era.common_loop == "not-required":
        return False
    if era.common_loop == "required-of-loops":
        return composed.num_root_loops > 0 or bool(composed.follows)
    return composed.num_root_loops > 0 or era.common_loop == "required"


def _as_producer(candidate: Op, space: Iteration, loop_maps: Mapping[Op, LoopMap], era: Era) -> LoopMap | Reason:
    merged: LoopMap | None = None
    for use in uses_of(candidate):
        consumer_space = iteration(use.op) if use.op in loop_maps else None
        if consumer_space is None or not consumer_space.operand_maps:
            continue
        operand_map, result_map = consumer_space.map_of(use), space.map_of_result(use.value.index)
        composed = _compute_iteration_space_mapping(operand_map, result_map, loop_maps[use.op])
        if composed is None:
            return _no_permutation(use, result_map, operand_map)
        combined = _merge_composed_maps(merged, composed, era)
        if combined is None:
            return _conflict(use, merged, composed)
        merged = combined
        if len({d for d in merged.follows if d is not None}) != loop_maps[use.op].num_root_loops:
            return _more_parallel(use, result_map, operand_map)
    return merged or _no_edge(candidate)


def _compute_iteration_space_mapping(near: AffineMap | None, far: AffineMap | None, source: LoopMap) -> LoopMap | None:
    """`source` carried over an edge: `near` is the map of the op that `source` belongs to, `far` that of the other."""
    if near is None or far is None or not (near.is_projected_permutation and far.is_projected_permutation):
        return None
    near_dims = near.result_dims
    follows: list[int | None] = [None] * far.num_dims
    for position, loop in enumerate(far.result_dims):
        near_loop = near_dims[position] if position < len(near_dims) else None
        if loop is not None and near_loop is not None:
            follows[loop] = source.follows[near_loop] if near_loop < len(source.follows) else near_loop
    return LoopMap(source.num_root_loops, tuple(follows))


def _merge_composed_maps(accumulated: LoopMap | None, incoming: LoopMap, era: Era) -> LoopMap | None:
    """Loop by loop what either map follows; None where they follow different loops. LoopMappingUtils.cpp, same name."""
    if accumulated is None or accumulated == incoming:
        return incoming
    if not era.merges_edge_maps:
        return None
    pairs = tuple(zip(accumulated.follows, incoming.follows))
    if any(a != b and a is not None and b is not None for a, b in pairs):
        return None
    return LoopMap(accumulated.num_root_loops, tuple(b if a is None else a for a, b in pairs))


# ---------------------------------------------------------------- refusals


def map_sides(result_map: AffineMap | None, operand_map: AffineMap | None) -> tuple[Side, Side]:
    """The two maps of an edge as the sides of a disagreement."""
    return (Side("producer's result map", _text(result_map)), Side("consumer's operand map", _text(operand_map)))


def _text(of: AffineMap | None) -> str:
    return of.body if of is not None else "none"


def _no_permutation(use: Operand, result_map: AffineMap | None, operand_map: AffineMap | None) -> Reason:
    if result_map is None or operand_map is None:
        owner = use.value.op if result_map is None else use.op
        name = owner.name if owner is not None else use.op.name
        sentence = f"{name} gives no indexing map for this value, so its loops cannot be matched with others"
        return refuse(_PREDICATE, sentence, "non-fusable-op", use, map_sides(result_map, operand_map))
    whose = "consumer reads" if not operand_map.is_projected_permutation else "producer writes"
    sentence = f"the {whose} the value by a map that is more than a choice of its loops, each at most once"
    return refuse(_PREDICATE, sentence, "non-permutation-map", use, map_sides(result_map, operand_map))


def _follows_nothing(use: Operand, result_map: AffineMap | None, operand_map: AffineMap | None) -> Reason:
    sentence = "none of the consumer's loops follows a parallel loop of the group's root"
    return refuse(_PREDICATE, sentence, "broadcast-consumer", use, map_sides(result_map, operand_map))


def _more_parallel(use: Operand, result_map: AffineMap | None, operand_map: AffineMap | None) -> Reason:
    sentence = "the producer does not run over all parallel loops of the group's root: its values would be recomputed"
    return refuse(_PREDICATE, sentence, None, use, map_sides(result_map, operand_map))


def _conflict(use: Operand, merged: LoopMap | None, composed: LoopMap) -> Reason:
    sides = (Side("loops by the other edges", str(merged)), Side("loops by this edge", str(composed)))
    sentence = "two edges to the group ask for different orders of the same loops"
    return refuse(_PREDICATE, sentence, "conflicting-maps", use, sides)


def _no_edge(candidate: Op) -> Reason:
    sentence = f"no edge gives a map from the group's loops to those of {candidate.name}"
    return refuse(_PREDICATE, sentence, "non-fusable-op", None, (), (("candidate", candidate),))
