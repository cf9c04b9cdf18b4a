"""Structured ops: operands by role, indexing maps, iterator types and body of `linalg.generic` and named linalg ops.

`structured` answers for ops of linalg and for those of iree_linalg_ext that carry indexing maps. It says None where the
text does not tell the maps: an op that has none (`linalg.pack`), a malformed attribute, a rank that is not stated.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from dispatch_lens.ir import affine, linalg_body, named_ops, types
from dispatch_lens.ir import attributes as attrs
from dispatch_lens.ir.loop_nest import Category, IteratorType, LoopNest
from dispatch_lens.ir.module import Block, Op, Region
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.syntax.tree import Group, Leaf, Shape


@dataclass(frozen=True, eq=False)
class StructuredOp:
    """An op with an iteration space. Operands and maps are in the order ins, then inits; result i is tied to init i."""

    op: Op
    nest: LoopNest

    @cached_property
    def ins(self) -> tuple[Operand, ...]:
        return tuple([self.op.operands[i] for i in self.nest.ins])

    @cached_property
    def inits(self) -> tuple[Operand, ...]:
        return tuple([self.op.operands[i] for i in self.nest.inits])

    @cached_property
    def region(self) -> Region | None:
        """None where the text prints none; then `named.body` says what the op computes."""
        return self.op.regions[0] if self.op.regions and self.op.regions[0].pattern.blocks else None

    @property
    def named(self) -> named_ops.NamedOp | None:
        """What is known by the op's name; None for ops outside linalg."""
        return self.nest.named

    @property
    def category(self) -> Category:
        return self.nest.category

    @property
    def indexing_maps(self) -> tuple[affine.AffineMap, ...]:
        return self.nest.indexing_maps

    @property
    def iterator_types(self) -> tuple[IteratorType, ...]:
        return self.nest.iterator_types

    @property
    def static_loop_ranges(self) -> tuple[int | None, ...]:
        """The size of each loop, None where it is dynamic."""
        return self.nest.static_loop_ranges

    @property
    def body(self) -> Block | None:
        """The block of the op's region."""
        return self.region.blocks[0] if self.region is not None else None

    @property
    def payload(self) -> Block | None:
        """A block of the same ops as the body, whose names and places are not told. It costs no reading."""
        return self.region.pattern.blocks[0] if self.region is not None else None

    @property
    def operands(self) -> tuple[Operand, ...]:
        """The operands that have an indexing map: ins, then inits."""
        return self.ins + self.inits

    @property
    def num_loops(self) -> int:
        return len(self.iterator_types)

    @property
    def reduction_loops(self) -> tuple[int, ...]:
        """The loops that are not parallel."""
        return self.nest.reduction_loops

    @property
    def in_maps(self) -> tuple[affine.AffineMap, ...]:
        return self.nest.in_maps

    @property
    def init_maps(self) -> tuple[affine.AffineMap, ...]:
        return self.nest.init_maps

    def result_map(self, index: int = 0) -> affine.AffineMap:
        """The map of the init that result `index` is tied to."""
        return self.indexing_maps[len(self.ins) + index]

    def map_of(self, operand: Operand) -> affine.AffineMap | None:
        """The map of this use; None for an operand that is neither in nor init."""
        return next((m for one, m in zip(self.operands, self.indexing_maps) if one is operand), None)

    @property
    def body_arguments(self) -> tuple[Value, ...]:
        """The body's arguments: one for each in, then one for each init. Empty where no region is printed."""
        return self.body.arguments if self.body else ()

    @property
    def yielded(self) -> tuple[Value, ...]:
        """The values that the body's terminator gives, one for each init. Empty where no region is printed."""
        return linalg_body.yielded(self.body) if self.body else ()

    @property
    def is_generic(self) -> bool:
        return self.op.name == "linalg.generic"

    @property
    def is_all_parallel(self) -> bool:
        return self.nest.is_all_parallel

    @property
    def is_elementwise(self) -> bool:
        """All loops parallel, all maps projected permutations, the inits' permutations. linalg::isElementwise."""
        return self.nest.is_elementwise

    @property
    def only_yields_input(self) -> bool:
        """Whether each element of the result is an element of the only input: a copy, transpose or broadcast."""
        if len(self.ins) != 1 or len(self.inits) != 1:
            return False
        if self.payload is None:
            return self.named is not None and self.named.body == "yield"
        return len(self.payload.ops) == 1 and linalg_body.yielded(self.payload) == self.payload.arguments[:1]

    @property
    def permutation(self) -> tuple[int, ...] | None:
        """For an op that only yields its input by permutations: dim i of the result is dim p[i] of the input."""
        if not self.only_yields_input:
            return None
        source = affine.permutation_vector(self.indexing_maps[0])
        target = affine.permutation_vector(self.indexing_maps[1])
        if source is None or target is None:
            return None
        return tuple(source.index(loop) for loop in target)

    @property
    def is_pure_transpose(self) -> bool:
        """Whether the op does nothing but permute dims."""
        vector = self.permutation
        return vector is not None and vector != tuple(range(len(vector)))

    @property
    def is_contraction(self) -> bool:
        """Whether MLIR sees a contraction: by the op's interface, or for a generic by its maps and body."""
        if not self.is_generic:
            return self.named is not None and self.named.is_contraction
        return (
            (len(self.ins), len(self.inits)) == (2, 1)
            and bool(self.reduction_loops)
            and self.nest.has_plain_maps
            and self.payload is not None
            and linalg_body.is_contraction(self.payload)
        )

    @property
    def is_convolution(self) -> bool:
        """Whether MLIR sees a convolution or pooling: by the op's interface, or for a generic by its maps alone."""
        if not self.is_generic:
            return self.named is not None and self.named.is_convolution
        return self.nest.is_convolution

    @property
    def is_named_convolution(self) -> bool:
        """Whether the op itself implements the convolution interface, which a generalized convolution does not."""
        return self.named is not None and self.named.is_convolution


def structured(op: Op) -> StructuredOp | None:
    """The op as a structured op; None for an op that has no indexing maps, or whose maps the text does not tell."""
    return op.once(_read)


def roles(op: Op) -> tuple[tuple[Operand, ...], tuple[Operand, ...]] | None:
    """The ins and the inits of a destination-passing-style op: by `ins(…) outs(…)`, in the generic form by the segments.

    Ops that have no segments end with one init for each result.
    """
    ins, outs = _named_group(op, "ins"), _named_group(op, "outs")
    if outs is not None:
        return ins or (), outs
    if _has_no_segments(op):
        count = len(op.operands) - len(op.results)
        return op.operands[:count], op.operands[count:]
    sizes = attrs.ints(op.attributes["operandSegmentSizes"]) if "operandSegmentSizes" in op.attributes else None
    if sizes is None or sum(sizes) != len(op.operands):
        return None
    count = len(op.operands) - sizes[-1]
    return op.operands[:count], op.operands[count:]


def maps_attribute(op: Op) -> tuple[affine.AffineMap, ...] | None:
    """The maps of an `indexing_maps` attribute; None where there is none or one of them is malformed."""
    attribute = op.attributes.get("indexing_maps")
    if not isinstance(attribute, attrs.ArrayAttr):
        return None
    maps = [element.map for element in attribute.elements if isinstance(element, attrs.AffineMapAttr)]
    return tuple(maps) if len(maps) == len(attribute.elements) else None


_ATTENTION = ("iree_linalg_ext.attention", "iree_linalg_ext.online_attention")
_DIMS_ATTRIBUTE: Mapping[str, str] = {
    "transpose": "permutation",
    "broadcast": "dimensions",
    "reduce": "dimensions",
    "softmax": "dimension",
}

Space = tuple[tuple[IteratorType, ...], tuple[affine.AffineMap, ...]]


def _has_no_segments(op: Op) -> bool:
    named = named_ops.lookup(op.name)
    return named is not None and named.rule in _DIMS_ATTRIBUTE and 0 < len(op.results) < len(op.operands)


def _read(op: Op) -> StructuredOp | None:
    if op.dialect not in ("linalg", "iree_linalg_ext"):
        return None
    nest = op.once_for_shape(_nest)
    return None if nest is None else StructuredOp(op, nest)


def _nest(op: Op) -> LoopNest | None:
    found = roles(op)
    named = named_ops.lookup(op.name)
    if found is None or (named is None and op.dialect == "linalg"):
        return None
    ins, inits = found
    operands = ins + inits
    space = _space(op, named, operands)
    if space is None or not _fits(space, len(operands)):
        return None
    kinds, maps = space
    ranges = _loop_ranges(len(kinds), operands, maps)
    places = tuple(one.index for one in ins), tuple(one.index for one in inits)
    return LoopNest(*places, maps, kinds, ranges, named, _category(op, named))


def _category(op: Op, named: named_ops.NamedOp | None) -> Category:
    if named is not None:
        return named.category
    return "attention" if op.name in _ATTENTION else "custom"


def _space(op: Op, named: named_ops.NamedOp | None, operands: Sequence[Operand]) -> Space | None:
    given = maps_attribute(op)
    if given is not None and given:
        stated = _stated_iterators(op)
        kinds = _implied_iterators(op, named, given, operands) if stated is None else stated
        return None if kinds is None else (kinds, given)
    if named is None or named.rule in ("given", "none"):
        return None
    if named.rule == "fixed":
        strides, dilations = _factors(op, "strides"), _factors(op, "dilations")
        return _parsed(named.iterator_types, named_ops.maps_for(named, strides, dilations))
    return _derived(op, named, operands)


def _derived(op: Op, named: named_ops.NamedOp, operands: Sequence[Operand]) -> Space | None:
    ranks = [rank for operand in operands if (rank := _rank(operand)) is not None]
    dims = _dims(op, named.rule)
    if len(ranks) != len(operands) or dims is None:
        return None
    found = named_ops.derive(named, ranks, dims)
    return None if found is None else _parsed(found.iterator_types, found.indexing_maps)


def _dims(op: Op, rule: str) -> tuple[int, ...] | None:
    """What the op's attribute says of its dims; empty for an op whose rule reads none."""
    name = _DIMS_ATTRIBUTE.get(rule)
    if name is None:
        return ()
    attribute = op.attributes.get(name)
    if isinstance(attribute, attrs.IntegerAttr):
        return (attribute.value,)
    return attrs.ints(attribute) if attribute is not None else _dims_in_parens(op, name)


def _dims_in_parens(op: Op, name: str) -> tuple[int, ...] | None:
    """The number in `dimension(1)`."""
    items = op.shape.items
    for word, group in pairwise(items):
        if isinstance(word, Leaf) and word.text == name and isinstance(group, Group) and group.items:
            text = op.head.text(group.items[0])
            return (int(text),) if text.isdigit() else None
    return None


def _stated_iterators(op: Op) -> tuple[IteratorType, ...] | None:
    attribute = op.attributes.get("iterator_types")
    if not isinstance(attribute, attrs.ArrayAttr):
        return None
    known: list[IteratorType] = [kind for element in attribute.elements if (kind := _iterator(element)) is not None]
    return tuple(known) if len(known) == len(attribute.elements) else None


def _iterator(attribute: attrs.Attribute) -> IteratorType | None:
    """`"parallel"`, or `#linalg.iterator_type<parallel>` of the generic form."""
    name = attribute.value if isinstance(attribute, attrs.StringAttr) else None
    if isinstance(attribute, attrs.DialectAttr) and attribute.name == "iterator_type":
        name = attribute.body
    return name if name in ("parallel", "reduction", "window") else None


def _implied_iterators(
    op: Op, named: named_ops.NamedOp | None, maps: Sequence[affine.AffineMap], operands: Sequence[Operand]
) -> tuple[IteratorType, ...] | None:
    """The iterator types that an op with given maps implies: the dims of its result are parallel."""
    implied = named is not None and (named.maps_may_be_given or named.name == "linalg.contract")
    if not implied and op.name not in _ATTENTION:
        return None
    result = maps[_first_init(op, operands)] if len(maps) == len(operands) else maps[-1]
    parallel = result.used_dims
    return tuple("parallel" if dim in parallel else "reduction" for dim in range(result.num_dims))


def _first_init(op: Op, operands: Sequence[Operand]) -> int:
    return max(0, len(operands) - max(1, len(op.results)))


def _factors(op: Op, name: str) -> tuple[int, ...]:
    attribute = op.attributes.get(name)
    return (attrs.ints(attribute) or ()) if attribute is not None else ()


def _parsed(kinds: Sequence[IteratorType], texts: Sequence[str]) -> Space | None:
    maps = [m for text in texts if (m := affine.parse_map(text)) is not None]
    return (tuple(kinds), tuple(maps)) if len(maps) == len(texts) else None


def _fits(space: Space, operands: int) -> bool:
    kinds, maps = space
    return len(maps) == operands and all(m.num_dims == len(kinds) for m in maps)


def _loop_ranges(loops: int, operands: Sequence[Operand], maps: Sequence[affine.AffineMap]) -> tuple[int | None, ...]:
    """The size of each loop from the first operand dim that is this loop and static."""
    found: list[int | None] = [None] * loops
    for operand, of in zip(operands, maps):
        shape = shape_of(operand) or ()
        for loop, size in zip(of.result_dims, shape):
            if loop is not None and found[loop] is None:
                found[loop] = size
    return tuple(found)


def shape_of(operand: Operand) -> tuple[int | None, ...] | None:
    """The operand's shape; None where it has no ranked shape that the text states."""
    type_ = type_of(operand)
    inner = types.shaped(type_) if type_ is not None else None
    return inner.shape if inner is not None else None


def type_of(operand: Operand) -> types.Type | None:
    """The operand's type as the op states it, else as its definition does."""
    return operand.op.operand_type(operand.index) or operand.value.type


def _rank(operand: Operand) -> int | None:
    type_ = type_of(operand)
    if type_ is None:
        return None
    inner = types.shaped(type_)
    if inner is None:
        return 0
    return len(inner.shape) if inner.shape is not None else None


def _named_group(op: Op, word: str) -> tuple[Operand, ...] | None:
    """The operands in the parentheses after `word`; None where the head has no such group."""
    places = _uses_after(op.shape, word)
    return None if places is None else tuple([op.operands[i] for i in places])


@lru_cache(maxsize=32768)
def _uses_after(shape: Shape, word: str) -> tuple[int, ...] | None:
    for leaf, group in pairwise(shape.items):
        if isinstance(leaf, Leaf) and leaf.text == word and isinstance(group, Group) and group.kind == "paren":
            return shape.uses_in(group)
    return None
