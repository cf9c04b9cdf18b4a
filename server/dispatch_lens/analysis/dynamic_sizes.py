"""Sizes for the dynamic dims of a function's arguments: equal where its ops need that, else different.

A program that is run with one size for all of them does not show that two dims were swapped. The ops are followed in text
order, sizes as products of unknowns. It knows nothing of a function with an op on dynamic tensors that it does not follow
(loops, parts of dynamic dims, windows over dynamic dims), and then says so by None.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce

from dispatch_lens.analysis.monomials import Monomial, Unknowns
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir import flow, index_lists, linalg, tensor, types
from dispatch_lens.ir.index_lists import Size
from dispatch_lens.ir.module import Block, Module, Op
from dispatch_lens.ir.value import Value

_CANDIDATES = (6, 4, 3, 5, 7, 2, *range(8, 64))
"""The sizes of unknowns in their order, but for those that an argument's type states."""
_FUNCTIONS = ("func.func", "util.func")
Sizes = list[Monomial]


def arguments(module: Module) -> Mapping[str, tuple[str, ...]]:
    """For each function whose sizes are known, the types of its arguments with numbers in the place of `?`.

    A number that is a size is `index=6`. A function without dynamic dims is left out.
    """
    found: dict[str, tuple[str, ...]] = {}
    for op in module.walk():
        if op.name not in _FUNCTIONS or op.symbol is None or not op.regions or len(op.regions[0].blocks) != 1:
            continue
        drawn = _Follower().arguments(op.regions[0].blocks[0])
        if drawn is not None:
            found[op.symbol] = drawn
    return found


class _UnknownError(Exception):
    """The sizes are not understood."""


class _Follower:
    """Follows one function. Sizes of tensors and numbers of type `index` by the value that has them."""

    def __init__(self) -> None:
        self._unknowns = Unknowns()
        self._shapes: dict[Value, Sizes] = {}
        self._numbers: dict[Value, Monomial] = {}
        self._tensor_ops: Mapping[str, Callable[[Op], None]] = {
            "tensor.empty": self._empty,
            "tensor.cast": self._cast,
            "tensor.collapse_shape": self._collapse,
            "tensor.expand_shape": self._expand,
            "tensor.concat": self._concat,
            "tensor.pad": self._pad,
            "tensor.extract_slice": self._slice,
        }

    def arguments(self, block: Block) -> tuple[str, ...] | None:
        """The types of the block's arguments with the sizes that they are to have."""
        if not any(_is_dynamic(value) for value in block.arguments):
            return None
        for value in block.arguments:
            self._argument(value)
        try:
            self._block(block)
        except _UnknownError:
            return None
        return self._spelled(block.arguments)

    def _spelled(self, arguments: Sequence[Value]) -> tuple[str, ...] | None:
        shapes = [size for value in arguments for size in self._shapes.get(value, ())]
        used = {each for size in shapes for each in self._free(size)}
        if any(map(self._unknowns.has_sum, shapes)) or len(used) > len(_CANDIDATES) // 2:
            return None
        stated = {size.number for size in shapes if not size.unknowns}
        chosen = dict(zip(sorted(used), (size for size in _CANDIDATES if size not in stated)))
        found: list[str] = []
        for value in arguments:
            kind = value.type
            number = self._numbers.get(value)
            if isinstance(kind, types.TensorType) and value in self._shapes:
                shape = tuple(self._unknowns.value(size, chosen) for size in self._shapes[value])
                found.append(str(types.TensorType(shape, kind.element)))
            elif number is not None and used.issuperset(self._free(number)):
                found.append(f"{kind}={self._unknowns.value(number, chosen)}")
            else:
                found.append(str(kind))
        return tuple(found)

    def _free(self, of: Monomial) -> tuple[int, ...]:
        return self._unknowns.resolved(of).unknowns

    def _argument(self, value: Value) -> None:
        kind = value.type
        if isinstance(kind, types.TensorType) and kind.shape is not None:
            self._shapes[value] = [self._unknowns.fresh() if size is None else Monomial(size) for size in kind.shape]
        elif str(kind) in ("index", "i32", "i64"):
            self._numbers[value] = self._unknowns.fresh()

    def _block(self, block: Block) -> None:
        for op in block.ops:
            self._op(op)
            for value in op.results:
                self._agrees_with_type(value)

    def _op(self, op: Op) -> None:
        region = flow.dispatch_region(op)
        if region is not None:
            self._block(region.body)
            for result, given in zip(op.results, region.yielded):
                self._shapes[result] = self._shape(given)
        elif op.name in _NUMBERS:
            self._number(op)
        elif (follow := self._tensor_ops.get(op.name)) is not None:
            follow(op)
        elif (structured := linalg.structured(op)) is not None:
            self._structured(structured)
        elif not op.is_terminator and any(map(_is_dynamic, (*op.results, *(use.value for use in op.operands)))):
            raise _UnknownError

    def _agrees_with_type(self, value: Value) -> None:
        kind = value.type
        shape = kind.shape if isinstance(kind, types.TensorType) else None
        for size, known in zip(self._shapes.get(value, ()), shape or ()):
            if known is not None:
                self._equate(size, Monomial(known))

    def _shape(self, value: Value) -> Sizes:
        """The sizes that are known, or those of a static type."""
        if value in self._shapes:
            return self._shapes[value]
        shape = value.type.shape if isinstance(value.type, types.TensorType) else None
        if shape is None or None in shape:
            raise _UnknownError
        return [Monomial(size) for size in shape if size is not None]

    def _size(self, size: Size) -> Monomial:
        if isinstance(size, int):
            return Monomial(size)
        if size not in self._numbers:
            raise _UnknownError
        return self._numbers[size]

    def _equate(self, one: Monomial, other: Monomial) -> None:
        if not self._unknowns.equate(one, other):
            raise _UnknownError

    def _number(self, op: Op) -> None:
        if op.name == "arith.constant":
            value = op.attributes.get("value")
            known = Monomial(value.value) if isinstance(value, attrs.IntegerAttr) else None
        elif len(op.operands) == 1:
            known = self._numbers.get(op.operands[0].value)
        elif op.name == "tensor.dim":
            known = self._dim(op)
        else:
            known = self._computed(op)
        if known is not None:
            self._numbers[op.results[0]] = known

    def _dim(self, op: Op) -> Monomial | None:
        dim = self._numbers.get(op.operands[1].value)
        shape = self._shape(op.operands[0].value)
        return shape[dim.number] if dim is not None and not dim.unknowns and dim.number < len(shape) else None

    def _computed(self, op: Op) -> Monomial | None:
        known = [self._numbers.get(use.value) for use in op.operands]
        one, other = known if len(known) == 2 else (None, None)
        if one is None or other is None:
            return None
        if op.name == "arith.addi":
            return self._unknowns.sum(one, other)
        return one.times(other) if op.name == "arith.muli" else self._unknowns.quotient(one, other)

    def _empty(self, op: Op) -> None:
        kind = op.result_type(0)
        dynamic = iter([use.value for use in op.operands])
        shape = kind.shape if isinstance(kind, types.TensorType) else None
        self._shapes[op.results[0]] = [self._size(next(dynamic) if size is None else size) for size in shape or ()]

    def _cast(self, op: Op) -> None:
        self._shapes[op.results[0]] = self._shape(op.operands[0].value)

    def _collapse(self, op: Op) -> None:
        found = tensor.reshape(op)
        if found is None:
            raise _UnknownError
        wide = self._shape(found.source.value)
        self._shapes[op.results[0]] = [_product([wide[dim] for dim in group]) for group in found.reassociation]

    def _expand(self, op: Op) -> None:
        found, stated = tensor.reshape(op), index_lists.clause(op, "output_shape")
        shape = found.result_type.shape if found is not None and found.result_type is not None else None
        if found is None or shape is None:
            raise _UnknownError
        given = stated if stated is not None else [self._unknowns.fresh() if size is None else size for size in shape]
        wide = [size if isinstance(size, Monomial) else self._size(size) for size in given]
        for group, size in zip(found.reassociation, self._shape(found.source.value)):
            self._equate(_product([wide[dim] for dim in group]), size)
        self._shapes[op.results[0]] = wide

    def _concat(self, op: Op) -> None:
        found = tensor.concat(op)
        shapes = [self._shape(source.value) for source in found.sources] if found is not None else []
        if found is None:
            raise _UnknownError
        for shape in shapes[1:]:
            for dim, (one, other) in enumerate(zip(shapes[0], shape)):
                if dim != found.dim:
                    self._equate(one, other)
        joined = self._unknowns.sum(*(shape[found.dim] for shape in shapes))
        self._shapes[op.results[0]] = [joined if dim == found.dim else size for dim, size in enumerate(shapes[0])]

    def _pad(self, op: Op) -> None:
        found = tensor.pad(op)
        if found is None:
            raise _UnknownError
        sizes = zip(found.low, self._shape(found.source.value), found.high)
        self._shapes[op.results[0]] = [self._unknowns.sum(self._size(low), size, self._size(high)) for low, size, high in sizes]

    def _slice(self, op: Op) -> None:
        """A slice of as many dims that takes dynamic dims whole."""
        found = tensor.extract_slice(op)
        source = self._shape(op.operands[0].value)
        kind = tensor.result_tensor_type(op)
        if found is None or kind is None or kind.shape is None or len(kind.shape) != len(source):
            raise _UnknownError
        for offset, size, stride, before in zip(found.offsets, found.sizes, found.strides, source):
            if self._free(before) and (offset != 0 or stride != 1 or isinstance(size, int)):
                raise _UnknownError
            if self._free(before):
                self._equate(self._size(size), before)
        self._shapes[op.results[0]] = [self._size(size) for size in found.sizes]

    def _structured(self, op: linalg.StructuredOp) -> None:
        loops: dict[int, Monomial] = {}
        for operand, of in zip(op.operands, op.indexing_maps):
            if not isinstance(operand.value.type, types.TensorType):
                continue
            for loop, size in zip(of.result_dims, self._shape(operand.value)):
                if loop is None and self._free(size):
                    raise _UnknownError
                if loop is not None:
                    self._equate(loops.setdefault(loop, size), size)
        for result, init in zip(op.op.results, op.inits):
            self._shapes[result] = self._shape(init.value)


def _product(sizes: Sequence[Monomial]) -> Monomial:
    return reduce(Monomial.times, sizes, Monomial(1))


def _is_dynamic(value: Value) -> bool:
    kind = value.type
    return isinstance(kind, types.TensorType) and (kind.shape is None or None in kind.shape)


_NUMBERS = (
    *("arith.constant", "arith.index_cast", "tensor.dim", "arith.addi", "arith.muli"),
    *("arith.divui", "arith.divsi", "arith.ceildivui"),
)
