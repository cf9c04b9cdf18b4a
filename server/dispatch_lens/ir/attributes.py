"""MLIR attributes read from text, and the lists of numbers, names and groups that ops keep in them.

The values themselves are in `attribute_values`. What is not understood becomes an OpaqueAttr; nothing here raises on
malformed text but `from_tree`, which says where.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from dispatch_lens.ir import affine, dense, numbers, type_parser, type_sizes, types
from dispatch_lens.ir.attribute_values import (
    F64,
    I64,
    AffineMapAttr,
    AliasAttr,
    ArrayAttr,
    Attribute,
    BoolAttr,
    DenseArrayAttr,
    DenseElementsAttr,
    DenseResourceAttr,
    DialectAttr,
    DictAttr,
    DistinctAttr,
    FloatAttr,
    IntegerAttr,
    IntegerSetAttr,
    LocationAttr,
    Number,
    OpaqueAttr,
    SparseAttr,
    StridedLayoutAttr,
    StringAttr,
    SymbolRefAttr,
    TypeAttr,
    UnitAttr,
    unquoted,
)
from dispatch_lens.syntax import values

if TYPE_CHECKING:
    from lark import Token, Tree


def parse_attribute(text: str) -> Attribute:
    """The attribute in `text`, an OpaqueAttr of it where it is malformed. Memoised."""
    read = _read(text)
    return OpaqueAttr(text) if isinstance(read, values.Problem) else read


def errors_in_attribute(text: str) -> tuple[values.Problem, ...]:
    """Why `parse_attribute` gives an OpaqueAttr; empty for a well-formed attribute."""
    read = _read(text)
    return (read,) if isinstance(read, values.Problem) else ()


def ints(of: Attribute) -> tuple[int, ...] | None:
    """The integers of `[0, 1]`, `array<i64: 0, 1>`, `dense<[0, 1]> : tensor<2xi64>`, a splat written out; else None."""
    match of:
        case ArrayAttr(elements):
            numbers_ = [e.value for e in elements if isinstance(e, IntegerAttr)]
            return tuple(numbers_) if len(numbers_) == len(elements) else None
        case DenseArrayAttr(_, found):
            return _integers(found)
        case DenseElementsAttr(of_type, splat, _, found) if found is not None:
            count = type_sizes.num_elements(of_type) if splat is not None else 1
            return _integers(found * count) if count is not None and count <= dense.MAX_VALUES else None
        case _:
            return None


def reassociation(of: Attribute) -> tuple[tuple[int, ...], ...] | None:
    """The groups of `[[0], [1, 2]]`: group i holds the expanded dims that make collapsed dim i; else None."""
    if not isinstance(of, ArrayAttr):
        return None
    groups = [ints(e) for e in of.elements]
    known = tuple(g for g in groups if g is not None)
    return known if len(known) == len(groups) else None


def from_tree(text: str, tree: Tree[Token]) -> Attribute:
    """The attribute of an `attr_*` tree read from `text`. Raises values.Rejected where MLIR would not take it."""
    match tree.data:
        case "attr_integer" | "attr_float":
            return _number(text, tree)
        case "attr_string":
            return StringAttr(unquoted(_token(tree)), _optional_type(text, tree))
        case "attr_bool":
            return BoolAttr(_token(tree) == "true")
        case "attr_unit":
            return UnitAttr()
        case "attr_type":
            return TypeAttr(type_parser.from_tree(text, values.trees(tree)[0]))
        case "attr_array":
            return ArrayAttr(tuple(from_tree(text, t) for t in values.trees(tree)))
        case "attr_dict":
            return _dictionary(text, tree)
        case "attr_symbol":
            root, *nested = (_symbol(t) for t in values.tokens(tree))
            return SymbolRefAttr(root, tuple(nested))
        case "attr_alias":
            return AliasAttr(_token(tree)[1:])
        case "attr_dialect":
            return _dialect(text, tree)
        case "attr_location":
            return _location(text, tree)
        case _:
            return _structured(text, tree)


def _structured(text: str, tree: Tree[Token]) -> Attribute:
    match tree.data:
        case "affine_map":
            return AffineMapAttr(affine.map_from_tree(tree))
        case "affine_set":
            return IntegerSetAttr(affine.set_from_tree(tree))
        case "attr_dense":
            return dense.elements_from_tree(text, tree)
        case "attr_dense_array":
            return dense.array_from_tree(text, tree)
        case "attr_dense_resource":
            return DenseResourceAttr(_name(values.tokens(tree)[1]), _shaped(text, tree))
        case "attr_sparse":
            return SparseAttr(_bracketed(text, tree), _shaped(text, tree))
        case "attr_elided_opaque":
            return DenseElementsAttr(_shaped(text, tree), None, "elided", None, _bracketed(text, tree))
        case "attr_strided":
            return StridedLayoutAttr(*type_parser.strided_from_tree(tree))
        case _:
            value = [from_tree(text, t) for t in values.trees(tree)]
            return DistinctAttr(int(values.tokens(tree)[1], 0), value[0] if value else UnitAttr())


@lru_cache(maxsize=8192)
def _read(text: str) -> Attribute | values.Problem:
    plain = plain_attribute(text)
    if plain is not None:
        return plain
    try:
        return from_tree(text, values.parse("attr", text))
    except values.Rejected as rejected:
        return rejected.problem


def plain_attribute(text: str) -> Attribute | None:
    """A map, a number without a type, a string without escapes, a splat of i64, a resource; None for all else."""
    if text.startswith("affine_map"):
        map_ = affine.plain_map(text)
        return None if map_ is None else AffineMapAttr(map_)
    match = _PLAIN.fullmatch(text)
    if match is None:
        return None
    if match["splat"]:
        number = int(match["splat"])
        return DenseElementsAttr(type_parser.parse_type(match["of"]), number, "literal", (number,), match["splat"])
    if match["resource"]:
        return DenseResourceAttr(match["resource"], type_parser.parse_type(match["held"]))
    return IntegerAttr(int(match["number"])) if match["number"] else StringAttr(match["text"])


_PLAIN = re.compile(
    r'(?P<number>-?[0-9]{1,18})|"(?P<text>[ !#-\[\]-~]*)"'
    r"|dense<(?P<splat>-?[0-9]{1,18})> : (?P<of>(?:tensor|vector)<(?:[1-9][0-9]{0,8}x)+i64>)"
    r"|dense_resource<(?P<resource>[A-Za-z_][\w$.]*)> : (?P<held>tensor<(?:[1-9][0-9]{0,8}x)+(?:[if](?:16|32|64)|i8|bf16)>)"
)


def _number(text: str, tree: Tree[Token]) -> Attribute:
    of = _optional_type(text, tree) or (I64 if tree.data == "attr_integer" else F64)
    value, spelling = numbers.read(tree, of)
    if isinstance(value, bool):
        return BoolAttr(value)
    return FloatAttr(value, of, spelling) if isinstance(value, float) else IntegerAttr(value, of)


def _dictionary(text: str, tree: Tree[Token]) -> DictAttr:
    entries: dict[str, Attribute] = {}
    for entry in values.trees(tree):
        name = _name(_token(entry))
        if name in entries:
            raise values.Rejected(entry.meta.start_pos, f"duplicate key '{name}' in dictionary attribute")
        value = [from_tree(text, t) for t in values.trees(entry)]
        entries[name] = value[0] if value else UnitAttr()
    return DictAttr(tuple(sorted(entries.items(), key=lambda item: item[0].encode("utf-8", "surrogateescape"))))


def _dialect(text: str, tree: Tree[Token]) -> DialectAttr:
    opening = _token(tree)
    dialect, _, name = opening.rstrip("<")[1:].partition(".")
    of = next((type_parser.from_tree(text, t) for t in values.trees(tree) if t.data != "body"), None)
    if opening.type != "ATTR_OPEN":
        return DialectAttr(dialect, name, None, of)
    closing = next(t for t in values.tokens(tree) if t == ">")
    return DialectAttr(dialect, name, text[opening.end_pos or 0 : closing.start_pos], of)


def _location(text: str, tree: Tree[Token]) -> LocationAttr:
    _, opening, closing = values.tokens(tree)
    return LocationAttr(text[opening.end_pos or 0 : closing.start_pos])


def _shaped(text: str, tree: Tree[Token]) -> types.Type:
    kind = values.trees(tree)[-1]
    of = type_parser.from_tree(text, kind)
    if types.is_shaped(of) or isinstance(of, (types.AliasType, types.DialectType)):
        return of
    raise values.Rejected(kind.meta.start_pos, "expected a shaped type")


def _optional_type(text: str, tree: Tree[Token]) -> types.Type | None:
    found = values.trees(tree)
    return type_parser.from_tree(text, found[0]) if found else None


def _bracketed(text: str, tree: Tree[Token]) -> str:
    """The text between the first `<` of the tree and the `>` before its type."""
    body = text[tree.meta.start_pos : values.trees(tree)[-1].meta.start_pos]
    return body[body.index("<") + 1 : body.rindex(">")]


def _symbol(token: Token) -> str:
    return unquoted(token[1:]) if token.startswith('@"') else str(token[1:])


def _name(token: Token) -> str:
    return unquoted(token) if token.type == "STRING" else str(token)


def _integers(found: tuple[Number, ...]) -> tuple[int, ...] | None:
    whole = tuple(v for v in found if isinstance(v, int) and not isinstance(v, bool))
    return whole if len(whole) == len(found) else None


def _token(tree: Tree[Token]) -> Token:
    return values.tokens(tree)[0]
