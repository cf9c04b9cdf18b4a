"""Which pieces of work of one function hand tensors to each other, and what stands between them.

A piece of work is a dispatch region of the text, a group that formation makes, or an op that is in no group: one that is
cloned into its readers, one that moves data, a call. All else is looked through and kept as the way between two pieces.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from dispatch_lens.analysis import symbols
from dispatch_lens.analysis.fusion.formation import Formation
from dispatch_lens.analysis.fusion.iteration import iteration
from dispatch_lens.ir import flow, tensor, types, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value

Kind = Literal["region", "group", "cloned", "mover", "call"]


@dataclass(frozen=True, eq=False)
class Piece:
    """One piece of work. `op` is the region, the group's root or the op itself; `members` are the ops that do the work."""

    kind: Kind
    op: Op
    members: tuple[Op, ...]


@dataclass(frozen=True, eq=False)
class Edge:
    """A tensor from one piece to another: the op that makes it, the use that reads it, and the ops on the way.

    `reader` is the member of the consumer that holds the use: its owner, or the op whose body reads the value.
    """

    producer: Piece
    consumer: Piece
    maker: Op
    use: Operand
    reader: Op
    via: tuple[Op, ...]


@dataclass(frozen=True, eq=False)
class Neighbourhood:
    """The pieces of one function in text order, and the edges between them."""

    function: Op
    pieces: tuple[Piece, ...]
    edges: tuple[Edge, ...]

    @cached_property
    def piece_by_member(self) -> Mapping[Op, Piece]:
        return {member: piece for piece in self.pieces for member in (piece.op, *piece.members)}

    @cached_property
    def edges_from(self) -> Mapping[Piece, tuple[Edge, ...]]:
        """The edges by the piece that makes the tensor."""
        found: dict[Piece, list[Edge]] = {}
        for edge in self.edges:
            found.setdefault(edge.producer, []).append(edge)
        return {piece: tuple(edges) for piece, edges in found.items()}

    @cached_property
    def readers(self) -> frozenset[Piece]:
        """The pieces that read what others make."""
        return frozenset(edge.consumer for edge in self.edges)

    def piece_of(self, op: Op | None) -> Piece | None:
        """The piece that the op belongs to, itself or by an op around it."""
        while op is not None:
            if op in self.piece_by_member:
                return self.piece_by_member[op]
            op = op.parent
        return None


def neighbourhood(function: Op, formation: Formation) -> Neighbourhood:
    """The pieces of a function's text as it stands, with these groups."""
    pieces = tuple(_pieces(function, formation))
    found = Neighbourhood(function, pieces, ())
    return Neighbourhood(function, pieces, tuple(edge for piece in pieces for edge in _edges(piece, found)))


_MOVERS = frozenset({"tensor.insert_slice", "tensor.concat", "tensor.pad", "flow.tensor.update"})
_NO_WORK = frozenset({"linalg.fill", "linalg.yield", "linalg.index"})


def _pieces(function: Op, formation: Formation) -> Iterator[Piece]:
    group_of = {member: group for group in formation.groups for member in group.members}
    for op in _outside_work(function):
        group = group_of.get(op)
        if group is not None:
            if op is group.members[0]:
                yield Piece("group", group.root, group.members)
        elif (kind := _kind(op)) is not None:
            region = flow.dispatch_region(op)
            yield Piece(kind, op, region.body.ops if region is not None else (op,))


def _outside_work(op: Op) -> Iterator[Op]:
    """The ops below, but for those inside a dispatch or a structured op's body."""
    for inner in (inner for region in op.regions for block in region.blocks for inner in block.ops):
        yield inner
        if inner.dialect in ("scf", "cf"):
            yield from _outside_work(inner)


def _kind(op: Op) -> Kind | None:
    if op.name == "flow.dispatch.region":
        return "region"
    if op.name in symbols.CALLED:
        return "call"
    if op.name in _MOVERS:
        return "mover"
    does_work = op.dialect in ("linalg", "iree_linalg_ext") and op.name not in _NO_WORK
    return "cloned" if does_work and iteration(op) is not None else None


def _edges(piece: Piece, found: Neighbourhood) -> Iterator[Edge]:
    seen: set[tuple[Op, Op]] = set()
    for maker, value in _made(piece):
        for use, via in _uses(value, ()):
            consumer = found.piece_of(use.op)
            if consumer is None or consumer is piece:
                continue
            reader = _reader(use, consumer)
            if reader is not None and (maker, reader) not in seen:
                seen.add((maker, reader))
                yield Edge(piece, consumer, maker, use, reader, via)


def _made(piece: Piece) -> Iterator[tuple[Op, Value]]:
    """The values that leave the piece, each with the op that makes it."""
    region = flow.dispatch_region(piece.op) if piece.kind == "region" else None
    if region is None:
        for member in piece.members:
            yield from ((member, result) for result in member.results)
        return
    for result, yielded in zip(piece.op.results, region.yielded):
        yield (uses.before(yielded, uses.is_view_like).op or piece.op), result


def _uses(value: Value, via: tuple[Op, ...]) -> Iterator[tuple[Operand, tuple[Op, ...]]]:
    """The uses by pieces of work, through what only hands the tensor on."""
    for use in value.uses:
        op = use.op
        if op.name == "tensor.dim" or op in via or len(via) >= _FARTHEST:
            continue
        handed = tuple(_handed_on(use))
        if not handed:
            yield use, via
        for other in handed:
            yield from _uses(other, (*via, op))


_FARTHEST = 12


def _handed_on(use: Operand) -> Iterator[Value]:
    """The values that hold the tensor, or a part of it, after an op that is no work."""
    op = use.op
    if op.name == "scf.yield" and op.parent is not None:
        yield from op.parent.results[use.index : use.index + 1]
    elif op.name == "scf.for" and op.regions and op.regions[0].blocks:
        yield from _loop_argument(use)
    elif _passes_on(op):
        yield from (result for result in op.results if isinstance(result.type, types.TensorType))


def _passes_on(op: Op) -> bool:
    is_work = op.dialect in ("linalg", "iree_linalg_ext") or op.name in _MOVERS or tensor.is_relayout(op)
    if is_work or op.name in symbols.CALLED or op.regions:
        return False
    return uses.is_view_like(op) or op.dialect in ("tensor", "flow", "iree_tensor_ext", "util", "hal")


def _loop_argument(use: Operand) -> Iterator[Value]:
    """The argument of a loop's body that carries an initial value: the last operands are the initial ones."""
    arguments = use.op.regions[0].blocks[0].arguments[1:]
    place = use.index - (len(use.op.operands) - len(arguments))
    if 0 <= place < len(arguments):
        yield arguments[place]


def _reader(use: Operand, consumer: Piece) -> Op | None:
    """The consumer's op that reads the tensor; inside a formed region, the first that computes with it."""
    if consumer.kind != "region":
        around: Op | None = use.op
        while around is not None and around not in consumer.members:
            around = around.parent
        return around
    pending = [use.op]
    while pending:
        op = pending.pop(0)
        if op.is_terminator:
            continue
        if not uses.is_view_like(op) and op.name not in ("tensor.extract_slice", "tensor.cast"):
            return _member_of(op, consumer)
        pending += [later.op for result in op.results for later in result.uses]
    return None


def _member_of(op: Op, region: Piece) -> Op:
    while op.parent is not None and op.parent is not region.op:
        op = op.parent
    return op
