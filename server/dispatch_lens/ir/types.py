"""MLIR types as values, printed as MLIR prints them; `type_parser` reads them, `type_sizes` measures them.

Encodings, memory spaces and the bodies of dialect types are kept as text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypeGuard

Signedness: TypeAlias = Literal["", "s", "u"]
Shape: TypeAlias = tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class IntegerType:
    """`i32`, `si8` (signedness `s`), `ui8` (`u`). Width in bits."""

    width: int
    signedness: Signedness = ""

    def __str__(self) -> str:
        return f"{self.signedness}i{self.width}"


@dataclass(frozen=True, slots=True)
class FloatType:
    """`f32`, `bf16`, `f8E4M3FNUZ` …. Width in bits; 19 for tf32."""

    name: str
    width: int

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class IndexType:
    """`index`."""

    def __str__(self) -> str:
        return "index"


@dataclass(frozen=True, slots=True)
class NoneType:
    """`none`."""

    def __str__(self) -> str:
        return "none"


@dataclass(frozen=True, slots=True)
class ComplexType:
    """`complex<element>`."""

    element: Type

    def __str__(self) -> str:
        return f"complex<{self.element}>"


@dataclass(frozen=True, slots=True)
class TensorType:
    """`tensor<shape x element, encoding>`; shape None is unranked, a None dim is dynamic, encoding is its text."""

    shape: Shape | None
    element: Type
    encoding: str | None = None

    def __str__(self) -> str:
        encoding = f", {self.encoding}" if self.encoding else ""
        return f"tensor<{shape_text(self)}{encoding}>"


@dataclass(frozen=True, slots=True)
class VectorType:
    """`vector<shape x element>`; `scalable` flags the dims printed in brackets."""

    shape: tuple[int, ...]
    element: Type
    scalable: tuple[bool, ...]

    def __str__(self) -> str:
        dims = "".join(f"[{d}]x" if s else f"{d}x" for d, s in zip(self.shape, self.scalable))
        return f"vector<{dims}{self.element}>"


@dataclass(frozen=True, slots=True)
class MemRefType:
    """`memref<shape x element, layout, memory_space>`; empty text is the default, shape None is unranked."""

    shape: Shape | None
    element: Type
    layout: str = ""
    memory_space: str = ""

    def __str__(self) -> str:
        rest = "".join(f", {text}" for text in (self.layout, self.memory_space) if text)
        return f"memref<{shape_text(self)}{rest}>"


@dataclass(frozen=True, slots=True)
class FunctionType:
    """`(inputs) -> results`."""

    inputs: tuple[Type, ...]
    results: tuple[Type, ...]

    def __str__(self) -> str:
        results = _join(self.results)
        bare = len(self.results) == 1 and not isinstance(self.results[0], FunctionType)
        return f"({_join(self.inputs)}) -> {results if bare else f'({results})'}"


@dataclass(frozen=True, slots=True)
class TupleType:
    """`tuple<elements>`."""

    elements: tuple[Type, ...]

    def __str__(self) -> str:
        return f"tuple<{_join(self.elements)}>"


@dataclass(frozen=True, slots=True)
class DialectType:
    """`!dialect.name<body>`: the body as text, None where there is none, and the types found in it.

    A bare shape in the body counts as a tensor: `!flow.dispatch.tensor<readonly:4x8xf32>` and
    `!iree_tensor_ext.dispatch.tensor<readonly:tensor<4x8xf32>>` have equal parameters.
    """

    dialect: str
    name: str
    body: str | None = None
    parameters: tuple[Type, ...] = ()

    def __str__(self) -> str:
        name = f".{self.name}" if self.name else ""
        return f"!{self.dialect}{name}" + ("" if self.body is None else f"<{self.body}>")


@dataclass(frozen=True, slots=True)
class AliasType:
    """`!name`, defined elsewhere in the module."""

    name: str

    def __str__(self) -> str:
        return f"!{self.name}"


@dataclass(frozen=True, slots=True)
class OpaqueType:
    """A text that is not understood as a type."""

    text: str

    def __str__(self) -> str:
        return self.text


ShapedType: TypeAlias = TensorType | VectorType | MemRefType
Type: TypeAlias = (
    IntegerType
    | FloatType
    | IndexType
    | NoneType
    | ComplexType
    | ShapedType
    | FunctionType
    | TupleType
    | DialectType
    | AliasType
    | OpaqueType
)

_UNREAD = (OpaqueType, AliasType, DialectType)

FLOAT_WIDTHS = {
    "f16": 16, "bf16": 16, "tf32": 19, "f32": 32, "f64": 64, "f80": 80, "f128": 128,
    "f4E2M1FN": 4, "f6E2M3FN": 6, "f6E3M2FN": 6,
    "f8E5M2": 8, "f8E4M3": 8, "f8E4M3FN": 8, "f8E5M2FNUZ": 8, "f8E4M3FNUZ": 8, "f8E4M3B11FNUZ": 8, "f8E3M4": 8,
    "f8E8M0FNU": 8, "f8E5M3FNU": 8,
}  # fmt: skip


def is_shaped(of: Type) -> TypeGuard[ShapedType]:
    """True for tensors, vectors and memrefs."""
    return isinstance(of, (TensorType, VectorType, MemRefType))


def shaped(of: Type) -> ShapedType | None:
    """The type itself where it is shaped, or the one shaped type that a dialect type carries."""
    if isinstance(of, (TensorType, VectorType, MemRefType)):
        return of
    if not isinstance(of, DialectType):
        return None
    found = [p for p in of.parameters if isinstance(p, (TensorType, VectorType, MemRefType))]
    return found[0] if len(found) == 1 else None


def surely_differ(one: Type | None, other: Type | None) -> bool:
    """Whether two types are not one. One that is not told, an alias, and what a dialect spells in its own way may be any."""
    if one is other or one is None or other is None or isinstance(one, _UNREAD) or isinstance(other, _UNREAD):
        return False
    if not (is_shaped(one) and is_shaped(other)) or type(one) is not type(other) or one.shape != other.shape:
        return one != other
    return surely_differ(one.element, other.element) or (one.element == other.element and _details_differ(one, other))


def _details_differ(one: ShapedType, other: ShapedType) -> bool:
    """Whether encodings, layouts or memory spaces differ, which two aliases or bodies of attributes do not say."""
    details = _details(one), _details(other)
    return details[0] != details[1] and not all("#" in detail for detail in details)


def _details(of: ShapedType) -> str:
    if isinstance(of, TensorType):
        return of.encoding or ""
    return f"{of.layout}, {of.memory_space}" if isinstance(of, MemRefType) else str(of.scalable)


def sizes(of: Type | None) -> Shape:
    """The sizes of a tensor's dims; none of what is no tensor, or an unranked one."""
    return of.shape or () if isinstance(of, TensorType) else ()


def without_units(shape: Shape | None) -> Shape:
    """The sizes but those that are 1; none of an unranked tensor."""
    return tuple(size for size in shape or () if size != 1)


def shape_text(of: ShapedType) -> str:
    """Dims and element as printed between the brackets, without encoding or layout: `1x32x?xf32`, `*xf32`."""
    if of.shape is None:
        return f"*x{of.element}"
    return "".join("?x" if d is None else f"{d}x" for d in of.shape) + str(of.element)


def strided_text(strides: Shape, offset: int | None) -> str:
    """`strided<[?, 1], offset: 4>`, the offset 0 left out."""
    listed = ", ".join("?" if s is None else str(s) for s in strides)
    tail = "" if offset == 0 else f", offset: {'?' if offset is None else offset}"
    return f"strided<[{listed}]{tail}>"


def _join(types: Iterable[Type]) -> str:
    return ", ".join(map(str, types))
