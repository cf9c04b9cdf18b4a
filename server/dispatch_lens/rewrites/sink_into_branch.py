"""Compute what only one branch of an `scf.if` reads inside of that branch, where it meets its reader.

Dispatches form block by block, and the compiler moves nothing into a branch. What is computed there is computed less often.
"""

from __future__ import annotations

from dispatch_lens.ir import uses
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_BRANCHING = ("scf.if", "scf.index_switch")
"""Ops that run one of their regions, and that once."""


def apply(op: Op) -> Outcome:
    """Asked at the op that makes the tensor."""
    if not regions.computes(op) or op.block is None or regions.around(op) is not None:
        return None
    readers = [use.op for value in op.results for use in value.uses]
    if not any(_branch(op.block, reader) for reader in readers):
        return None
    into = _innermost(op.block, readers)
    if into is op.block:
        return Refused("something outside of the branch reads it too")
    first = min(filter(None, (uses.ancestor_in(into, reader) for reader in readers)), key=lambda each: each.index)
    draft = Draft(op.module)
    names = _fresh_names(draft, op, first)
    draft.insert_before(first, regions.own_lines(op, regions.renaming(names), "").rstrip("\n").split("\n"))
    draft.erase(op)
    return Applied(f"compute `{op.name}` in the branch that reads it", draft.edits())


def _innermost(block: Block, readers: list[Op]) -> Block:
    """The block in the most branches that holds all readers."""
    inner = {_branch(block, reader) for reader in readers}
    only = inner.pop() if len(inner) == 1 else None
    return block if only is None else _innermost(only, readers)


def _branch(block: Block, reader: Op) -> Block | None:
    """The block of a branch right inside of this one that holds the reader."""
    around = uses.ancestor_in(block, reader)
    if around is None or around.name not in _BRANCHING:
        return None
    blocks = (each for region in around.regions for each in region.blocks)
    return next((each for each in blocks if uses.ancestor_in(each, reader) is not None), None)


def _fresh_names(draft: Draft, op: Op, at: Op) -> dict[Value, str]:
    """New names for what the op's regions define and is the name of something else where it goes."""
    above = ((each.block, each.index) for each in (at, *at.ancestors()) if each.block is not None)
    taken = {value.name for block, index in above for other in block.ops[:index] for value in other.results}
    clashing = [value for value in regions.defined(op) if value.name in taken]
    fresh = {name: draft.fresh(name[1:]) for name in sorted({value.name for value in clashing})}
    return {value: fresh[value.name] for value in clashing}


REWRITE = Rewrite("sink-into-branch", "Compute it in the branch that reads it", Aim.MAYBE_FEWER, apply)
