"""What all predicates of one run read: the era, the options, and the spaces that an interchange changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from dispatch_lens.analysis.fusion import outer_loops
from dispatch_lens.analysis.fusion.cloneable import is_cloneable_into_dispatch_op
from dispatch_lens.analysis.fusion.eras import Era, Options
from dispatch_lens.analysis.fusion.iteration import Iteration
from dispatch_lens.analysis.fusion.reasons import Reason, refuse
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand

FUSABLE = "fusable"
Verdict = Reason | Literal["fusable"] | None
"""A reason against, `FUSABLE` where the case is decided for, None where a rule does not concern the pair."""

Stage = Literal["before-consumers", "after-consumers"]
"""Producers are tried when a root is found, and once more after the roots have tried their consumers."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Era and options of one run. `interchanged` and `cloned` grow as ops are asked for."""

    era: Era
    options: Options
    interchanged: dict[Op, Iteration] = field(default_factory=dict[Op, Iteration])
    cloned: dict[Op, bool] = field(default_factory=dict[Op, bool])

    def is_cloned(self, op: Op) -> bool:
        """Whether the op is cloned into the dispatches that read it; asked once for each op."""
        if op not in self.cloned:
            self.cloned[op] = is_cloneable_into_dispatch_op(op, self.era, self.options)
        return self.cloned[op]

    def space(self, op: Op) -> Iteration | None:
        return outer_loops.space_of(op, self.interchanged)

    def are_fusion_ops(self, producer: Op, consumer: Op) -> bool:
        """Whether both ops implement LinalgFusionOpInterface in this era."""
        return all(outer_loops.is_fusion_op(op, self.era) for op in (producer, consumer))

    def not_fusion_ops(self, use: Operand, producer: Op, predicate: str) -> Reason:
        """The refusal where one of the two does not."""
        culprit = use.op if outer_loops.is_fusion_op(producer, self.era) else producer
        sentence = f"{culprit.name} does not take part in fusion by loops"
        return refuse(predicate, sentence, "non-fusable-op", use, (), (("not fusable", culprit),))
