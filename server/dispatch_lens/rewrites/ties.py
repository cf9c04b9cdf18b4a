"""Where an op says by name which operand a result shares its memory with: `-> %0`, `-> (tensor<4xf32>, %0)`."""

from __future__ import annotations

import re

from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import places
from dispatch_lens.text import Range

_KINDS = re.compile(r"->([^=]*)")


def to(op: Op, value: Value) -> list[Range]:
    """The places where the op's results are tied to the value; those of its operands are not among them."""
    if not op.shape.has_ties:
        return []
    end = op.regions[0].range.start if op.regions else op.range.end
    spelled = re.compile(re.escape(places.spelled(value)) + r"(?![\w$.\-#])")
    kinds = (match.span(1) for match in _KINDS.finditer(op.module.text, op.name_range.end, end))
    found = (Range(*match.span()) for span in kinds for match in spelled.finditer(op.module.text, *span))
    operands = {use.range for use in op.operands}
    return [place for place in found if place not in operands]
