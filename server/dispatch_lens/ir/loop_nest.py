"""The loops of a structured op, and the maps by which its operands follow them: the same for all ops of a shape."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dispatch_lens.ir import linalg_body, named_ops
from dispatch_lens.ir.affine import AffineMap

IteratorType = Literal["parallel", "reduction", "window"]
Category = named_ops.Category | Literal["attention", "custom"]


@dataclass(frozen=True, eq=False)
class LoopNest:
    """`ins` and `inits` say which operands have the roles, by their places; the maps are in the order ins, then inits.

    `static_loop_ranges` has one entry a loop, None where dynamic. `named` is None for ops outside linalg. What is asked of each
    op of a shape is found out once.
    """

    ins: tuple[int, ...]
    inits: tuple[int, ...]
    indexing_maps: tuple[AffineMap, ...]
    iterator_types: tuple[IteratorType, ...]
    static_loop_ranges: tuple[int | None, ...]
    named: named_ops.NamedOp | None
    category: Category

    @cached_property
    def in_maps(self) -> tuple[AffineMap, ...]:
        return self.indexing_maps[: len(self.ins)]

    @cached_property
    def init_maps(self) -> tuple[AffineMap, ...]:
        return self.indexing_maps[len(self.ins) :]

    @cached_property
    def reduction_loops(self) -> tuple[int, ...]:
        """The loops that are not parallel."""
        return tuple(i for i, kind in enumerate(self.iterator_types) if kind != "parallel")

    @cached_property
    def is_all_parallel(self) -> bool:
        return not self.reduction_loops

    @cached_property
    def has_plain_maps(self) -> bool:
        """Whether all maps are projected permutations."""
        return all(of.is_projected_permutation for of in self.indexing_maps)

    @cached_property
    def is_elementwise(self) -> bool:
        """All loops parallel, all maps projected permutations, the inits' permutations. linalg::isElementwise."""
        return self.is_all_parallel and self.has_plain_maps and all(of.is_permutation for of in self.init_maps)

    @cached_property
    def is_convolution(self) -> bool:
        """Whether the loops and maps are those of a convolution or pooling."""
        if len(self.ins) < 2 or len(self.inits) != 1:
            return False
        return linalg_body.are_convolution_loops(self.indexing_maps, self.iterator_types)
