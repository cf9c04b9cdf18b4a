"""One block as dispatch formation sees it: the ops in order, and which of them a use deeper inside belongs to."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from dispatch_lens.ir import uses
from dispatch_lens.ir.module import Block, Op, Region
from dispatch_lens.ir.types import TensorType
from dispatch_lens.ir.value import Operand, Value

_OF_ROOTS = frozenset({"linalg", "iree_linalg_ext", "iree_encoding", "tensor"})


def scopes(region: Region) -> tuple[Scope, ...]:
    """The region's blocks. They are kept, for formation is asked more than once, with this option and that."""
    return region.op.once(_scopes)[region.index]


class Scope:
    """A block's ops by position, with what each reads: its operands and the values that its regions capture."""

    def __init__(self, block: Block) -> None:
        self.block = block
        self.ops = block.ops
        self._producers: dict[Op, tuple[Op, ...]] = {}

    @cached_property
    def candidates(self) -> tuple[Op, ...]:
        """The ops that may be roots, and those that may hold some, from the last to the first."""
        return tuple(op for op in reversed(self.ops) if op.dialect in _OF_ROOTS or op.dialect == "scf")

    @cached_property
    def positions(self) -> dict[Op, int]:
        return {op: position for position, op in enumerate(self.ops)}

    def position(self, op: Op) -> int:
        return self.positions[op]

    def holds(self, op: Op | None) -> bool:
        return op is not None and op.block is self.block

    def ancestor(self, op: Op) -> Op | None:
        """The op of this block that is `op` or holds it. Block::findAncestorOpInBlock."""
        return uses.ancestor_in(self.block, op)

    def producers(self, op: Op) -> tuple[Op, ...]:
        """The ops of this block whose results the op, or an op inside it, reads."""
        known = self._producers.get(op)
        if known is None:
            found = (value.op for value in reads(op))
            known = tuple(dict.fromkeys(p for p in found if p is not None and p.block is self.block))
            self._producers[op] = known
        return known

    def users(self, op: Op) -> Iterator[Op]:
        """The ops of this block that read a result of the op, themselves or by an op inside them."""
        for use in uses_of(op):
            user = self.ancestor(use.op)
            if user is not None:
                yield user


def uses_of(op: Op) -> tuple[Operand, ...]:
    """All uses of the results, as MLIR's use lists have them after parsing: by result, the newest use first. Memoised."""
    return op.once(_uses_of)


def reads(op: Op) -> tuple[Value, ...]:
    """The values that the op reads: its operands, then what its regions use and do not define."""
    return tuple(operand.value for operand in op.operands) + captured(op)


def captured(op: Op) -> tuple[Value, ...]:
    """The values that the op's regions use and that are defined above it. visitUsedValuesDefinedAbove, memoised."""
    return op.once(_captured) if op.regions else ()


def tensor_producers(op: Op) -> frozenset[Op]:
    """The ops whose tensors the op reads, but for fills and empty ones. Memoised."""
    return op.once(_tensor_producers)


def _tensor_producers(op: Op) -> frozenset[Op]:
    made = ((value.op, value.type) for value in reads(op) if value.op is not None and value.op.name not in _WITHOUT_DATA)
    return frozenset(producer for producer, type_ in made if isinstance(type_, TensorType) and type_.shape is not None)


_WITHOUT_DATA = ("linalg.fill", "tensor.empty")


def _uses_of(op: Op) -> tuple[Operand, ...]:
    return tuple([use for result in op.results for use in reversed(result.uses)])


def _scopes(op: Op) -> tuple[tuple[Scope, ...], ...]:
    return tuple(tuple(Scope(block) for block in region.blocks) for region in op.regions)


def _captured(op: Op) -> tuple[Value, ...]:
    return tuple(value for value in uses.read_inside(op) if not value.is_free)
