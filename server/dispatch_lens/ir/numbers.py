"""Number literals of attributes: what a literal is worth under its type, and whether MLIR takes it there.

Source: buildAttributeAPInt and parseFloatFromIntegerLiteral in mlir/lib/AsmParser.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from dispatch_lens.ir import types
from dispatch_lens.ir.attribute_values import Number
from dispatch_lens.syntax import values

if TYPE_CHECKING:
    from lark import Token, Tree


def read(tree: Tree[Token], element: types.Type) -> tuple[Number, str]:
    """The value of a number or bool literal under the type, and its spelling as MLIR prints it.

    Raises values.Rejected where the literal does not fit the type. Under a type that is not understood all fit.
    """
    *sign, token = values.tokens(tree)
    match element:
        case _ if token.type == "BOOL":
            return _bool(token, element)
        case types.IntegerType() | types.IndexType():
            return _integer(token, bool(sign), element)
        case types.FloatType():
            return _float(token, bool(sign), element)
        case types.AliasType() | types.OpaqueType():
            return _float(token, bool(sign), _WIDEST)
        case _:
            raise values.Rejected(_offset(token), f"number literal not valid for type '{element}'")


def float_of_bits(bits: int, width: int) -> float:
    """The float that these bits spell; NaN for the formats that Python cannot unpack."""
    if width not in _FORMATS:
        return float("nan")
    as_int, as_float = _FORMATS[width]
    value: float = struct.unpack(as_float, struct.pack(as_int, bits))[0]
    return value


_WIDEST = types.FloatType("f128", 128)
_FORMATS = {16: ("<H", "<e"), 32: ("<I", "<f"), 64: ("<Q", "<d")}


def _bool(token: Token, element: types.Type) -> tuple[Number, str]:
    if element != types.IntegerType(1) and not isinstance(element, types.AliasType):
        raise values.Rejected(_offset(token), "expected i1 type for 'true' or 'false' values")
    return token == "true", str(token)


def _integer(token: Token, negative: bool, element: types.IntegerType | types.IndexType) -> tuple[Number, str]:
    if token.type != "INTEGER":
        raise values.Rejected(_offset(token), "expected integer elements, but parsed floating-point")
    width, sign = (element.width, element.signedness) if isinstance(element, types.IntegerType) else (64, "")
    if negative and sign == "u":
        raise values.Rejected(_offset(token), "negative integer literal not valid for unsigned integer type")
    value = -_unsigned(token) if negative else _unsigned(token)
    lowest = 0 if sign == "u" else -(1 << max(0, width - 1))
    highest = (1 << (width - 1 if sign == "s" else width)) - 1
    if not lowest <= value <= highest:
        raise values.Rejected(_offset(token), "integer constant out of range for type")
    if width == 1 and not sign:
        return value != 0, "true" if value else "false"
    wrapped = value - (1 << width) if not sign and value >> (width - 1) > 0 else value
    return wrapped, str(wrapped)


def _float(token: Token, negative: bool, element: types.FloatType) -> tuple[Number, str]:
    if token.type == "FLOAT_LITERAL":
        value = float(token)
        return (-value, f"-{token}") if negative else (value, str(token))
    if element == _WIDEST:
        whole = -_unsigned(token) if negative else _unsigned(token)
        return whole, str(whole)
    if not token.startswith("0x"):
        raise values.Rejected(_offset(token), "unexpected decimal integer literal for a floating point value")
    if negative:
        raise values.Rejected(_offset(token), "hexadecimal float literal should not have a leading minus")
    bits = _unsigned(token)
    if bits >> element.width:
        raise values.Rejected(_offset(token), "hexadecimal float constant out of range for type")
    is_bfloat = element.name == "bf16"
    return float_of_bits(bits << 16 if is_bfloat else bits, 32 if is_bfloat else element.width), str(token)


def _unsigned(token: Token) -> int:
    return int(token, 16 if token.startswith("0x") else 10)


def _offset(token: Token) -> int:
    return token.start_pos or 0
