"""Write the ops of an outlined dispatch in the place of its call: loads become the call's operands, stores its results.

Only where every load and store is of a whole tensor, and no result shares an operand's memory.
"""

from __future__ import annotations

from dispatch_lens.ir import flow
from dispatch_lens.ir.flow import DispatchSite
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Block, Module, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import loose, places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_ORDINALS = ("flow.dispatch.workload.ordinal", "iree_tensor_ext.dispatch.workload.ordinal")
_TIE = "flow.dispatch.tie_shape"


def apply(op: Op) -> Outcome:
    site = flow.dispatch_site(op)
    body = _body(op.module, site) if site is not None else None
    if site is None:
        return None
    if body is None or op.name != "flow.dispatch":
        return Refused("what it runs is not in the text")
    draft = Draft(op.module)
    found = _inlined(draft, site, body)
    if isinstance(found, Refused):
        return found
    draft.replace(op, found)
    return Applied("write the dispatch's ops in the place of its call", draft.edits())


def _inlined(draft: Draft, site: DispatchSite, body: Block) -> str | Refused:
    op = site.op
    names: dict[Value, str] = {}
    for argument, operand in zip(body.arguments, site.arguments):
        names[argument] = places.spelled(operand.value)
    stored: dict[int, Value] = {}
    kept: list[Op] = []
    for inner in body.ops[:-1]:
        load, store = flow.tensor_load(inner), flow.tensor_store(inner)
        part = load or store
        if part is not None and not _is_whole(part):
            return Refused("a part of a tensor is loaded or stored")
        if load is not None or inner.name in _ORDINALS:
            names[inner.results[0]] = names.get(_argument(inner.operands[0].value), "")
        elif store is not None:
            stored[_argument(store.target.value).index - len(site.arguments)] = store.value.value
        elif inner.name != _TIE:
            kept.append(inner)
    if sorted(stored) != list(range(len(op.results))) or "" in names.values():
        return Refused("a result shares the memory of an operand, or is not stored")
    if any(loose.would_join(stored[k], result) for k, result in enumerate(op.results)):
        return Refused(loose.REASON)
    names |= {value: draft.fresh(value.name[1:]) for inner in kept for value in inner.results if value.member in (None, 0)}
    names |= {value: names[inner.results[0]] for inner in kept for value in inner.results}
    names |= regions.fresh_inside(draft, kept, op)
    for k, result in enumerate(op.results):
        draft.redirect(result, regions.new_name(stored[k], names))
    indent = draft.indent(op)
    return "".join(regions.own_lines(inner, regions.renaming(names), indent) for inner in kept).strip()


def _argument(value: Value) -> Value:
    """The argument of the body that the value is, with or without the sizes of its dims."""
    return value.op.operands[0].value if value.op is not None and value.op.name == _TIE else value


def _body(module: Module, site: DispatchSite) -> Block | None:
    executable = next((op for op in module.walk() if op.name == "flow.executable" and op.symbol == site.executable), None)
    functions = (op for op in (executable.walk() if executable is not None else ()) if op.name == "func.func")
    function = next((op for op in functions if op.symbol == site.entry), None)
    blocks = function.regions[0].blocks if function is not None and function.regions else ()
    return blocks[0] if len(blocks) == 1 else None


def _is_whole(of: flow.DispatchTensorLoad | flow.DispatchTensorStore) -> bool:
    shape = of.tensor.shape if of.tensor is not None else None
    return (
        shape is not None
        and all(offset == 0 for offset in of.offsets)
        and all(stride == 1 for stride in of.strides)
        and len(of.sizes) == len(shape)
        and all(_is_dim(size, dim) for size, dim in zip(of.sizes, shape))
    )


def _is_dim(size: Size, dim: int | None) -> bool:
    """A size that is a value is taken for the dynamic dim that it stands for."""
    return dim is None if isinstance(size, Value) else size == dim


REWRITE = Rewrite("inline-dispatch", "Write the dispatch's ops in the place of its call", Aim.OTHER_FORM, apply)
