"""What a command of `workspace/executeCommand` is given: one JSON object. What cannot be used is told as invalid parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import OpenDocument
from dispatch_lens.lsp.server import Server

Json = dict[str, object]


def document(ls: Server, arguments: tuple[Any, ...]) -> tuple[OpenDocument, Converter]:
    """The open document of the `uri` that the command is given."""
    uri = str(table(arguments).get("uri"))
    opened = ls.opened(uri)
    if opened is None:
        raise JsonRpcInvalidParams(f"`{uri}` is not open")
    return opened


def table(arguments: tuple[Any, ...]) -> Mapping[str, Any]:
    """The one object that a command is given."""
    first: object = arguments[0] if arguments else {}
    if not isinstance(first, Mapping):
        raise JsonRpcInvalidParams("the argument must be an object")
    return cast("Mapping[str, Any]", first)


def words(of: Mapping[str, Any], name: str) -> list[str]:
    """The list of words under that name."""
    found: object = of.get(name)
    if not isinstance(found, list):
        raise JsonRpcInvalidParams(f"`{name}` is a list of words")
    return [str(word) for word in cast("list[object]", found)]


def position(value: Any) -> types.Position:
    """A position of the protocol from its JSON."""
    place: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
    line, character = place.get("line"), place.get("character")
    if not isinstance(line, int) or not isinstance(character, int):
        raise JsonRpcInvalidParams("a position is an object with `line` and `character`")
    return types.Position(line, character)


def as_json(of: types.Range) -> Json:
    """A range as the protocol spells it."""
    return {
        "start": {"line": of.start.line, "character": of.start.character},
        "end": {"line": of.end.line, "character": of.end.character},
    }
