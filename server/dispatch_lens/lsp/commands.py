"""The commands of `workspace/executeCommand`: one JSON object in, one out. `NAMES` lists them."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from dispatch_lens import rules
from dispatch_lens.analysis.version import spoken_version
from dispatch_lens.compiler import bridge, find
from dispatch_lens.features import verification, why_outlined
from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import DispatchRow, Overview
from dispatch_lens.lsp import convert, fixes, pages
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import OpenDocument
from dispatch_lens.lsp.server import Server
from dispatch_lens.rules import pages as rule_pages

Json = dict[str, object]


async def summary(ls: Server, *arguments: Any) -> Json | None:
    """{uri} -> the numbers of the program."""
    found = await _overview(ls, arguments)
    if found is None:
        return None
    _, _, of = found
    return {
        "dispatches": of.summary.executed,
        "executables": of.summary.unique_executables,
        "byKind": dict(of.summary.by_kind),
        "standaloneTransposes": of.summary.standalone_transposes,
        "copies": of.summary.copies,
        "toDispatch": of.summary.to_dispatch,
        "shape": of.summary.shape,
        "certainty": of.certainty,
        "errors": len(of.problems),
        "remarks": len(of.remarks),
    }


async def dispatches(ls: Server, *arguments: Any) -> list[Json] | None:
    """{uri} -> one object a dispatch."""
    found = await _overview(ls, arguments)
    if found is None:
        return None
    _, converter, of = found
    return [_dispatch(converter, of, one) for one in of.dispatches]


def _dispatch(converter: Converter, of: Overview, row: DispatchRow) -> Json:
    said = [{"rule": one.rule, "message": one.message, "range": _range(converter.range(one.range))} for one in of.remarks_of(row)]
    return {
        "ordinal": row.ordinal,
        "name": row.name,
        "kind": row.kind,
        "summary": row.summary,
        "bytesRead": row.bytes_read,
        "bytesWritten": row.bytes_written,
        "flops": row.flops,
        "range": _range(converter.range(row.range)),
        "signature": row.signature,
        "producers": list(row.producers),
        "consumers": list(row.consumers),
        "remarks": said,
        "couldJoin": bool(of.missed(row)),
    }


async def graph(ls: Server, *arguments: Any) -> Json | None:
    """{uri, format: "dot"|"json"|"mermaid"} -> {text}."""
    document, _ = _document(ls, arguments)
    form = _table(arguments).get("format", "dot")
    if form not in ("dot", "json", "mermaid"):
        raise JsonRpcInvalidParams("`format` is one of dot, json, mermaid")
    return {"text": await ls.analyst.ask("graph", document.snapshot, form)}


async def predict(ls: Server, *arguments: Any) -> Json | None:
    """{uri, aggressive} -> {functions: [{name, groups: [{root, ops}]}]}; positions are MLIR's, from 1."""
    document, _ = _document(ls, arguments)
    version = ls.editor_settings.settings.compiler_version
    era = version.label if version is not None else None
    aggressive = bool(_table(arguments).get("aggressive", False))
    return {"functions": await ls.analyst.ask("predict", document.snapshot, era, aggressive)}


async def why(ls: Server, *arguments: Any) -> Json | None:
    """{uri, position, other?} -> {markdown}."""
    document, converter = _document(ls, arguments)
    table = _table(arguments)
    offset = converter.offset(_position(table.get("position")))
    other = converter.offset(_position(table["other"])) if table.get("other") is not None else None
    given = ls.editor_settings.settings
    release = given.compiler_version.label if given.compiler_version is not None else None
    return {"markdown": await ls.analyst.ask("why", document.snapshot, offset, other, release, given.target)}


def explain(ls: Server, *arguments: Any) -> Json:
    """{rule} -> {markdown}."""
    rule = rules.by_name(str(_table(arguments).get("rule")))
    if rule is None:
        raise JsonRpcInvalidParams(f"there is no rule `{_table(arguments).get('rule')}`")
    return {"markdown": rule_pages.explain(rule)}


async def open_page(ls: Server, *arguments: Any) -> Json:
    """{rule} -> {uri}: shows the rule's page in the editor."""
    uri = pages.href(str(_table(arguments).get("rule")))
    window = ls.client_capabilities.window
    if uri is not None and window is not None and window.show_document is not None and window.show_document.support:
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
    return {"uri": uri}


def copy_flag(ls: Server, *arguments: Any) -> Json:
    """{flag} -> {flag}: shows the flag; an editor that has a clipboard takes it from the answer."""
    flag = str(_table(arguments).get("flag", ""))
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, flag))
    return {"flag": flag}


async def fix(ls: Server, *arguments: Any) -> Json | None:
    """{uri} -> {applied, edits}: makes all safe fixes."""
    found = await _overview(ls, arguments)
    if found is None:
        return None
    document, converter, _ = found
    edits = await fixes.all_edits(ls, document) if document.is_overview_current else ()
    if not edits:
        return {"applied": False, "edits": 0}
    changes = {document.snapshot.uri: converter.edits(edits)}
    answer = await ls.workspace_apply_edit_async(
        types.ApplyWorkspaceEditParams(types.WorkspaceEdit(changes), label="Make all safe fixes")
    )
    return {"applied": answer.applied, "edits": len(edits)}


def compile_command(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {command}: what makes the dump on which dispatches form."""
    document, _ = _document(ls, arguments)
    given = ls.editor_settings.settings.compiler_version
    return {"command": why_outlined.dump_command(given or spoken_version(document.snapshot.text).likely)}


# ---------------------------------------------------------------- the compiler


async def compilers(ls: Server, *arguments: Any) -> list[Json]:
    """{} -> [{path, version}]: the IREE installs of this machine, the newest first."""
    found = await asyncio.get_running_loop().run_in_executor(None, _bridge)
    installs = sorted(found.installs(), key=lambda one: find.version_key(one.version), reverse=True)
    return [{"path": one.python or one.iree_opt or one.iree_compile or "", "version": one.version} for one in installs]


async def verify(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {diagnostics, compiler?}: what the real compiler's parser says; shows progress meanwhile."""
    document, converter = _document(ls, arguments)
    token = await _begin(ls, "Asking the compiler")
    snapshot = document.snapshot
    try:
        work = functools.partial(_verify, snapshot.uri, snapshot.version, snapshot.text)
        problems = await asyncio.get_running_loop().run_in_executor(None, work)
    except verification.VerificationError as error:
        return {"diagnostics": [], "failure": str(error)}
    finally:
        _end(ls, token)
    found = [converter.error(problem) for problem in problems]
    return {
        "diagnostics": [
            {"range": _range(one.range), "message": one.message, "severity": 1, "source": convert.SOURCE} for one in found
        ]
    }


@functools.lru_cache(maxsize=1)
def _bridge() -> bridge.Bridge:
    return bridge.Bridge(find.find_installs(find.Configured(), None))


def _verify(uri: str, version: int, text: str) -> Any:
    return verification.verify(Document(uri, version, text), _bridge())


async def _begin(ls: Server, title: str) -> str | None:
    window = ls.client_capabilities.window
    if window is None or not window.work_done_progress:
        return None
    token = f"dispatch-lens-{title}-{id(asyncio.current_task())}"
    await ls.work_done_progress.create_async(token)  # pyright: ignore[reportUnknownMemberType]
    ls.work_done_progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=False))
    return token


def _end(ls: Server, token: str | None) -> None:
    if token is not None:
        ls.work_done_progress.end(token, types.WorkDoneProgressEnd())


# ---------------------------------------------------------------- arguments


async def _overview(ls: Server, arguments: tuple[Any, ...]) -> tuple[OpenDocument, Converter, Overview] | None:
    uri = str(_table(arguments).get("uri"))
    _document(ls, arguments)
    overview = await ls.readings.overview(uri)
    opened = ls.opened(uri)
    return None if overview is None or opened is None else (*opened, opened[0].overview or overview)


def _document(ls: Server, arguments: tuple[Any, ...]) -> tuple[OpenDocument, Converter]:
    uri = str(_table(arguments).get("uri"))
    opened = ls.opened(uri)
    if opened is None:
        raise JsonRpcInvalidParams(f"`{uri}` is not open")
    return opened


def _table(arguments: tuple[Any, ...]) -> Mapping[str, Any]:
    """The one object that a command is given."""
    first: object = arguments[0] if arguments else {}
    if not isinstance(first, Mapping):
        raise JsonRpcInvalidParams("the argument must be an object")
    return cast("Mapping[str, Any]", first)


def _position(value: Any) -> types.Position:
    table: Mapping[str, Any] = cast("Mapping[str, Any]", value) if isinstance(value, Mapping) else {}
    line, character = table.get("line"), table.get("character")
    if not isinstance(line, int) or not isinstance(character, int):
        raise JsonRpcInvalidParams("a position is an object with `line` and `character`")
    return types.Position(line, character)


def _range(of: types.Range) -> Json:
    return {
        "start": {"line": of.start.line, "character": of.start.character},
        "end": {"line": of.end.line, "character": of.end.character},
    }


NAMES = {
    "dispatchLens.summary": summary,
    "dispatchLens.dispatches": dispatches,
    "dispatchLens.graph": graph,
    "dispatchLens.predict": predict,
    "dispatchLens.why": why,
    "dispatchLens.explain": explain,
    "dispatchLens.openPage": open_page,
    "dispatchLens.copyFlag": copy_flag,
    "dispatchLens.fix": fix,
    "dispatchLens.compileCommand": compile_command,
    "dispatchLens.compilers": compilers,
    "dispatchLens.verify": verify,
}
"""Every command by its name."""
