"""Hover of an op: what it computes, over which iteration space, with how many bytes and operations, and who knows it,
and what its own documentation says, where IREE is installed."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.analysis import cost, kinds, layouts, summaries
from dispatch_lens.compiler import op_docs
from dispatch_lens.features.graph import size
from dispatch_lens.features.hover import map as map_hover
from dispatch_lens.features.hover import reassociation
from dispatch_lens.features.hover.dispatch import grouped
from dispatch_lens.ir import known_ops, linalg, type_sizes
from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op


def markdown(op: Op) -> str:
    """The hover of an op's name."""
    return "\n\n".join(line for line in (f"**`{op.name}`**", *_lines(op)) if line)


def _lines(op: Op) -> Iterator[str]:
    found = linalg.structured(op)
    body = op.regions[0].blocks[0] if op.regions and op.regions[0].blocks else None
    if kinds.op_kind(op) is not None:
        yield summaries.summary((op,), body)
    yield _traffic(op)
    if found is not None:
        yield _space(found)
        yield _operands(found)
        if found.is_pure_transpose:
            yield f"{layouts.words(found.permutation or ())}"
    yield reassociation.of_op(op)
    yield _known(op)
    yield op_docs.introduction(op.name)


def _space(op: StructuredOp) -> str:
    if not op.num_loops:
        return "no loops: a scalar"
    sizes = ("?" if extent is None else str(extent) for extent in op.static_loop_ranges)
    return "loops: " + ", ".join(f"`d{i}` {size} {kind}" for i, (size, kind) in enumerate(zip(sizes, op.iterator_types)))


def _operands(op: StructuredOp) -> str:
    """How each operand is walked: the loops of its dims, in words, and the stride along the innermost loop."""
    if not op.num_loops:
        return ""
    rows = ["| operand | its dims | walked | stride |", "|---|---|---|---|"]
    for i, operand in enumerate(op.operands):
        of = op.map_of(operand)
        if of is None:
            return ""
        role = f"in {i}" if i < len(op.ins) else f"init {i - len(op.ins)}"
        stride = layouts.innermost_stride(op, operand)
        told = map_hover.in_short(of, op, operand)
        rows.append(
            f"| {role} `{operand.value.name}` | `{map_hover.walked_dims(of)}` | {told} | {'?' if stride is None else stride} |"
        )
    return "\n".join(rows)


def _traffic(op: Op) -> str:
    if kinds.op_kind(op) is None or not op.results:
        return ""
    found = linalg.structured(op)
    operands = found.ins if found is not None else op.operands
    read = [type_sizes.bytes_of(type_) if (type_ := linalg.type_of(one)) is not None else None for one in operands]
    total = None if None in read else sum(part for part in read if part is not None)
    written = [cost.value_bytes(result) for result in op.results]
    flops = cost.op_flops(op)
    words = [f"reads {size(total)}", f"writes {size(written[0])}"]
    if flops:
        words.append(f"{grouped(flops)} operations")
    return ", ".join(words)


def _known(op: Op) -> str:
    if known_ops.is_known(op.name):
        versions = known_ops.versions(op.name)
        return "" if len(versions) == 3 else f"known to IREE of {', '.join(versions)} only"
    if not known_ops.is_known_dialect(op.dialect):
        return ""
    near = known_ops.closest(op.name)
    return f"no IREE release that is known here has this op{f'; did you mean `{near}`?' if near else ''}"
