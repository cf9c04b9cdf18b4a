"""What is wrong with the text of one type or attribute: offsets in it, and plain words."""

from __future__ import annotations

import re

from dispatch_lens.ir import affine, attributes, type_parser
from dispatch_lens.syntax.tree import STRING

_VALUES = re.compile(r"^(?:affine_map|affine_set|dense|array|strided)\b")


def in_value(text: str) -> tuple[tuple[int, str], ...]:
    """What is wrong with the text of one type or attribute: offset and message. A dialect's own body is not judged."""
    if text.startswith(("#", "!", "dense_resource", "sparse", "opaque")):
        return _body_errors(text)
    if text.startswith("affine_map"):
        return tuple((problem.offset, problem.message) for problem in affine.errors_in_map(text))
    if _VALUES.match(text):
        return _attribute_errors(text)
    return tuple((problem.offset, problem.message) for problem in type_parser.errors_in_type(text))


_NUMBER = re.compile(rf"[-+]?(?:0x[0-9A-Fa-f]+|\d+(?:\.\d*(?:[eE][-+]?\d+)?)?)|true|false|{STRING}|__elided__|[\[\]\s,()]")
_UNSEPARATED = re.compile(r"[\w.\])]\s+[-+\w.\[(]")
_EMPTY_ELEMENT = re.compile(rf"{STRING}|" r"(?P<bad>[\[({<,]\s*,|,[ \t]*[\])}>])|(?P<blank>(?<![<>=!])=\s*(?:\s=|[,\])}])|:\s+:)")


def _body_errors(text: str) -> tuple[tuple[int, str], ...]:
    """An element that is missing between commas, or a value, in a body that is otherwise not judged; a comma may end a line."""
    for match in _EMPTY_ELEMENT.finditer(text):
        if match.group("bad"):
            return ((match.start("bad"), "expected an element beside ','"),)
        if match.group("blank"):
            return ((match.start("blank"), f"expected a value after '{match.group()[0]}'"),)
    return ()


def _dense_errors(text: str) -> tuple[tuple[int, str], ...]:
    at = text.find("<") + 1
    end = text.rfind(">")
    while 0 < at < end:
        match = _NUMBER.match(text, at, end)
        if match is None:
            return ((at, "this is no element of a dense literal"),)
        at = match.end()
    unseparated = _UNSEPARATED.search(text, text.find("<") + 1, end)
    return ((unseparated.start() + 1, "expected ',' between elements"),) if unseparated else _body_errors(text)


def _attribute_errors(text: str) -> tuple[tuple[int, str], ...]:
    if text.startswith("dense<"):
        return _dense_errors(text)
    return tuple((problem.offset, problem.message) for problem in attributes.errors_in_attribute(text))


def in_alias(name: str, body: str) -> tuple[tuple[int, str], ...]:
    """What is wrong with the value of an alias, which is a type's where the name begins with `!`, else an attribute's."""
    if name.startswith("!") or body.startswith("affine_map") or _VALUES.match(body):
        return in_value(body)
    return _body_errors(body) or tuple((problem.offset, problem.message) for problem in attributes.errors_in_attribute(body))
