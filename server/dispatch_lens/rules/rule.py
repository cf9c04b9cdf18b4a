"""What a rule is, and what it says: plain frozen data, in offsets of the document.

A remark's message is what is, its reason why the compiler left it so, its suggestion what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from dispatch_lens.analysis import links
from dispatch_lens.analysis.dispatches import Dispatch, DispatchReport
from dispatch_lens.analysis.links import Link
from dispatch_lens.analysis.version import Spoken
from dispatch_lens.flags.version import Version
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.text import Range

if TYPE_CHECKING:
    from dispatch_lens.analysis.blockers.finding import Finding
    from dispatch_lens.rules.found import Found

_OPTION = re.compile(r"--[a-z][a-z0-9]*(?:-[a-z0-9]+)+(?:=[^\s`,]+)?")


class Severity(Enum):
    """How loud a remark is by default."""

    WARNING = "warning"
    INFORMATION = "information"
    HINT = "hint"


class Certainty(Enum):
    """How well the claim is known: the real compiler said so, our model of it does, or experts look at the pattern."""

    PROVED = "proved"
    PREDICTED = "predicted"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True)
class Related:
    """Another place that belongs to the remark: the producer, the consumer, the op between."""

    range: Range
    message: str


@dataclass(frozen=True, slots=True)
class Remark:
    """What one rule says about one place. Texts are lower case, without a full stop, IR in backticks."""

    rule: str
    range: Range
    message: str
    reason: str
    suggestion: str = ""
    certainty: Certainty = Certainty.PREDICTED
    related: tuple[Related, ...] = ()

    @property
    def options(self) -> tuple[str, ...]:
        """The compiler's options that the suggestion spells, each once."""
        return tuple(dict.fromkeys(_OPTION.findall(self.suggestion)))


@dataclass(frozen=True, eq=False)
class Context:
    """What a rule may look at: the dispatches of one document, and the release to suggest options for.

    `modules` are the sections that were read, `starts` the document's offset of each. `spoken` is what the text tells of the
    release, `stated_version` what the settings do. `pass_options` are those in the header of the dump. `target` is the
    backend (`llvm-cpu`) where it is known: some options break some backends.
    """

    modules: tuple[Module, ...]
    starts: Mapping[Module, int]
    report: DispatchReport
    spoken: Spoken
    stated_version: Version | None
    pass_options: Mapping[str, str]
    target: str | None = None

    @cached_property
    def version(self) -> Version:
        """The release to suggest options for."""
        return self.stated_version or self.spoken.likely

    @cached_property
    def links(self) -> tuple[Link, ...]:
        """The edges between dispatches with the ops at their ends."""
        return links.links(self.report)

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """The pairs that are apart, or will be where no dispatch is formed yet, and could be one; by the release's rules."""
        if self.report.shape == "linalg":
            return self._found.before_formation()
        return self._found.of_formed() if self.is_formed else ()

    def refusal(self, maker: Op | None, reader: Op | None) -> Finding | None:
        """What keeps two ops of formed dispatches apart, whether or not anything can be done about it."""
        if maker is None or reader is None or not self.is_formed:
            return None
        return self._found.refusal(maker, reader)

    def is_certain(self, found: Finding) -> bool:
        """Whether the finding holds for each release that the text may be from, as far as its rules tell."""
        return not self.is_formed or self._found.is_certain(found)

    @cached_property
    def oldest(self) -> Version | None:
        """The oldest release that the text may be from; None where nothing bounds it.

        What nothing says is a dump, and no dispatch is formed in, is a program for the release of the suggestions.
        """
        is_dump = self.is_formed or self.spoken.last is not None
        return self.stated_version or (self.spoken.first if is_dump else self.version)

    @cached_property
    def _found(self) -> Found:
        from dispatch_lens.rules.found import Found

        return Found(self.modules, self.version, self.oldest, self.pass_options)

    @property
    def is_formed(self) -> bool:
        """Whether the text has dispatch regions, with their ops in it."""
        return self.report.shape == "regions"

    def links_from(self, dispatch: Dispatch) -> tuple[Link, ...]:
        """The edges out of a dispatch."""
        return tuple(self._links_of[0].get(dispatch, ()))

    def links_to(self, dispatch: Dispatch) -> tuple[Link, ...]:
        """The edges into a dispatch."""
        return tuple(self._links_of[1].get(dispatch, ()))

    @cached_property
    def _links_of(self) -> tuple[Mapping[Dispatch, list[Link]], Mapping[Dispatch, list[Link]]]:
        """The edges out of each dispatch, and those into it."""
        out: dict[Dispatch, list[Link]] = {}
        into: dict[Dispatch, list[Link]] = {}
        for link in self.links:
            out.setdefault(link.producer, []).append(link)
            into.setdefault(link.consumer, []).append(link)
        return out, into

    def place(self, op: Op) -> Range:
        """The range of the op's name in the document."""
        return op.name_range.shift(self.starts.get(op.module, 0))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `name` is its identity everywhere: diagnostic code, setting, page, fixture. It reads as "allow NAME"."""

    name: str
    severity: Severity
    check: Callable[[Context], Iterator[Remark]]
