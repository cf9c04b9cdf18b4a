"""Makes one section of a dump digestible for the parser, and tells what its answer owes to the section's narrow scope.

Works on text with regular expressions; it does not know the grammar, and lines never move.
"""

from __future__ import annotations

import re

from dispatch_lens.compiler import protocol

UNDEFINED = re.compile(
    r"does not reference a valid function|undefined/incompatible callee|undefined global"
    r"|reference to undefined function|symbol reference attribute referencing to a|undefined symbol"
    r"|undefined entry point"
)
PARENT = re.compile(r"expects parent op|expected parent op")
MODULE = re.compile(r'^\s*(?:builtin\.)?module\b|^\s*"builtin\.module"', re.M)
TOKENS = re.compile(rb'"[^"\\\n]*(?:\\.[^"\\\n]*)*"|//[^\n]*|\bloc\(|[()]')
DEFINITION = re.compile(r"\b(?:func\.func|util\.func|util\.global) [^@\n]*@([\w$.-]+)")
CALL = re.compile(r"\b(func\.|util\.|)call @([\w$.-]+)\([^\n]*?\) : (\([^\n]*)$", re.M)
GLOBAL = re.compile(r"\butil\.global\.(?:load|store) [^\n]*?@([\w$.-]+) : ([^\n]+)$", re.M)


def closed(text: str) -> str:
    """The text without locations, followed by declarations of what a function printed alone calls and loads."""
    cleared = clear_locations(text)
    return cleared + declarations(cleared)


def is_artefact(position: protocol.Position | None, message: str, text: str) -> bool:
    """Whether the missing surroundings alone explain a diagnostic of `text`."""
    if MODULE.search(text):
        return False
    if UNDEFINED.search(message):
        return True
    if position is None or not PARENT.search(message):
        return False
    return not text.split("\n")[position.line - 1][:1].isspace()


def clear_locations(text: str) -> str:
    """The text with each trailing `loc(...)` blanked, so that the parser's own positions are the locations.

    Strings and comments are left alone, and so is a location that is the value of an attribute.
    """
    if "loc(" not in text:
        return text
    data = bytearray(text.encode())
    start, depth = 0, 0
    for token in TOKENS.finditer(bytes(data)):
        opens = token.group() in (b"(", b"loc(")
        if depth == 0 and token.group() == b"loc(" and not is_attribute(data, token.start()):
            start, depth = token.start(), 1
        elif depth and opens:
            depth += 1
        elif depth and token.group() == b")":
            depth -= 1
            if depth == 0:
                data[start : token.end()] = re.sub(rb"[^\n]", b" ", data[start : token.end()])
    return data.decode()


def declarations(text: str) -> str:
    """Lines that declare each function called and each global loaded or stored that the text does not define."""
    wanted = {name: f"{dialect or 'func.'}func private @{name}{types}" for dialect, name, types in CALL.findall(text)}
    wanted |= {name: f"util.global private mutable @{name} : {kind}" for name, kind in GLOBAL.findall(text)}
    defined = set(DEFINITION.findall(text))
    lines = [line for name, line in wanted.items() if name not in defined]
    return "\n" + "\n".join(lines) + "\n" if lines else ""


def is_attribute(data: bytearray, start: int) -> bool:
    return data[max(0, start - 8) : start].rstrip().endswith((b"=", b",", b"["))
