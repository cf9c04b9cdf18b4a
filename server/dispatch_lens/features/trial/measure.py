"""The counts of one compile: what the flow phase of `iree-compile` gives for a text under a set of flags."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache

from dispatch_lens.analysis.dispatches import DispatchReport
from dispatch_lens.compiler.protocol import Backend, Compiler, CompilerFailure
from dispatch_lens.features.document import Document
from dispatch_lens.features.trial.outcome import Flags, Outcome


@dataclass(frozen=True)
class FlowMeasure:
    """Measures sets of flags for `text`; the `fixed` flags come before them and are not part of the outcome.

    A value, so that an executor may send it to another process or machine, as far as its compiler can be sent.
    """

    compiler: Compiler
    text: str
    fixed: Flags
    target: Backend

    def __call__(self, flags: Flags) -> Outcome:
        done = self.compiler.compile_to_flow(self.text, (*self.fixed, *flags), self.target)
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
            digest=hashlib.sha256(done.flow_text.encode()).hexdigest()[:16],
        )


@lru_cache(maxsize=16)
def _report(flow_text: str) -> DispatchReport:
    """Many sets of flags give one text."""
    return Document("flow", 0, flow_text).report
