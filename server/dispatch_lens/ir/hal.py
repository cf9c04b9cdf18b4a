"""Views of hal ops in a dispatch-level dump: interface bindings, and the regions of external dispatches."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import flow, index_lists, types
from dispatch_lens.ir.module import Op, Value
from dispatch_lens.syntax.tree import Group

_OBJECTS = re.compile(r"=\s*\[\s*#hal\.executable\.object")


@dataclass(frozen=True, eq=False)
class Binding:
    """`hal.interface.binding.subspan`, in the spelling of set and binding (until 2024-08) or of layout and binding.

    `offset` is in bytes, None where the op states none. `is_read_only` says what the flags say.
    """

    op: Op
    set: int
    binding: int
    offset: Value | None
    is_read_only: bool
    type: types.Type | None

    @property
    def dispatch_tensor(self) -> flow.DispatchTensorType | None:
        """The binding's type as a dispatch tensor, with its access."""
        return flow.dispatch_tensor(self.type)


def binding(op: Op) -> Binding | None:
    """The op as an interface binding."""
    if op.name != "hal.interface.binding.subspan":
        return None
    number = _number(op, "binding")
    if number is None:
        return None
    offset = index_lists.in_parens(op, "offset")
    segments = index_lists.segments(op)
    if segments is not None:
        offset = segments[0]
    read_only = "ReadOnly" in (index_lists.text_in_parens(op, "flags") or str(op.attributes.get("descriptor_flags")))
    return Binding(op, _number(op, "set") or 0, number, offset[0].value if offset else None, read_only, op.result_type(0))


def extern_regions(op: Op) -> int:
    """The regions of a `hal.dispatch.extern`, printed or not: the workgroup count's, and one for each target of its objects."""
    if op.name != "hal.dispatch.extern":
        return 0
    return 1 + len(_OBJECTS.findall(op.text, op.text.find("objects(")))


def _number(op: Op, word: str) -> int | None:
    """The number of `word(0)` in the clauses, or of the attribute of the generic form."""
    stated = op.attributes.get(word)
    if isinstance(stated, attrs.IntegerAttr):
        return stated.value
    has_clause = any(isinstance(item, Group) for item in op.shape.items)
    return index_lists.number_in_parens(op, word) if has_clause else None
