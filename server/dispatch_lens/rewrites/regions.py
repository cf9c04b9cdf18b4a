"""`flow.dispatch.region` as rewrites see and print it: the plain form, without workload, count or dynamic results."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from dispatch_lens.ir import flow, linalg, tensor, uses
from dispatch_lens.ir.flow import DispatchRegion
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import places
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.text import Edit, Range, apply_edits

NOT_PLAIN = "a region has a workload, a count, or results of dynamic sizes"


def around(op: Op) -> DispatchRegion | None:
    """The region that the op is, or that it stands in."""
    found = (flow.dispatch_region(each) for each in (op, *op.ancestors()))
    return next((region for region in found if region is not None), None)


def is_plain(region: DispatchRegion) -> bool:
    kinds = [item.kind for item in region.op.shape.items]
    body = region.body.ops
    return (
        kinds == ["ARROW", "paren", "REGION"]
        and len(region.op.results) == len(region.yielded) == len(types_of(region.op))
        and "{" not in region.op.head.text(region.op.shape.items[1])
        and bool(body)
        and body[-1].name == "flow.return"
    )


def types_of(op: Op) -> list[str]:
    return [str(type_) for type_ in op.result_types if type_ is not None]


def computes(op: Op) -> bool:
    """Whether the op is work of a dispatch: not an empty tensor, a fill or a scalar."""
    found = linalg.structured(op)
    return (found is not None and found.category != "fill") or tensor.pad(op) is not None or tensor.is_relayout(op)


def fills_a_dispatch(ops: Iterable[Op]) -> bool:
    """Whether the ops are work that back ends make a dispatch of: 3.1 was seen to take none for a CPU that only pads."""
    return any(computes(op) and tensor.pad(op) is None for op in ops)


def reads_something(ops: Sequence[Op]) -> bool:
    """Whether the ops read a tensor from outside, or a scalar that is no constant.

    Up to 3.1 a dispatch that reads neither was seen to crash where it runs.
    """
    made = {value for op in ops for value in op.results}
    return any(value not in made and _is_given(value) for op in ops for value in uses.read_values(op))


def _is_given(value: Value) -> bool:
    """Whether a dispatch that reads the value must be handed something: leaves are made inside of it."""
    if value.op is None or not tensor.is_leaf(value.op):
        return True
    return any(map(_is_given, uses.read_values(value.op)))


def defined(op: Op) -> list[Value]:
    """The values that the ops and blocks inside the op define."""
    found: list[Value] = []
    for inner in op.walk():
        found += inner.results if inner is not op else ()
        found += [argument for region in inner.regions for block in region.blocks for argument in block.arguments]
    return found


def fresh_names(draft: Draft, ops: Iterable[Op], apart_from: Op) -> dict[Value, str]:
    """New names for what the ops make where the text outside `apart_from` has the old ones too."""
    text = draft.module.text
    outside = draft.names_in(text[: apart_from.range.start]) | draft.names_in(text[apart_from.range.end :])
    fresh: dict[str, str] = {}
    values = [value for op in ops for value in op.results if value.name in outside]
    for value in values:
        if value.name not in fresh:
            fresh[value.name] = draft.fresh(value.name[1:])
    return {value: fresh[value.name] for value in values}


def fresh_inside(draft: Draft, ops: Iterable[Op], at: Op) -> dict[Value, str]:
    """New names for what regions of the ops define, where the function around `at` has the old ones too."""
    function = places.definition_around(at)
    taken = draft.names_in(function.text if function is not None else draft.module.text)
    groups: dict[tuple[Op | Block | None, str], list[Value]] = {}
    for value in (value for op in ops for value in defined(op) if value.name in taken):
        groups.setdefault((value.op or value.block, value.name), []).append(value)
    fresh = {key: draft.fresh(key[1][1:]) for key in groups}
    return {value: fresh[key] for key, values in groups.items() for value in values}


def renamed(draft: Draft, body: str, source: Op, at: Op) -> str:
    """The text of a region of `source` as it may stand at a later op, where its own names may mean something else."""
    taken = {value.name for value in defined(source)} & places.named_between(source, at) if source is not at else set[str]()
    fresh = {name: draft.fresh(name[1:]) for name in sorted(taken)}
    return draft.renamed(body, fresh)


def renaming(names: dict[Value, str]) -> Iterator[Edit]:
    """Edits of the definitions and of all uses of the values."""
    seen: set[Range] = set()
    for value, name in names.items():
        for place in (value.range, *(use.range for use in value.uses)):
            spot = Range(place.start, place.start + len(value.name))
            if spot not in seen:
                seen.add(spot)
                yield Edit(spot, name)


def new_name(value: Value, names: dict[Value, str]) -> str:
    """The value as a use of it is written once it has its new name."""
    old = places.spelled(value)
    return old if value not in names else names[value] + old[len(value.name) :]


def lines(ops: Sequence[Op], edits: Iterable[Edit], indent: str) -> str:
    """The text of neighbouring ops with the comments before and between them, edited, each line moved to `indent`."""
    return _moved(ops[0].module.text, Range(_start(ops[0]), ops[-1].range.end), edits, indent)


def own_lines(op: Op, edits: Iterable[Edit], indent: str) -> str:
    """The op's text, edited, each line moved to `indent`."""
    text = op.module.text
    return _moved(text, Range(text.rfind("\n", 0, op.range.start) + 1, op.range.end), edits, indent)


def _moved(text: str, place: Range, edits: Iterable[Edit], indent: str) -> str:
    start, end = place
    inside = [Edit(edit.range.shift(-start), edit.text) for edit in edits if start <= edit.range.start < end]
    found = apply_edits(text[start:end], inside).lstrip("\n").split("\n")
    old = min((len(line) - len(line.lstrip()) for line in found if line.strip()), default=0)
    return "".join(f"{indent}{line[old:]}\n" if line.strip() else "\n" for line in found)


def text(results: str, kinds: Sequence[str], body: str, returned: Sequence[str], indent: str) -> str:
    """A region as it is printed, without the indentation of its first line; `body` is whole lines."""
    types = ", ".join(kinds)
    return (
        f"{results} = flow.dispatch.region -> ({types}) {{\n{body}"
        f"{indent}  flow.return {', '.join(returned)} : {types}\n{indent}}}"
    )


def _start(op: Op) -> int:
    """Where the op's line begins, or the comments right above it."""
    block = op.block
    if block is None or (not op.index and block.arguments):
        return op.range.start
    before = block.ops[op.index - 1].range.end if op.index else block.region.range.start + 1
    return op.module.text.find("\n", before, op.range.start) + 1 or op.range.start
