"""Which ops stand in which dispatch: a region dissolved, an op wrapped in one, a region split, an op taken out of one.

They change what the compiler finds formed, never what is computed. They are steps of other rewrites, and for whoever wants to
form dispatches by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from dispatch_lens.analysis import hosts
from dispatch_lens.ir import flow, linalg, tensor, types, uses
from dispatch_lens.ir.flow import DispatchRegion
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import loose, places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.text import Edit


def dissolve(op: Op) -> Outcome:
    """The region's ops take its place, where no formed dispatch reads them."""
    region = flow.dispatch_region(op)
    if region is not None and any(map(loose.would_join, region.yielded, op.results)):
        return Refused(loose.REASON)
    held = next((inner.name for inner in op.walk() if inner.name in _ONLY_INSIDE), None) if region is not None else None
    if held is not None:
        return Refused(f"{_ONLY_INSIDE[held]} compile no `{held}` outside of a dispatch")
    return dissolved(op)


def dissolved(op: Op) -> Outcome:
    """The region's ops take its place, until a later step forms them again."""
    region = flow.dispatch_region(op)
    if region is None:
        return None
    if not regions.is_plain(region) or len(region.body.ops) < 2:
        return Refused(regions.NOT_PLAIN)
    draft = Draft(op.module)
    names = regions.fresh_names(draft, region.body.ops[:-1], op)
    whole = _only_result(region)
    if whole is not None:
        names[whole] = op.results[0].name
    body = regions.lines(region.body.ops[:-1], regions.renaming(names), draft.indent(op))
    for result, inner in zip(op.results, region.yielded):
        if inner is not whole:
            draft.redirect(result, regions.new_name(inner, names))
    draft.replace_range(op.range, body.strip())
    return Applied("write the dispatch's ops in its place", draft.edits())


def wrap(op: Op) -> Outcome:
    """The op becomes a dispatch of its own."""
    if not regions.computes(op) or not op.results or regions.around(op) is not None or _is_in_executable(op):
        return None
    if not regions.fills_a_dispatch([op]):
        return Refused(_PADS_ONLY)
    if not regions.reads_something([op]):
        return Refused(_READS_NOTHING)
    if op.parent is not None and op.parent.name not in _FUNCTIONS:
        return Refused("the op stands inside another op")
    if loose.joins_loose(op):
        return Refused(loose.REASON)
    if _writes_what_it_reads(op):
        return Refused(_IN_PLACE)
    if not all(_is_static(value) for value in op.results):
        return Refused(_DYNAMIC)
    if _SPLIT in op.attributes:
        return Refused(f"a reduction that the compiler is to split (`{_SPLIT}`) does not compile as a formed dispatch")
    draft = Draft(op.module)
    draft.replace_range(op.range, _dispatch_of(op, {}, draft, draft.indent(op)))
    return Applied(f"make a dispatch of `{op.name}`", draft.edits())


def split(op: Op) -> Outcome:
    """The ops in front of this one become a dispatch of their own."""
    region = flow.dispatch_region(op.parent) if op.parent is not None else None
    if region is None or op.is_terminator or not regions.computes(op):
        return None
    first, second = region.body.ops[: op.index], region.body.ops[op.index : -1]
    if not any(map(regions.computes, first)):
        return Refused("no op in front of it would be work for a dispatch")
    if not regions.fills_a_dispatch(first) or not regions.fills_a_dispatch(second):
        return Refused(_PADS_ONLY)
    if not regions.reads_something(first) or not regions.reads_something(second):
        return Refused(_READS_NOTHING)
    if not regions.is_plain(region):
        return Refused(regions.NOT_PLAIN)
    first, second = _with_own_leaves(first, second)
    crossing = _crossing(first, second, region)
    if not all(_is_static(value) for value in crossing):
        return Refused("a value that the second dispatch would read has dynamic sizes, or is no tensor")
    makers = {value.op for value in crossing if value.op is not None}
    if len(makers) > 1 and any(map(tensor.is_relayout, makers)):
        return Refused("the first dispatch would pack or unpack beside other work, which does not compile")
    return _split(region, op, first, second, crossing)


def hoist(op: Op) -> Outcome:
    """The op goes in front of the dispatch that holds it; what computes does so as a dispatch, lest it be loose there."""
    region = flow.dispatch_region(op.parent) if op.parent is not None else None
    if region is None or op.block is not region.body or op.is_terminator or not op.results:
        return None
    if any(region.op.encloses(value.op) for value in uses.read_values(op) if value.op is not None):
        return Refused("it reads what another op of the dispatch makes")
    if op.name in _ONLY_INSIDE:
        return Refused(f"{_ONLY_INSIDE[op.name]} compile no `{op.name}` outside of a dispatch")
    others = [other for other in region.body.ops if other is not op]
    if not any(map(regions.computes, others)):
        return Refused("nothing would be left to do for the dispatch")
    if not regions.fills_a_dispatch(others):
        return Refused(_PADS_ONLY)
    if any(use.op is region.body.ops[-1] for value in op.results for use in value.uses):
        return Refused("the dispatch returns what it makes")
    fills = regions.fills_a_dispatch([op])
    if fills and not regions.reads_something([op]):
        return Refused(_READS_NOTHING)
    if fills and _writes_what_it_reads(op):
        return Refused(_IN_PLACE)
    if fills and not all(_is_static(value) for value in op.results):
        return Refused(_DYNAMIC)
    draft = Draft(op.module)
    names = regions.fresh_names(draft, [op], region.op)
    edits = list(regions.renaming(names))
    text = _dispatch_of(op, names, draft, "") if fills else regions.own_lines(op, edits, "")
    draft.insert_before(region.op, text.rstrip("\n").split("\n"))
    draft.erase(op)
    for edit in edits:
        if not op.range.contains(edit.range.start):
            draft.replace_range(edit.range, edit.text)
    return Applied(f"take `{op.name}` out of the dispatch", draft.edits())


def _dispatch_of(op: Op, outer: dict[Value, str], draft: Draft, indent: str) -> str:
    """A region that holds the op alone and gives its results under the names `outer`, or their own."""
    inner = {name: draft.number() for name in dict.fromkeys(value.name for value in op.results)}
    names = {value: inner[value.name] for value in op.results}
    body = regions.own_lines(op, regions.renaming(names), indent + "  ")
    results = regions.own_lines(op, regions.renaming(outer), "").partition("=")[0].rstrip()
    given = [regions.new_name(value, names) for value in op.results]
    return regions.text(results, regions.types_of(op), body, given, indent)


def _split(region: DispatchRegion, at: Op, first: Sequence[Op], second: Sequence[Op], crossing: Sequence[Value]) -> Outcome:
    op = region.op
    draft = Draft(op.module)
    indent = draft.indent(op)
    group = draft.number()
    outer = {value: f"{group}#{i}" if len(crossing) > 1 else group for i, value in enumerate(crossing)}
    kept = [(result, inner) for result, inner in zip(op.results, region.yielded) if inner not in outer]
    if not kept:
        return Refused("the ops behind it make nothing that the dispatch returns")
    for result, inner in zip(op.results, region.yielded):
        if inner in outer:
            draft.redirect(result, outer[inner])
    results = _kept_names(draft, op, [result for result, _ in kept])
    head = f"{group}:{len(crossing)}" if len(crossing) > 1 else group
    kinds = [str(value.type) for value in crossing]
    given = [places.spelled(value) for value in crossing]
    one = regions.text(head, kinds, _lines(first, (), indent + "  "), given, indent)
    left = [str(result.type) for result, _ in kept]
    reads = [Edit(use.range, name) for value, name in outer.items() for use in value.uses]
    body = _lines(second, reads, indent + "  ")
    two = regions.text(results, left, body, [places.spelled(inner) for _, inner in kept], indent)
    draft.replace_range(op.range, f"{one}\n{indent}{two}")
    return Applied(f"make two dispatches, the second from `{at.name}` on", draft.edits())


def _with_own_leaves(first: Sequence[Op], second: Sequence[Op]) -> tuple[Sequence[Op], Sequence[Op]]:
    """Empty tensors, fills and scalars stand in each of the two that reads them: no dispatch makes them for another."""
    own = list(second)
    for op in reversed(first):
        if not regions.computes(op) and any(use.op in own or _stands_in(use.op, own) for use in _uses(op)):
            own.insert(0, op)
    moved = [op for op in own if op in first and all(use.op in own or _stands_in(use.op, second) for use in _uses(op))]
    return [op for op in first if op not in moved], own


def _uses(op: Op) -> list[Operand]:
    return [use for value in op.results for use in value.uses]


def _stands_in(op: Op, ops: Sequence[Op]) -> bool:
    return any(each.encloses(op) for each in ops)


def _lines(ops: Sequence[Op], edits: Sequence[Edit], indent: str) -> str:
    """The text of the ops, with the comments between them where they are neighbours."""
    if all(after.index == before.index + 1 for before, after in pairwise(ops)):
        return regions.lines(ops, edits, indent)
    return "".join(regions.own_lines(op, edits, indent) for op in ops)


def _crossing(first: Sequence[Op], second: Sequence[Op], region: DispatchRegion) -> list[Value]:
    """What the first ops make and the second, or the region's results, need."""
    inside = {value for op in first for value in op.results}
    own = {value for op in second for value in op.results}
    read = [value for op in second for value in uses.read_values(op) if value in inside - own]
    return list(dict.fromkeys([*read, *(value for value in region.yielded if value in inside)]))


def _kept_names(draft: Draft, op: Op, kept: Sequence[Value]) -> str:
    """How the results that are left are defined: as they were where all are."""
    if len(kept) == len(op.results):
        return _results(op)
    name = draft.fresh(op.results[0].name[1:])
    for i, value in enumerate(kept):
        draft.redirect(value, f"{name}#{i}" if len(kept) > 1 else name)
    return f"{name}:{len(kept)}" if len(kept) > 1 else name


def _results(op: Op) -> str:
    """The text in front of `=`."""
    return op.module.text[op.range.start : op.name_range.start].rstrip().removesuffix("=").rstrip()


def _only_result(region: DispatchRegion) -> Value | None:
    """What an op inside makes as its only result and the region returns as its own: it may take the region's name."""
    inner = region.yielded[0] if len(region.yielded) == 1 else None
    if inner is None or inner.op is None or inner.op.block is not region.body or len(inner.op.results) != 1:
        return None
    return inner if inner.member is None and region.op.results[0].member is None else None


def _is_in_executable(op: Op) -> bool:
    """Whether the op stands in a dispatch that is a function already."""
    return any(around.name.endswith(".executable") or hosts.is_dispatch_function(around) for around in op.ancestors())


def _writes_what_it_reads(op: Op) -> bool:
    found = linalg.structured(op)
    return found is not None and bool({use.value for use in found.ins} & {use.value for use in found.inits})


def _is_static(value: Value) -> bool:
    kind = value.type
    return isinstance(kind, types.TensorType) and kind.shape is not None and None not in kind.shape


_DYNAMIC = "the results have dynamic sizes, which the region would have to be told"
_PADS_ONLY = "3.1 compiles no dispatch that only pads for a CPU"
_READS_NOTHING = "it reads nothing: up to 3.1 a dispatch of such an op was seen to crash where it runs"
_IN_PLACE = "it writes into what it reads: from 3.1 on that was seen not to compile as a dispatch"
_SPLIT = "iree_linalg_ext.split_reduction"
_ONLY_INSIDE = {"linalg.map": "releases up to 3.1", "scf.forall": "all releases that were tried"}
_FUNCTIONS = ("func.func", "util.func", "util.initializer")

DISSOLVE = Rewrite("dissolve-dispatch", "Write the dispatch's ops in its place", Aim.OTHER_FORM, dissolve)
WRAP = Rewrite("wrap-in-dispatch", "Make a dispatch of the op", Aim.OTHER_FORM, wrap)
SPLIT = Rewrite("split-dispatch", "Begin another dispatch at this op", Aim.OTHER_FORM, split)
HOIST = Rewrite("hoist-op", "Take the op out of the dispatch", Aim.OTHER_FORM, hoist)
