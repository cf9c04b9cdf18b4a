"""Which attributes an op of a name may carry: those that its like carry in the text, and those that its definition asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dispatch_lens.ir import named_ops

_OP = re.compile(r'(?:^|=)\s*"?([a-z_]\w*(?:\.[\w$]+)+)"?(?=[\s({<]|$)')
_NAME = re.compile(r"(?<![%@#!^\w$.])([a-z_][\w.]*)(?= = )")
_IN_DICTIONARY = re.compile(r"\{(?:[^{}\n]*,)?\s*$")
_AFTER_OPERANDS = re.compile(r"\)\s+$")
_ASKED = {
    "generic": ("indexing_maps", "iterator_types"),
    "transpose": ("permutation",),
    "broadcast": ("dimensions",),
    "reduce": ("dimensions",),
    "softmax": ("dimension",),
    "convolution": ("dilations", "strides"),
    "pooling": ("dilations", "strides"),
}
"""By category of a linalg op."""


def op_with_attribute_at_end(lead: str) -> str | None:
    """The op of the line's beginning at whose end the name of an attribute may stand; None where none may."""
    ops = tuple(_OP.finditer(lead))
    if not ops:
        return None
    rest = lead[ops[-1].end() :]
    return ops[-1].group(1) if _IN_DICTIONARY.search(rest) or _AFTER_OPERANDS.search(rest) else None


def asked_for(op: str) -> tuple[str, ...]:
    """The attributes that the op's definition asks for or may take."""
    found = named_ops.lookup(op)
    return _ASKED.get(found.category, ()) if found is not None else ()


def carried(op: str, text: str) -> Iterator[str]:
    """The attributes in the lines of the text's ops of this name."""
    for match in re.finditer(rf"{re.escape(op)}(?![\w$.])([^\n]*)", text):
        yield from _NAME.findall(match.group(1))
