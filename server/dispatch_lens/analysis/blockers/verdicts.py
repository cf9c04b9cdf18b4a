"""What formation does with each edge, with and without aggressive fusion: the counterfactual that tells an option's use.

Where the text has formed regions, formation is asked about the function as if they were inlined again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from dispatch_lens.analysis.blockers.neighbours import Edge, Neighbourhood, neighbourhood
from dispatch_lens.analysis.fusion.eras import Era, Options
from dispatch_lens.analysis.fusion.formation import EdgeVerdict, Formation, Group, form_dispatch_regions
from dispatch_lens.analysis.fusion.inlined import Inlined, inline_dispatch_regions
from dispatch_lens.ir import flow
from dispatch_lens.ir.module import Op

REMEMBERED = 8


@dataclass(frozen=True, eq=False)
class Judged:
    """A formation with its verdicts by edge. `copy_of` leads from the text's ops to those that were judged."""

    formation: Formation
    edges: Mapping[tuple[Op, Op], EdgeVerdict]
    copy_of: Mapping[Op, Op]

    def verdict(self, maker: Op, reader: Op) -> EdgeVerdict | None:
        """The verdict on an edge of the text; None where formation saw no such edge."""
        return self.edges.get((self.copy_of.get(maker, maker), self.copy_of.get(reader, reader)))

    def has_dispatch(self, op: Op) -> bool:
        """Whether the op has a group: it is not cloned, and does some work."""
        return self.copy_of.get(op, op) in self._groups

    def are_together(self, maker: Op, reader: Op) -> bool:
        group = self._groups.get(self.copy_of.get(maker, maker))
        return group is not None and group is self._groups.get(self.copy_of.get(reader, reader))

    @cached_property
    def _groups(self) -> Mapping[Op, Group]:
        return {member: group for group in self.formation.groups for member in group.members}


@lru_cache(REMEMBERED)
def as_written(function: Op, era: Era, options: Options) -> Neighbourhood:
    """The pieces of work of the function as its text stands, and their edges."""
    return neighbourhood(function, _formation(function, era, options))


@lru_cache(REMEMBERED)
def judged(function: Op, era: Era, options: Options) -> Judged:
    """The verdicts on the function's edges, those between formed regions included."""
    inlined = _inlined(function)
    formation = _formation(inlined.function, era, options)
    return Judged(formation, {(e.producer, e.consumer): e for e in formation.edges}, inlined.copy_of)


def is_preformed(edge: Edge) -> bool:
    """Whether one end is a region of the text and the other a dispatch to be: formation never looks into the region.

    What formation itself leaves outside of dispatches is none.
    """
    return {edge.producer.kind, edge.consumer.kind} == {"region", "group"}


@lru_cache(REMEMBERED)
def _formation(function: Op, era: Era, options: Options) -> Formation:
    return form_dispatch_regions(function, era, options)


@lru_cache(REMEMBERED)
def _inlined(function: Op) -> Inlined:
    if not any(function.walk_where(flow.is_dispatch_region)):
        return Inlined(function, {})
    return inline_dispatch_regions(function)
