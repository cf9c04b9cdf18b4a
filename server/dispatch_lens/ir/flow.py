"""Views of dispatches: `flow.dispatch.region`, `.workgroups`, call sites, and the loads and stores inside a dispatch.

`flow.dispatch.tensor.load` and `iree_tensor_ext.dispatch.tensor.load` meet in one view, and so do their types. Call
sites are those of flow and, once dispatches are scheduled, of stream. Each function answers None for another op.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import index_lists, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.syntax.tree import Group, Leaf

Access: TypeAlias = Literal["readonly", "writeonly", "readwrite"]
SymbolPath: TypeAlias = tuple[str, ...]
"""`@executable::@entry`, with the variant between them in stream."""
CALL_SITES = ("flow.dispatch", "stream.async.dispatch", "stream.cmd.dispatch")
DISPATCHES = ("flow.dispatch.region", "flow.dispatch.workgroups", *CALL_SITES)
"""The ops that are a dispatch where they stand."""


@dataclass(frozen=True, eq=False)
class DispatchRegion:
    """`flow.dispatch.region`: it reads values around it as they are; result i is `yielded[i]` of its body."""

    op: Op
    body: Block
    yielded: tuple[Value, ...]


@dataclass(frozen=True, eq=False)
class DispatchWorkgroups:
    """`flow.dispatch.workgroups`: body argument i is operand i of `arguments`; then one for each untied result."""

    op: Op
    body: Block
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, eq=False)
class DispatchSite:
    """A call of an executable; `entry_points` has more than one path where the call chooses between variants."""

    op: Op
    entry_points: tuple[SymbolPath, ...]
    arguments: tuple[Operand, ...]

    @property
    def executable(self) -> str:
        return self.entry_points[0][0]

    @property
    def entry(self) -> str:
        return self.entry_points[0][-1]


@dataclass(frozen=True, eq=False)
class DispatchTensorLoad:
    """A load of a slice of a dispatch's input into a tensor."""

    op: Op
    source: Operand
    offsets: tuple[Size, ...]
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]
    access: Access | None
    tensor: types.TensorType | None


@dataclass(frozen=True, eq=False)
class DispatchTensorStore:
    """A store of `value` into a slice of a dispatch's output."""

    op: Op
    value: Operand
    target: Operand
    offsets: tuple[Size, ...]
    sizes: tuple[Size, ...]
    strides: tuple[Size, ...]
    access: Access | None
    tensor: types.TensorType | None


@dataclass(frozen=True, slots=True)
class DispatchTensorType:
    """`!iree_tensor_ext.dispatch.tensor<access:tensor>`, or the flow spelling of before 3.5."""

    access: Access
    tensor: types.TensorType


def is_dispatch(op: Op) -> bool:
    return op.name in DISPATCHES


def is_dispatch_region(op: Op) -> bool:
    return op.name == "flow.dispatch.region"


def dispatch_region(op: Op) -> DispatchRegion | None:
    """The op as a `flow.dispatch.region`. Memoised."""
    return op.once(_dispatch_region) if is_dispatch_region(op) else None


def _dispatch_region(op: Op) -> DispatchRegion | None:
    body = _body(op, "flow.dispatch.region")
    if body is None:
        return None
    last = body.ops[-1] if body.ops else None
    returns = last is not None and last.name == "flow.return"
    return DispatchRegion(op, body, tuple(o.value for o in last.operands) if last is not None and returns else ())


def dispatch_workgroups(op: Op) -> DispatchWorkgroups | None:
    """The op as a `flow.dispatch.workgroups`."""
    body = _body(op, "flow.dispatch.workgroups")
    if body is None:
        return None
    return DispatchWorkgroups(op, body, _arguments(op))


def dispatch_site(op: Op) -> DispatchSite | None:
    """The op as a call of an executable: `flow.dispatch`, `stream.async.dispatch`, `stream.cmd.dispatch`."""
    if op.name not in CALL_SITES:
        return None
    paths = _entry_points(op)
    return DispatchSite(op, paths, _arguments(op)) if paths else None


def tensor_load(op: Op) -> DispatchTensorLoad | None:
    """The op as a `dispatch.tensor.load` of either dialect."""
    lists = _slice(op, 2) if op.name in _LOADS else None
    if lists is None or not op.operands:
        return None
    access, tensor = _access(op.operands[0])
    return DispatchTensorLoad(op, op.operands[0], *lists, access, tensor)


def tensor_store(op: Op) -> DispatchTensorStore | None:
    """The op as a `dispatch.tensor.store` of either dialect."""
    lists = _slice(op, 3) if op.name in _STORES else None
    if lists is None or len(op.operands) < 2:
        return None
    access, tensor = _access(op.operands[1])
    return DispatchTensorStore(op, op.operands[0], op.operands[1], *lists, access, tensor)


def dispatch_tensor(of: types.Type | None) -> DispatchTensorType | None:
    """The type as a dispatch tensor, of either dialect."""
    if not isinstance(of, types.DialectType) or of.name != "dispatch.tensor" or of.body is None:
        return None
    access = of.body.partition(":")[0]
    inner = types.shaped(of)
    if access not in ("readonly", "writeonly", "readwrite") or not isinstance(inner, types.TensorType):
        return None
    return DispatchTensorType(access, inner)


def tensor_kind(op: Op) -> str | None:
    """`update` for `flow.tensor.update`, and so on for the ops that work on whole tensors outside a dispatch."""
    prefix, _, kind = op.name.rpartition(".")
    return kind if prefix == "flow.tensor" else None


def is_copy(op: Op) -> bool:
    """Whether the op moves a tensor's bytes outside any dispatch."""
    return tensor_kind(op) in ("update", "clone", "slice", "transfer")


_LOADS = ("flow.dispatch.tensor.load", "iree_tensor_ext.dispatch.tensor.load")
_STORES = ("flow.dispatch.tensor.store", "iree_tensor_ext.dispatch.tensor.store")
_Lists: TypeAlias = tuple[tuple[Size, ...], tuple[Size, ...], tuple[Size, ...]]


def _body(op: Op, name: str) -> Block | None:
    """The block of an op of this name, if it has one."""
    return op.regions[0].blocks[0] if op.name == name and op.regions and op.regions[0].blocks else None


def _arguments(op: Op) -> tuple[Operand, ...]:
    """The operands in the first parentheses, or of the second segment: workload, arguments, their dims, result dims."""
    segments = index_lists.segments(op)
    if segments is not None and len(segments) == 4:
        return segments[1]
    group = next((i for i in op.shape.items if isinstance(i, Group) and i.kind == "paren"), None)
    if group is None:
        return ()
    return tuple(op.operands[i] for i in op.shape.uses_in(group))


def _entry_points(op: Op) -> tuple[SymbolPath, ...]:
    stated = op.attributes.get("entry_points")
    if isinstance(stated, attrs.ArrayAttr):
        return tuple((e.root, *e.nested) for e in stated.elements if isinstance(e, attrs.SymbolRefAttr))
    items = op.shape.items
    first = items[0] if items else None
    if isinstance(first, Group) and first.kind == "brace":
        items = first.items
    return tuple(_symbol_paths(op, items))


def _symbol_paths(op: Op, items: tuple[Leaf | Group, ...]) -> Iterator[SymbolPath]:
    """The symbols that stand before the first group, those joined by `::` in one path."""
    path: list[str] = []
    joined = False
    for item in items:
        if isinstance(item, Group) or item.kind in ("USE", "COLON"):
            break
        if item.kind == "SYMBOL":
            if path and not joined:
                yield tuple(path)
                path = []
            path.append(op.head.text(item).lstrip("@").strip('"'))
        joined = item.text == "::"
    if path:
        yield tuple(path)


def _slice(op: Op, before: int) -> _Lists | None:
    """Offsets, sizes, strides; `before` counts the operand segments before them."""
    segments = index_lists.segments(op)
    if segments is not None and len(segments) == before + 3:
        names = ("static_offsets", "static_sizes", "static_strides")
        found = [index_lists.mixed(op, name, segment) for name, segment in zip(names, segments[before:])]
    else:
        found = [index_lists.clause(op, word) for word in ("offsets", "sizes", "strides")]
    known = [entry for entry in found if entry is not None]
    return (known[0], known[1], known[2]) if len(known) == 3 else None


def _access(operand: Operand) -> tuple[Access | None, types.TensorType | None]:
    found = dispatch_tensor(operand.op.operand_type(operand.index)) or dispatch_tensor(operand.value.type)
    return (found.access, found.tensor) if found is not None else (None, None)
