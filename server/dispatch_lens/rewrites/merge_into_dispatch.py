"""Take a loose op into the dispatch that makes what it reads, or that alone reads what it makes.

The compiler never looks into a region that is there before it forms dispatches, so the op would be a dispatch of its own. The
elementwise ops that read the op follow it, one after the other. What may stand in one dispatch is `merge_dispatches`'s to say.
"""

from __future__ import annotations

from dispatch_lens.ir import flow, linalg, uses
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites import chains, excerpt, merge_dispatches, region_forms, regions
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    """Asked at the loose op."""
    if _beside(op) is None:
        return None
    part = excerpt.around(op)
    merged = _merged(part.op)
    if not isinstance(merged, Op):
        return merged
    while (reader := _reader(merged)) is not None and isinstance(more := _merged(reader), Op):
        merged = more
    edits = part.edits(merged.module)
    return None if edits is None else Applied("compute it in the dispatch next to it", edits)


def _beside(op: Op) -> Op | None:
    """Which op would be the later one of two dispatches: the loose op where it reads one, else the one that alone reads it."""
    if not regions.computes(op) or not op.results or regions.around(op) is not None:
        return None
    if any(_is_dispatch_beside(maker, op) for maker in uses.producers(op)):
        return op if _is_elementwise(op) else None
    readers = uses.consumers(op)
    return readers[0] if len(readers) == 1 and _is_dispatch_beside(readers[0], op) else None


def _merged(op: Op) -> Op | Refused | None:
    """The dispatch of both, in a text of its own."""
    later = _beside(op)
    if later is None:
        return None
    two = _after(region_forms.wrap(op), op.module, later)
    return _after(merge_dispatches.apply(two), two.module, later) if isinstance(two, Op) else two


def _after(step: Outcome, module: Module, later: Op) -> Op | Refused | None:
    """The later op in the text that the step makes."""
    if not isinstance(step, Applied):
        return step
    return chains.named(chains.after(module, step), later.results[0].name, later.depth)


def _reader(dispatch: Op) -> Op | None:
    """The one op that reads the dispatch, where it is elementwise."""
    readers = uses.consumers(dispatch)
    return readers[0] if len(readers) == 1 and _is_elementwise(readers[0]) else None


def _is_dispatch_beside(other: Op, op: Op) -> bool:
    return other.block is op.block and flow.dispatch_region(other) is not None


def _is_elementwise(op: Op) -> bool:
    found = linalg.structured(op)
    return found is not None and found.is_elementwise


REWRITE = Rewrite("merge-into-dispatch", "Compute it in the dispatch next to it", Aim.MAYBE_FEWER, apply)
