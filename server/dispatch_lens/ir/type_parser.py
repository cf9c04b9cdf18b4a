"""MLIR types read from text.

Encodings, memory spaces and the bodies of dialect types are kept as text. What is not understood becomes an OpaqueType;
nothing here raises on malformed text but `from_tree`, which says where.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

from dispatch_lens.ir import affine
from dispatch_lens.ir.types import (
    FLOAT_WIDTHS,
    AliasType,
    ComplexType,
    DialectType,
    FloatType,
    FunctionType,
    IndexType,
    IntegerType,
    MemRefType,
    NoneType,
    OpaqueType,
    Shape,
    TensorType,
    TupleType,
    Type,
    VectorType,
    strided_text,
)
from dispatch_lens.syntax import values

if TYPE_CHECKING:
    from lark import Token, Tree

# ---------------------------------------------------------------- reading


def parse_type(text: str) -> Type:
    """The type in `text`, an OpaqueType of it where it is malformed. Memoised."""
    read = _read(text)
    return OpaqueType(text) if isinstance(read, values.Problem) else read


def errors_in_type(text: str) -> tuple[values.Problem, ...]:
    """Why `parse_type` gives an OpaqueType; empty for a well-formed type."""
    read = _read(text)
    return (read,) if isinstance(read, values.Problem) else ()


# ---------------------------------------------------------------- from trees


def from_tree(text: str, tree: Tree[Token]) -> Type:
    """The type of a `type_*` tree that was read from `text`. Raises values.Rejected where MLIR's verifier would."""
    match tree.data:
        case "type_integer":
            return _integer(_token(tree))
        case "type_float":
            return _scalar(str(_token(tree)))
        case "type_index":
            return IndexType()
        case "type_none":
            return NoneType()
        case "type_alias":
            return AliasType(str(_token(tree))[1:])
        case "type_dialect":
            return _dialect(text, tree)
        case "type_tuple":
            return TupleType(_all(text, values.trees(tree)))
        case "type_function":
            return _function(text, tree)
        case _:
            return _BUILDERS[tree.data](text, tree)


def _function(text: str, tree: Tree[Token]) -> FunctionType:
    inputs, results = values.trees(tree)
    listed = values.trees(results) if results.data == "type_list" else [results]
    return FunctionType(_all(text, values.trees(inputs)), _all(text, listed))


def _complex(text: str, tree: Tree[Token]) -> ComplexType:
    return ComplexType(_element(text, values.trees(tree)[0], (IntegerType, FloatType), "complex"))


def _vector(text: str, tree: Tree[Token]) -> VectorType:
    tokens = values.tokens(tree)[1:]
    shape = tuple(_size(t) for t in tokens)
    for token, size in zip(tokens, shape):
        if size == 0:
            raise values.Rejected(token.start_pos or 0, "vector types must have positive constant sizes but got 0")
    element = _element(text, values.trees(tree)[0], (IntegerType, FloatType, IndexType), "vector")
    return VectorType(shape, element, tuple(t.type == "SCALABLE_DIM" for t in tokens))


def _tensor(text: str, tree: Tree[Token]) -> TensorType:
    dims, element, *encoding = values.trees(tree)
    kept = _slice(text, encoding[0]) if encoding else None
    return TensorType(_shape(dims), _element(text, element, _TENSOR_ELEMENTS, "tensor"), kept)


def _unranked_tensor(text: str, tree: Tree[Token]) -> TensorType:
    element, *encoding = values.trees(tree)
    if encoding:
        raise values.Rejected(encoding[0].meta.start_pos, "cannot apply encoding to unranked tensor")
    return TensorType(None, _element(text, element, _TENSOR_ELEMENTS, "tensor"))


def _memref(text: str, tree: Tree[Token]) -> MemRefType:
    dims, element, *rest = values.trees(tree)
    shape = _shape(dims)
    layout, space = "", ""
    for i, attribute in enumerate(rest):
        if attribute.data == "attr_alias" and i + 1 < len(rest):
            layout = _slice(text, attribute)
        elif attribute.data not in ("attr_strided", "affine_map"):
            space = _space(text, attribute, space)
        elif space:
            raise values.Rejected(attribute.meta.start_pos, "expected memory space to be last in memref type")
        else:
            layout = _layout(text, attribute, len(shape))
    return MemRefType(shape, _element(text, element, _MEMREF_ELEMENTS, "memref"), layout, _shown_space(space))


def _unranked_memref(text: str, tree: Tree[Token]) -> MemRefType:
    element, *rest = values.trees(tree)
    space = ""
    for attribute in rest:
        if attribute.data in ("attr_strided", "affine_map"):
            raise values.Rejected(attribute.meta.start_pos, "cannot have affine map for unranked memref type")
        space = _space(text, attribute, space)
    return MemRefType(None, _element(text, element, _MEMREF_ELEMENTS, "memref"), "", _shown_space(space))


_BUILDERS: dict[str, Callable[[str, Tree[Token]], Type]] = {
    "type_complex": _complex,
    "type_vector": _vector,
    "type_tensor": _tensor,
    "type_unranked_tensor": _unranked_tensor,
    "type_memref": _memref,
    "type_unranked_memref": _unranked_memref,
}
_UNKNOWN = (DialectType, AliasType, OpaqueType)
_TENSOR_ELEMENTS = (IntegerType, FloatType, IndexType, ComplexType, VectorType)
_MEMREF_ELEMENTS = (*_TENSOR_ELEMENTS, MemRefType)


def _element(text: str, tree: Tree[Token], allowed: tuple[type, ...], container: str) -> Type:
    element = from_tree(text, tree)
    if not isinstance(element, (*allowed, *_UNKNOWN)):
        raise values.Rejected(tree.meta.start_pos, f"invalid {container} element type")
    return element


def _space(text: str, tree: Tree[Token], before: str) -> str:
    if before:
        raise values.Rejected(tree.meta.start_pos, "multiple memory spaces specified in memref type")
    return re.sub(r"\s*:\s*", " : ", _slice(text, tree)) if tree.data == "attr_integer" else _slice(text, tree)


def _shown_space(space: str) -> str:
    number, _, kind = space.partition(" : ")
    return "" if number == "0" else number if kind == "i64" else space


def _layout(text: str, tree: Tree[Token], rank: int) -> str:
    if tree.data == "attr_strided":
        return _strided(tree, rank)
    layout = affine.map_from_tree(tree)
    if layout.num_dims != rank:
        message = f"memref layout mismatch between rank and affine map: {rank} != {layout.num_dims}"
        raise values.Rejected(tree.meta.start_pos, message)
    return "" if layout.is_identity and not layout.num_symbols else str(layout)


def _strided(tree: Tree[Token], rank: int) -> str:
    strides, offset = strided_from_tree(tree)
    if len(strides) != rank:
        raise values.Rejected(tree.meta.start_pos, "expected the number of strides to match the rank")
    return strided_text(strides, offset)


def strided_from_tree(tree: Tree[Token]) -> tuple[Shape, int | None]:
    """Strides and offset of an `attr_strided` tree, in elements; None is dynamic."""
    numbers = [_stride(t) for t in values.trees(tree)]
    has_offset = any(token.type == "OFFSET" for token in values.tokens(tree))
    return (tuple(numbers[:-1]), numbers[-1]) if has_offset else (tuple(numbers), 0)


def _stride(tree: Tree[Token]) -> int | None:
    *sign, number = values.tokens(tree)
    if number.type == "DYNAMIC":
        return None
    return -_number(number) if sign else _number(number)


def _number(token: Token) -> int:
    return int(token, 16 if token.startswith("0x") else 10)


def _dialect(text: str, tree: Tree[Token]) -> DialectType:
    opening = _token(tree)
    dialect, _, name = opening.rstrip("<")[1:].partition(".")
    if opening.type != "TYPE_OPEN":
        return DialectType(dialect, name)
    body = text[opening.end_pos or 0 : tree.meta.end_pos - 1]
    return DialectType(dialect, name, body, _types_in(body))


def _shape(tree: Tree[Token]) -> Shape:
    return tuple(None if t.type == "DYNAMIC_DIM" else _size(t) for t in values.tokens(tree))


def _size(token: Token) -> int:
    size = int(token.strip("[]x \t\r\n"))
    if size >= 1 << 63:
        raise values.Rejected(token.start_pos or 0, "invalid dimension")
    return size


def _integer(token: Token) -> IntegerType:
    made = _scalar(str(token))
    if isinstance(made, IntegerType) and made.width < 1 << 24:
        return made
    raise values.Rejected(token.start_pos or 0, "integer bitwidth is limited to 16777215 bits")


# ---------------------------------------------------------------- helpers

_SCALAR = r"[su]?i[0-9]{1,8}|index|none|" + "|".join(FLOAT_WIDTHS)
_PLAIN = re.compile(rf"(tensor<(?P<dims>(?:(?:[0-9]{{1,18}}|\?)x)*))?(?P<element>{_SCALAR})(?(1)>)")
_PLAIN_DIALECT = re.compile(r"!([a-z_]\w*)\.([a-z_][\w.]*)(?:<(?P<body>[\w:,.? ]*(?:<[\w:,.? ]*>[\w:,.? ]*)*)>)?")
_PLAIN_VECTOR = re.compile(r"vector<((?:[1-9][0-9]{0,8}x)+)(i[1-9][0-9]?|f16|f32|f64|bf16)>")
_TYPE_IN_BODY = re.compile(
    r'"[^"\\]*(?:\\.[^"\\]*)*"'
    rf"|(?<![\w$.#@!])(?:!(?=\w)|(?:tensor|vector|memref|complex|tuple)<|(?P<dims>(?:(?:\d+|\?)x)+)|(?:{_SCALAR})(?![\w$.]))"
)
_STEP = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|->|[^"]', re.DOTALL)


@lru_cache(maxsize=16384)
def _read(text: str) -> Type | values.Problem:
    plain = plain_type(text)
    if plain is not None:
        return plain
    try:
        return from_tree(text, values.parse("type", text))
    except values.Rejected as rejected:
        return rejected.problem


def plain_type(text: str) -> Type | None:
    """A scalar, a tensor or vector of scalars, a dialect's type with a simple body, by regular expressions; None for all else."""
    match = _PLAIN.fullmatch(text)
    if match is None:
        return _plain_dialect(text) or _plain_vector(text)
    element = _scalar(match["element"])
    if isinstance(element, IntegerType) and element.width >= 1 << 24:
        return None
    if match[1] is None:
        return element
    if isinstance(element, NoneType):
        return None
    return TensorType(tuple(None if d == "?" else int(d) for d in match["dims"].split("x")[:-1]), element)


def _plain_dialect(text: str) -> Type | None:
    match = _PLAIN_DIALECT.fullmatch(text)
    if match is None:
        return None
    body = match["body"]
    return DialectType(match[1], match[2], body, () if body is None else _types_in(body))


def _plain_vector(text: str) -> Type | None:
    match = _PLAIN_VECTOR.fullmatch(text)
    if match is None:
        return None
    shape = tuple(int(size) for size in match[1].split("x")[:-1])
    return VectorType(shape, _scalar(match[2]), (False,) * len(shape))


@lru_cache(maxsize=1024)
def _scalar(name: str) -> Type:
    if name in FLOAT_WIDTHS:
        return FloatType(name, FLOAT_WIDTHS[name])
    if name == "index":
        return IndexType()
    if name == "none":
        return NoneType()
    sign, _, width = name.partition("i")
    return IntegerType(int(width), "s" if sign == "s" else "u" if sign == "u" else "")


def _types_in(body: str) -> tuple[Type, ...]:
    """The types that stand in a dialect body, left to right, none inside another."""
    found: list[Type] = []
    at = 0
    while match := _TYPE_IN_BODY.search(body, at):
        at = match.end()
        if match[0].startswith('"'):
            continue
        end = _end_of_type(body, match.start())
        text = body[match.start() : end]
        read = parse_type(f"tensor<{text}>" if match["dims"] else text)
        if not isinstance(read, OpaqueType):
            found.append(read)
            at = end
    return tuple(found)


def _end_of_type(body: str, start: int) -> int:
    """Where the type that starts here ends: at a separator or a closing bracket that is not its own."""
    depth = 0
    for match in _STEP.finditer(body, start):
        step = match[0]
        if step in "<([{":
            depth += 1
        elif step in ">)]}" and depth:
            depth -= 1
        elif not depth and (step in ">)]},:= \t\n\r" or step == "->"):
            return match.start()
    return len(body)


def _all(text: str, trees: list[Tree[Token]]) -> tuple[Type, ...]:
    return tuple(from_tree(text, t) for t in trees)


def _token(tree: Tree[Token]) -> Token:
    return values.tokens(tree)[0]


def _slice(text: str, tree: Tree[Token]) -> str:
    return text[tree.meta.start_pos : tree.meta.end_pos]
