"""Random edits of a text, and random questions about it, as any editor may ask them."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

from talk import Json, position

FIXTURES = Path(__file__).parent / "fixtures"
PIECES = (
    "",
    "x",
    "{",
    "}",
    "\n",
    "\r\n",
    "%0",
    '"',
    "affine_map<",
    "// -----\n",
    "é😀",
    "\n%z = arith.constant 1 : i32\n",
    "\n// -----// IR Dump After Foo (foo) //----- //\n",
    "linalg.",
    "tensor<4x",
    " -> (",
    "[[0, 1]]",
    "@",
    "#map",
    "// dispatch-lens: ignore[standalone-transpose]\n",
)
AT_A_PLACE = (
    "textDocument/hover",
    "textDocument/definition",
    "textDocument/documentHighlight",
    "textDocument/prepareRename",
    "textDocument/completion",
    "textDocument/signatureHelp",
    "textDocument/prepareCallHierarchy",
)
OF_THE_WHOLE = (
    "textDocument/documentSymbol",
    "textDocument/foldingRange",
    "textDocument/documentLink",
    "textDocument/semanticTokens/full",
    "textDocument/codeLens",
    "textDocument/diagnostic",
)
COMMANDS = ("summary", "dispatches", "graph", "predict", "why", "extract", "compileCommand")


def texts() -> list[str]:
    """The texts that are edited: a session's, a dump of several sections, a real dump cut in its middle, an outlined one."""
    formed = (FIXTURES / "models" / "deeplab" / "2024-07" / "seed.form-dispatch-regions.mlir").read_text()
    outlined = (FIXTURES / "models" / "resnet18" / "3.13" / "default.flow.mlir").read_text()
    small = [(FIXTURES / "editor" / name).read_text() for name in ("session.mlir", "dump.mlir", "places.mlir")]
    return [*small, formed[30_000:42_000], outlined[:9_000], *(path.read_text() for path in (FIXTURES / "snippets").glob("*"))]


def edited(text: str, chance: random.Random) -> tuple[str, Json]:
    """The text after a random edit, and the change as the protocol has it."""
    start = chance.randrange(len(text) + 1)
    end = min(len(text), start + chance.choice((0, 0, 1, 5, 40, 400)))
    new = chance.choice((*PIECES, text[start : start + 30], text[:60]))
    change = {"range": {"start": position(text, start), "end": position(text, end)}, "text": new}
    return text[:start] + new + text[end:], change


def question(uri: str, text: str, chance: random.Random) -> tuple[str, Any]:
    """A method with its parameters."""
    document, place = {"uri": uri}, position(text, chance.randrange(len(text) + 1))
    other = position(text, chance.randrange(len(text) + 1))
    first, last = sorted((place, other), key=lambda one: (one["line"], one["character"]))
    here = {"textDocument": document, "position": place}
    ranged = {"textDocument": document, "range": {"start": first, "end": last}}
    which = chance.randrange(100)
    if which < 60:
        return chance.choice(AT_A_PLACE), here
    if which < 72:
        return chance.choice(OF_THE_WHOLE), {"textDocument": document}
    if which < 76:
        return "textDocument/references", {**here, "context": {"includeDeclaration": True}}
    if which < 80:
        return "textDocument/rename", {**here, "newName": chance.choice(("%new", "@new", "x", "#m", "%0", "1 2"))}
    if which < 84:
        return "textDocument/selectionRange", {"textDocument": document, "positions": [place, other]}
    if which < 94:
        return chance.choice(("textDocument/inlayHint", "textDocument/semanticTokens/range")), ranged
    if which < 97:
        return "textDocument/codeAction", {**ranged, "context": {"diagnostics": []}}
    if which < 98:
        return "workspace/symbol", {"query": chance.choice(("", "main", "%", "@x"))}
    name = chance.choice(COMMANDS)
    return "workspace/executeCommand", {"command": f"dispatchLens.{name}", "arguments": [{"uri": uri, "position": place}]}
