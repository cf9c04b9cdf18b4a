"""What is read of hal ops in a dispatch-level dump: the regions of external dispatches."""

from __future__ import annotations

import re

from dispatch_lens.ir.module import Op

_COMMENT = re.compile(r"//[^\n]*")
_OBJECTS = re.compile(r"ordinal\(\d+\)\s*=\s*\[|=\s*\[\s*#hal\.executable\.object")
"""How the objects of one target begin, in releases that give each an ordinal and in those before."""


def extern_regions(op: Op) -> int:
    """The regions of a `hal.dispatch.extern`, printed or not: the workgroup count's, and one for each target of its objects."""
    if op.name != "hal.dispatch.extern":
        return 0
    text = _COMMENT.sub("", op.text)
    return 1 + len(_OBJECTS.findall(text, text.find("objects(")))
