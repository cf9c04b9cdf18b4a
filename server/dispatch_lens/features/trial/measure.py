"""The counts of one compile: what the flow phase of `iree-compile` gives for a text under a set of flags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from dispatch_lens.analysis.dispatches import DispatchReport
from dispatch_lens.compiler.protocol import Backend, Compiler, CompilerFailure
from dispatch_lens.features.document import Document
from dispatch_lens.features.trial.outcome import Measure, Outcome

_ORDINAL = re.compile(r"^.*_dispatch_\d+_?")


def measure_with(compiler: Compiler, text: str, fixed: Sequence[str], target: Backend) -> Measure:
    """A measure of sets of flags for `text`; `fixed` flags come before them and are not part of the outcome."""

    def measure(flags: tuple[str, ...]) -> Outcome:
        done = compiler.compile_to_flow(text, (*fixed, *flags), target)
        if isinstance(done, CompilerFailure):
            return Outcome(flags, failure=done.message)
        report = _report(done.flow_text)
        return Outcome(
            flags=flags,
            dispatches=done.sites,
            executables=done.executables,
            transposes=len(report.standalone_transposes),
            copies=len(report.copies),
            seconds=round(done.seconds, 3),
            names=dict(Counter(_ORDINAL.sub("", dispatch.name) or dispatch.kind for dispatch in report.dispatches)),
        )

    return measure


@lru_cache(maxsize=16)
def _report(flow_text: str) -> DispatchReport:
    """Many sets of flags give one text."""
    return Document("flow", 0, flow_text).report
