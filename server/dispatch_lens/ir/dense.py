"""Dense literals: `dense<…>` and `array<…>` trees to values, with the checks of their shapes and elements."""

from __future__ import annotations

import binascii
from math import prod
from typing import TYPE_CHECKING

from dispatch_lens.ir import numbers, type_parser, type_sizes, types
from dispatch_lens.ir.attribute_values import DenseArrayAttr, DenseElementsAttr, Number, unquoted
from dispatch_lens.syntax import values

if TYPE_CHECKING:
    from lark import Token, Tree

MAX_VALUES = 1024
"""Elements beyond which a dense attribute keeps its text only."""


def elements_from_tree(text: str, tree: Tree[Token]) -> DenseElementsAttr:
    """The attribute of an `attr_dense` tree. Raises values.Rejected, e.g. where literal and type differ in shape."""
    *literals, kind = values.trees(tree)
    of = type_parser.from_tree(text, kind)
    if isinstance(of, (types.AliasType, types.DialectType)):
        return DenseElementsAttr(of, None, "literal", None, _slice(text, literals[0]) if literals else "")
    offset = tree.meta.start_pos
    if not isinstance(of, (types.TensorType, types.VectorType, types.MemRefType)):
        raise values.Rejected(offset, "elements literal must be a shaped type")
    if of.shape is None or None in of.shape:
        raise values.Rejected(offset, "elements literal type must have static shape")
    shape = tuple(d for d in of.shape if d is not None)
    if not literals:
        return _empty(offset, of, shape)
    if literals[0].data == "attr_literal_string" and isinstance(of.element, _BINARY):
        return _hex(text, literals[0], of, prod(shape))
    return _literal(text, literals[0], of, shape)


def array_from_tree(text: str, tree: Tree[Token]) -> DenseArrayAttr:
    """The attribute of an `attr_dense_array` tree. Raises values.Rejected, e.g. for a number out of range."""
    kind, *items = values.trees(tree)
    element = type_parser.from_tree(text, kind)
    if not isinstance(element, (types.IntegerType, types.FloatType)):
        raise values.Rejected(kind.meta.start_pos, f"expected integer or float type, got: '{element}'")
    if element.width % 8 and element != _BOOL:
        raise values.Rejected(kind.meta.start_pos, "element type bitwidth must be a multiple of 8")
    literals = values.trees(items[0]) if items else []
    if element == _BOOL and any(x.data != "attr_literal_bool" for x in literals):
        raise values.Rejected(items[0].meta.start_pos, "expected 'true' or 'false' values for i1 type")
    read = [numbers.read(x, element) for x in literals]
    return DenseArrayAttr(element, tuple(v for v, _ in read), tuple(s for _, s in read))


_BOOL = types.IntegerType(1)
_BINARY = (types.IntegerType, types.FloatType, types.IndexType, types.ComplexType)


def _empty(offset: int, of: types.ShapedType, shape: tuple[int, ...]) -> DenseElementsAttr:
    if prod(shape):
        raise values.Rejected(offset, f"parsed zero elements, but type ('{of}') expected at least 1")
    return DenseElementsAttr(of, None, "literal", ())


def _literal(text: str, tree: Tree[Token], of: types.ShapedType, shape: tuple[int, ...]) -> DenseElementsAttr:
    leaves: list[Tree[Token]] = []
    found = _shape(tree, leaves)
    if found and found != shape:
        message = f"inferred shape of elements literal ({list(found)}) does not match type ({list(shape)})"
        raise values.Rejected(tree.meta.start_pos, message)
    if not leaves:
        return DenseElementsAttr(of, None, "literal", ())
    if isinstance(of.element, types.ComplexType):
        _check_complex(leaves, of.element)
        return DenseElementsAttr(of, None, "literal", None, _slice(text, tree))
    if not isinstance(of.element, _BINARY):
        return DenseElementsAttr(of, None, "literal", None, _slice(text, tree))
    read = [_scalar(leaf, of.element) for leaf in leaves]
    if all(item == read[0] for item in read):
        return DenseElementsAttr(of, read[0][0], "literal", (read[0][0],), read[0][1])
    kept = tuple(v for v, _ in read) if len(read) <= MAX_VALUES else None
    return DenseElementsAttr(of, None, "literal", kept, _nested_text(shape, [s for _, s in read]))


def _shape(tree: Tree[Token], leaves: list[Tree[Token]]) -> tuple[int, ...]:
    """The shape of nested lists; their leaves are appended in order."""
    if tree.data != "attr_literal_list":
        leaves.append(tree)
        return ()
    items = values.trees(tree)
    inner: tuple[int, ...] = ()
    for position, item in enumerate(items):
        shape = _shape(item, leaves)
        if position and shape != inner:
            message = "tensor literal is invalid; ranks are not consistent between elements"
            raise values.Rejected(item.meta.start_pos, message)
        inner = shape
    return (len(items), *inner)


def _scalar(leaf: Tree[Token], element: types.Type) -> tuple[Number, str]:
    if leaf.data in ("attr_literal_number", "attr_literal_bool"):
        return numbers.read(leaf, element)
    raise values.Rejected(leaf.meta.start_pos, f"expected a number of type '{element}'")


def _check_complex(leaves: list[Tree[Token]], of: types.ComplexType) -> None:
    for leaf in leaves:
        if leaf.data != "attr_literal_complex":
            raise values.Rejected(leaf.meta.start_pos, "expected a complex number '(real, imaginary)'")
        for part in values.trees(leaf):
            numbers.read(part, of.element)


def _nested_text(shape: tuple[int, ...], spelled: list[str]) -> str:
    for size in reversed(shape):
        spelled = [f"[{', '.join(spelled[i : i + size])}]" for i in range(0, len(spelled), size)]
    return spelled[0]


def _hex(text: str, tree: Tree[Token], of: types.ShapedType, count: int) -> DenseElementsAttr:
    token = values.tokens(tree)[0]
    digits = unquoted(token)
    try:
        data = binascii.unhexlify(digits[2:]) if digits.startswith("0x") else None
    except ValueError:
        data = None
    if data is None:
        raise values.Rejected(tree.meta.start_pos, "expected string containing hex digits starting with `0x`")
    bits = type_sizes.element_bits(of)
    if bits is None or bits < 8:
        return DenseElementsAttr(of, None, "hex", None, str(token))
    each = (bits + 7) // 8
    if len(data) not in (each, each * count):
        message = f"elements hex data size is invalid for provided type: '{of}'"
        raise values.Rejected(tree.meta.start_pos, message)
    decoded = tuple(_decoded(data, each, of.element)) if len(data) <= each * MAX_VALUES else None
    splat = decoded[0] if decoded and all(d == decoded[0] for d in decoded) else None
    return DenseElementsAttr(of, splat, "hex", decoded if splat is None else (splat,), str(token))


def _decoded(data: bytes, each: int, element: types.Type) -> list[Number]:
    words = [int.from_bytes(data[i : i + each], "little") for i in range(0, len(data), each)]
    match element:
        case types.IntegerType(width, signedness) if signedness != "u":
            return [w - (1 << width) if w >> (width - 1) else w for w in words]
        case types.IndexType():
            return [w - (1 << 64) if w >> 63 else w for w in words]
        case types.FloatType("bf16"):
            return [numbers.float_of_bits(w << 16, 32) for w in words]
        case types.FloatType(_, width):
            return [numbers.float_of_bits(w, width) for w in words]
        case _:
            return [*words]


def _slice(text: str, tree: Tree[Token]) -> str:
    return text[tree.meta.start_pos : tree.meta.end_pos]
