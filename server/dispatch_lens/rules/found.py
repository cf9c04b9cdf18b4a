"""What keeps ops apart in the functions of a text, for the rules: what can be lifted, and why any two are apart.

Loaded only where a text has ops for it: it brings the whole model of formation along.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from dispatch_lens.analysis.blockers import pairs
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.forecast import BY_AGGRESSIVE_FUSION, forecast
from dispatch_lens.analysis.blockers.formed import (
    BY_ORDER_OF_LOOPS,
    FORMED_APART,
    LOOP_MAPS,
    lifts,
    missed,
    missed_by,
    near_older,
)
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.fusion import eras
from dispatch_lens.analysis.fusion.formation import dispatching_functions
from dispatch_lens.analysis.loose import function_around
from dispatch_lens.flags import releases
from dispatch_lens.flags.version import Version
from dispatch_lens.ir.module import Module, Op


@dataclass(frozen=True, eq=False)
class Found:
    """The findings of some sections by the rules of a release, and by those of `oldest`, where the text may be as old."""

    modules: tuple[Module, ...]
    version: Version
    oldest: Version | None
    pass_options: Mapping[str, str]

    def before_formation(self) -> tuple[Finding, ...]:
        """The pairs that will be apart and could be one."""
        return tuple(found for one in self._questions for found in forecast(one, self.version))

    def of_formed(self) -> tuple[Finding, ...]:
        """The pairs of formed dispatches that could be one.

        Where a header states the options, its rules are those that formed the text: they do not make one what is apart.
        """
        may_be_older = self.oldest is None or self.oldest < LOOP_MAPS
        found: dict[tuple[Op, Op | None], Finding] = {}
        older: list[Question] = []
        for question in self._questions:
            every = (one for one in missed(question) if not (self.pass_options and one.blocker in FORMED_APART))
            found.update(((one.producer, one.consumer), one) for one in every)
            if may_be_older and near_older(question):
                older.append(replace(question, era=eras.OLDEST))
        by_order = (one for question in older for one in missed_by(question, BY_ORDER_OF_LOOPS))
        moved = {pair for pair, one in found.items() if one.blocker == "transpose-formed-apart"}
        found.update({pair: one for one in by_order if (pair := (one.producer, one.consumer)) not in moved})
        return tuple(found.values())

    def refusal(self, maker: Op, reader: Op) -> Finding | None:
        """What keeps two ops apart, whether or not anything can be done about it. Looks at their function only."""
        around = (question for question in self._questions if _holds(question.function, maker))
        every = [found for question in around for found in pairs.findings(question) if found.is_apart]
        return next((one for one in reversed(every) if (one.producer, one.consumer) == (maker, reader)), None)

    def is_certain(self, found: Finding) -> bool:
        """Whether the rules of the oldest release that the formed text may be from say the same of aggressive fusion."""
        oldest = self.oldest or releases.NAMED["2024-07"]
        era = eras.era_of_version(oldest.label) or eras.OLDEST
        if found.blocker not in BY_AGGRESSIVE_FUSION:
            return True
        around = (question for question in self._questions if _holds(question.function, found.producer))
        return all(era is question.era or lifts(replace(question, era=era), found, oldest) for question in around)

    @cached_property
    def _questions(self) -> tuple[Question, ...]:
        era = eras.era_of_version(self.version.label) or eras.NEWEST
        options = eras.Options(aggressive=self.pass_options.get("aggressive-fusion") == "true")
        return tuple(Question(one, era, options) for module in self.modules for one in _functions(module))


def _holds(function: Op, op: Op) -> bool:
    """Whether the op stands in the function, the first of loose ops too, with which a function that nobody wrote begins."""
    return op.module is function.module and function.frame.start <= op.frame.start < function.end


def _functions(module: Module) -> Iterator[Op]:
    """The functions whose dispatches are looked at: not initializers, which the compiler runs once or itself."""
    loose = function_around(module)
    yield from (one for one in dispatching_functions(module) if one.name != "util.initializer")
    if loose is not None:
        yield loose
