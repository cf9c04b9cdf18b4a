"""Write the ops of a function in the place of a call: what it returns is read instead of the call's results.

The compiler does so itself where nothing forbids it, so this is for calls of functions that forbid it, and never made unasked.
"""

from __future__ import annotations

from dispatch_lens.analysis import symbols
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite


def apply(op: Op) -> Outcome:
    if op.name not in symbols.CALLED:
        return None
    function = symbols.called(op)
    if function is None or not function.regions:
        return Refused("what it calls is not in the text")
    if function.encloses(op):
        return Refused("the function calls itself")
    blocks = function.regions[0].blocks
    if len(blocks) != 1 or len(blocks[0].ops[-1].operands) != len(op.results):
        return Refused("the function branches, or gives another number of results")
    draft = Draft(op.module)
    _inline(draft, op, blocks[0])
    return Applied(f"write the ops of `@{function.symbol}` in the place of its call", draft.edits())


def _inline(draft: Draft, op: Op, body: Block) -> None:
    kept = body.ops[:-1]
    given = {argument: places.spelled(operand.value) for argument, operand in zip(body.arguments, op.operands)}
    made = {inner: draft.fresh(inner.results[0].name[1:]) for inner in kept if inner.results}
    names: dict[Value, str] = {**given, **{value: name for inner, name in made.items() for value in inner.results}}
    names |= regions.fresh_inside(draft, kept, op)
    for result, returned in zip(op.results, body.ops[-1].operands):
        draft.redirect(result, regions.new_name(returned.value, names))
    indent = draft.indent(op)
    lines = "".join(regions.own_lines(inner, regions.renaming(names), indent) for inner in kept)
    if lines:
        draft.replace(op, lines.strip())
    else:
        draft.erase(op)


REWRITE = Rewrite("inline-call", "Write the function's ops in the place of the call", Aim.OTHER_FORM, apply)
