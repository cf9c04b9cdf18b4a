"""Several programs of one text as one report: what `// -----` separates has nothing to do with each other."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from dispatch_lens.analysis.dispatches import DispatchReport, Shape

_ORDER: tuple[Shape, ...] = ("regions", "workgroups", "outlined", "executables", "function", "linalg", "none")


def together(reports: Sequence[DispatchReport]) -> DispatchReport:
    """One report of all, ordinals counted through. Its shape is the most formed among them."""
    if len(reports) == 1:
        return reports[0]
    bases = [sum(len(one.dispatches) for one in reports[:i]) for i in range(len(reports))]
    shifted = [_shifted(one, base) for one, base in zip(reports, bases)]
    return DispatchReport(
        shape=_ORDER[min((_ORDER.index(one.shape) for one in reports), default=-1)],
        dispatches=tuple(dispatch for one in shifted for dispatch in one.dispatches),
        edges=tuple(edge for one in shifted for edge in one.edges),
        executed=_sum(one.executed for one in reports),
        unique_executables=_sum(one.unique_executables for one in reports),
        initializers=tuple(dispatch for one in reports for dispatch in one.initializers),
        jit_eval=tuple(name for one in reports for name in one.jit_eval),
        to_dispatch=tuple(op for one in reports for op in one.to_dispatch),
        initial_to_dispatch=tuple(op for one in reports for op in one.initial_to_dispatch),
        flow_copies=tuple(op for one in reports for op in one.flow_copies),
    )


def _shifted(report: DispatchReport, base: int) -> DispatchReport:
    dispatches = tuple(
        replace(
            one,
            ordinal=one.ordinal + base,
            producers=tuple(ordinal + base for ordinal in one.producers),
            consumers=tuple(ordinal + base for ordinal in one.consumers),
        )
        for one in report.dispatches
    )
    edges = tuple(replace(one, producer=one.producer + base, consumer=one.consumer + base) for one in report.edges)
    return replace(report, dispatches=dispatches, edges=edges)


def _sum(parts: Iterable[int | None]) -> int | None:
    """The sum of those that are known; None where none is."""
    known = [part for part in parts if part is not None]
    return sum(known) if known else None
