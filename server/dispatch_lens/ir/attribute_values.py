"""MLIR attributes as values, printed as MLIR prints them. Reading them is in `attributes`.

Numbers keep the spelling that they were read with, because MLIR's own printing of a float depends on its semantics.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from dispatch_lens.ir import affine, types

Number: TypeAlias = int | float | bool
I64 = types.IntegerType(64)
F64 = types.FloatType("f64", 64)


@dataclass(frozen=True, slots=True)
class IntegerAttr:
    """`3 : i32`; a number without a type is an i64. The value is signed unless the type is unsigned."""

    value: int
    type: types.Type = I64

    def __str__(self) -> str:
        return f"{self.value} : {self.type}"


@dataclass(frozen=True, slots=True)
class FloatAttr:
    """`1.0 : f32`; without a type f64. `spelling` is the number as written, hexadecimal bits included."""

    value: float
    type: types.Type = F64
    spelling: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.spelling or format(self.value, 'e')} : {self.type}"


@dataclass(frozen=True, slots=True)
class BoolAttr:
    """`true`, also written `1 : i1`."""

    value: bool

    def __str__(self) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class StringAttr:
    """`"text"`; `value` has its escapes resolved, byte by byte."""

    value: str
    type: types.Type | None = None

    def __str__(self) -> str:
        return quoted(self.value) + ("" if self.type is None else f" : {self.type}")


@dataclass(frozen=True, slots=True)
class UnitAttr:
    """`unit`, the value of a name that stands alone in a dictionary."""

    def __str__(self) -> str:
        return "unit"


@dataclass(frozen=True, slots=True)
class ArrayAttr:
    """`[a, b]`."""

    elements: tuple[Attribute, ...]

    def __str__(self) -> str:
        return f"[{', '.join(map(nested_text, self.elements))}]"


@dataclass(frozen=True, slots=True)
class DictAttr:
    """`{name = value}`, sorted by name as MLIR keeps it."""

    entries: tuple[tuple[str, Attribute], ...]

    def __str__(self) -> str:
        return f"{{{', '.join(_entry_text(name, value) for name, value in self.entries)}}}"

    def get(self, name: str) -> Attribute | None:
        """The value of this name, None where there is none."""
        return next((value for key, value in self.entries if key == name), None)


@dataclass(frozen=True, slots=True)
class TypeAttr:
    """A type as a value."""

    type: types.Type

    def __str__(self) -> str:
        return str(self.type)


@dataclass(frozen=True, slots=True)
class AffineMapAttr:
    """`affine_map<…>`."""

    map: affine.AffineMap

    def __str__(self) -> str:
        return str(self.map)


@dataclass(frozen=True, slots=True)
class IntegerSetAttr:
    """`affine_set<…>`."""

    set: affine.AffineSet

    def __str__(self) -> str:
        return str(self.set)


@dataclass(frozen=True, slots=True)
class SymbolRefAttr:
    """`@root::@nested`."""

    root: str
    nested: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "::".join(_symbol_text(name) for name in (self.root, *self.nested))


@dataclass(frozen=True, slots=True)
class DenseElementsAttr:
    """`dense<…> : type`.

    `splat` is the one number that fills the type. `values` are the elements, row by row, where they are few enough to
    be of use (a splat has one only), else None. `kind`: *literal* numbers, *hex* bytes, or *elided* by the printer.
    `literal` is the text between the brackets; an older `opaque<"elided_large_const", …>` counts as elided.
    """

    type: types.Type
    splat: Number | None
    kind: Literal["literal", "hex", "elided"]
    values: tuple[Number, ...] | None
    literal: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{'opaque' if self.kind == 'elided' else 'dense'}<{self.literal}> : {self.type}"


@dataclass(frozen=True, slots=True)
class DenseArrayAttr:
    """`array<i64: 1, 2>`."""

    element: types.Type
    values: tuple[Number, ...]
    literals: tuple[str, ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        shown = self.literals or tuple(_number_text(v) for v in self.values)
        return f"array<{self.element}{': ' if shown else ''}{', '.join(shown)}>"


@dataclass(frozen=True, slots=True)
class DenseResourceAttr:
    """`dense_resource<key> : type`; the bytes stand at the end of the file, or nowhere for `__elided__`."""

    key: str
    type: types.Type

    def __str__(self) -> str:
        return f"dense_resource<{name_text(self.key)}> : {self.type}"


@dataclass(frozen=True, slots=True)
class SparseAttr:
    """`sparse<indices, values> : type`, its literals as text."""

    body: str
    type: types.Type

    def __str__(self) -> str:
        return f"sparse<{self.body}> : {self.type}"


@dataclass(frozen=True, slots=True)
class StridedLayoutAttr:
    """`strided<[8, 1], offset: ?>` in elements; None is dynamic."""

    strides: types.Shape
    offset: int | None = 0

    def __str__(self) -> str:
        return types.strided_text(self.strides, self.offset)


@dataclass(frozen=True, slots=True)
class DialectAttr:
    """`#dialect.name<body> : type`, the body as text, None where there is none."""

    dialect: str
    name: str
    body: str | None = None
    type: types.Type | None = None

    def __str__(self) -> str:
        name = f".{self.name}" if self.name else ""
        body = "" if self.body is None else f"<{self.body}>"
        return f"#{self.dialect}{name}{body}" + ("" if self.type is None else f" : {self.type}")


@dataclass(frozen=True, slots=True)
class AliasAttr:
    """`#name`, defined elsewhere in the module."""

    name: str

    def __str__(self) -> str:
        return f"#{self.name}"


@dataclass(frozen=True, slots=True)
class DistinctAttr:
    """`distinct[number]<value>`."""

    number: int
    value: Attribute

    def __str__(self) -> str:
        return f"distinct[{self.number}]<{'' if isinstance(self.value, UnitAttr) else self.value}>"


@dataclass(frozen=True, slots=True)
class LocationAttr:
    """`loc(body)`, the body as text."""

    body: str

    def __str__(self) -> str:
        return f"loc({self.body})"


@dataclass(frozen=True, slots=True)
class OpaqueAttr:
    """A text that is not understood as an attribute."""

    text: str

    def __str__(self) -> str:
        return self.text


Attribute: TypeAlias = (
    IntegerAttr
    | FloatAttr
    | BoolAttr
    | StringAttr
    | UnitAttr
    | ArrayAttr
    | DictAttr
    | TypeAttr
    | AffineMapAttr
    | IntegerSetAttr
    | SymbolRefAttr
    | DenseElementsAttr
    | DenseArrayAttr
    | DenseResourceAttr
    | SparseAttr
    | StridedLayoutAttr
    | DialectAttr
    | AliasAttr
    | DistinctAttr
    | LocationAttr
    | OpaqueAttr
)

_NAME = re.compile(r"[A-Za-z_][\w$.]*", re.ASCII)


def nested_text(attribute: Attribute) -> str:
    """The attribute inside an array, where MLIR leaves out the types i64 and f64."""
    text = str(attribute)
    if isinstance(attribute, (IntegerAttr, FloatAttr)) and attribute.type in (I64, F64):
        return text.rpartition(" : ")[0]
    return text


def name_text(name: str) -> str:
    """A dictionary name or resource key: quoted where it is no identifier."""
    return name if _NAME.fullmatch(name) else quoted(name)


def quoted(value: str) -> str:
    """The string literal of a value, escaped as llvm::printEscapedString does with bytes, `\\` doubled."""
    return f'"{"".join(_escaped(byte) for byte in value.encode("utf-8", "surrogateescape"))}"'


def unquoted(literal: str) -> str:
    """The value of a string literal. Bytes that are no UTF-8 become surrogates, so that `quoted` restores them."""
    return b"".join(_bytes_of(part) for part in _escape_parts(literal[1:-1])).decode("utf-8", "surrogateescape")


_ESCAPE = re.compile(r'\\(["\\nt]|[0-9a-fA-F]{2})')


def _escape_parts(text: str) -> Iterator[str]:
    at = 0
    for match in _ESCAPE.finditer(text):
        yield text[at : match.start()]
        yield match[0]
        at = match.end()
    yield text[at:]


def _bytes_of(part: str) -> bytes:
    if not part.startswith("\\"):
        return part.encode("utf-8", "surrogateescape")
    plain = {"n": b"\n", "t": b"\t", '"': b'"', "\\": b"\\"}.get(part[1:])
    return bytes([int(part[1:], 16)]) if plain is None else plain


def _escaped(byte: int) -> str:
    if byte == 0x5C:
        return "\\\\"
    return chr(byte) if 0x20 <= byte < 0x7F and byte != 0x22 else f"\\{byte:02X}"


def _symbol_text(name: str) -> str:
    return f"@{name_text(name)}"


def _entry_text(name: str, value: Attribute) -> str:
    return name_text(name) if isinstance(value, UnitAttr) else f"{name_text(name)} = {value}"


def _number_text(value: Number) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return format(value, "e") if isinstance(value, float) else str(value)
