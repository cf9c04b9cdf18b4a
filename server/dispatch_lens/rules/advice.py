"""Words that several rules use: options out of the table with their risks, ops and dispatches as they are called."""

from __future__ import annotations

from collections.abc import Iterable

from dispatch_lens.analysis.dispatches import Dispatch
from dispatch_lens.flags.version import Version
from dispatch_lens.ir.module import Op
from dispatch_lens.rules.rule import Context, Related


def options(context: Context, blocker: str) -> str:
    """A clause that names the options which lift the blocker, with their first risk; empty where there are none."""
    from dispatch_lens.flags import table

    found = table.for_blocker(blocker, context.version, context.target)
    if not found:
        return ""
    best = found[0]
    words = f"compile with `{' '.join(best.options)}`"
    condition = f", where {best.when}" if best.when else ""
    risk = f" (known risk: {best.risks[0].text})" if best.risks else ""
    return words + condition + risk


def option_is_on(context: Context, name: str) -> bool:
    """Whether the dump's header says that the pass ran with this option."""
    return context.pass_options.get(name) == "true"


def called(op: Op | None, dispatch: Dispatch) -> str:
    """The op's name in backticks, or the dispatch's summary where the text does not show the op."""
    return f"`{op.name}`" if op is not None else f"`{dispatch.summary}`"


def listed(ops: Iterable[Op]) -> str:
    """The ops' names in backticks, with commas between them."""
    return ", ".join(f"`{op.name}`" for op in ops)


def kind(context: Context, op: Op) -> str:
    """What the dispatch that holds the op does, in one word."""
    dispatch = context.report.dispatch_of(op)
    return dispatch.kind if dispatch is not None else "elementwise"


def dump(context: Context) -> str:
    """A clause that names the dump in which neighbours can be seen as they were when dispatches formed."""
    prefix = "iree-flow" if context.version <= _LAST_IN_FLOW else "iree-dispatch-creation"
    return f"dump the IR after `{prefix}-form-dispatch-regions`: there the ops between the two can be seen"


_LAST_IN_FLOW = Version(0, (2024, 7, 24))


def related(context: Context, op: Op, message: str) -> Related:
    """Another place, at the op's name."""
    return Related(context.place(op), message)
