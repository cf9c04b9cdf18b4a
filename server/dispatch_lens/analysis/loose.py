"""Ops that stand outside any function, as a pasted snippet has them, taken as the body of one that nobody wrote."""

from __future__ import annotations

from dispatch_lens.ir.module import Block, Module, Op, Region
from dispatch_lens.text import Range


def function_around(module: Module) -> Op | None:
    """A function that holds the section's loose dispatch regions and what stands beside them; None where there are none.

    The ops are those of the text: their own `block` stays that of the text, none.
    """
    regions = [op for op in module.ops if op.name == "flow.dispatch.region"]
    if not regions:
        return None
    first, last = module.ops[0], module.ops[-1]
    made = Op("func.func", "func", module, first.frame, first.shape, last.end, None, 0)
    region = Region(made, 0, Range(first.range.start, last.end))
    region.built = (Block(region, 0, None, region.range, (), tuple(module.ops)),)
    made.regions = (region,)
    return made
