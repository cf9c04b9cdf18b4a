"""The commands of `workspace/executeCommand`: one JSON object in, one out. `NAMES` lists them."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from dispatch_lens import rules
from dispatch_lens.features import summary_words
from dispatch_lens.features.overview import DispatchRow, Overview
from dispatch_lens.lsp import fixes, given, pages, turns
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import OpenDocument
from dispatch_lens.lsp.given import Json
from dispatch_lens.lsp.server import Server
from dispatch_lens.rules import pages as rule_pages


async def summary(ls: Server, *arguments: Any) -> Json | None:
    """{uri} -> the numbers of the program, and the same in words: a headline, and rows of a word and its value."""
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
        "byRule": Counter(remark.rule for remark in of.remarks),
        "headline": summary_words.headline(of.summary),
        "rows": list(summary_words.rows(of.summary, of.reading)),
    }


async def dispatches(ls: Server, *arguments: Any) -> list[Json] | None:
    """{uri} -> one object a dispatch."""
    found = await _overview(ls, arguments)
    if found is None:
        return None
    _, converter, of = found
    return await turns.listed(_dispatch(converter, of, one) for one in of.dispatches)


def _dispatch(converter: Converter, of: Overview, row: DispatchRow) -> Json:
    remarks = of.remarks_of(row)
    said = [{"rule": one.rule, "message": one.message, "range": given.as_json(converter.range(one.range))} for one in remarks]
    return {
        "ordinal": row.ordinal,
        "name": row.name,
        "kind": row.kind,
        "summary": row.summary,
        "bytesRead": row.bytes_read,
        "bytesWritten": row.bytes_written,
        "flops": row.flops,
        "range": given.as_json(converter.range(row.range)),
        "signature": row.signature,
        "producers": list(row.producers),
        "consumers": list(row.consumers),
        "remarks": said,
        "couldJoin": bool(of.remarks_of(row)),
    }


async def graph(ls: Server, *arguments: Any) -> Json | None:
    """{uri, format: "dot"|"json"|"mermaid"} -> {text}."""
    document, _ = given.document(ls, arguments)
    form = given.table(arguments).get("format", "dot")
    if form not in ("dot", "json", "mermaid"):
        raise JsonRpcInvalidParams("`format` is one of dot, json, mermaid")
    return {"text": await ls.analyst.ask("graph", document.snapshot, form)}


async def predict(ls: Server, *arguments: Any) -> Json | None:
    """{uri, aggressive} -> {functions: [{name, groups: [{root, ops}]}]}; positions are MLIR's, from 1."""
    document, _ = given.document(ls, arguments)
    version = ls.editor_settings.settings.compiler_version
    era = version.label if version is not None else None
    aggressive = bool(given.table(arguments).get("aggressive", False))
    return {"functions": await ls.analyst.ask("predict", document.snapshot, era, aggressive)}


async def why(ls: Server, *arguments: Any) -> Json | None:
    """{uri, position, other?} -> {markdown}."""
    document, converter = given.document(ls, arguments)
    table = given.table(arguments)
    offset = converter.offset(given.position(table.get("position")))
    other = converter.offset(given.position(table["other"])) if table.get("other") is not None else None
    settings = ls.editor_settings.settings
    release = settings.compiler_version.label if settings.compiler_version is not None else None
    return {"markdown": await ls.analyst.ask("why", document.snapshot, offset, other, release, settings.target)}


async def extract(ls: Server, *arguments: Any) -> Json | None:
    """{uri, position, pair?} -> {text}: the dispatch there as a module; null, and a message, where none can be cut out."""
    document, _ = given.document(ls, arguments)
    table = given.table(arguments)
    line = given.position(table.get("position")).line + 1
    cut = await ls.analyst.ask("extract_pair" if table.get("pair") else "extract", document.snapshot, line)
    if isinstance(cut, str):
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"line {line}: {cut}"))
        return None
    return {"text": cut.text}


def explain(ls: Server, *arguments: Any) -> Json:
    """{rule} -> {markdown}."""
    rule = rules.by_name(str(given.table(arguments).get("rule")))
    if rule is None:
        raise JsonRpcInvalidParams(f"there is no rule `{given.table(arguments).get('rule')}`")
    return {"markdown": rule_pages.explain(rule)}


async def open_page(ls: Server, *arguments: Any) -> Json:
    """{rule} -> {uri}: shows the rule's page in the editor."""
    uri = pages.href(str(given.table(arguments).get("rule")))
    window = ls.client_capabilities.window
    if uri is not None and window is not None and window.show_document is not None and window.show_document.support:
        await ls.window_show_document_async(types.ShowDocumentParams(uri, take_focus=True))
    return {"uri": uri}


def copy_flag(ls: Server, *arguments: Any) -> Json:
    """{flag} -> {flag}: shows the flag; an editor that has a clipboard takes it from the answer."""
    flag = str(given.table(arguments).get("flag", ""))
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


async def _overview(ls: Server, arguments: tuple[Any, ...]) -> tuple[OpenDocument, Converter, Overview] | None:
    uri = str(given.table(arguments).get("uri"))
    given.document(ls, arguments)
    overview = await ls.readings.overview(uri)
    opened = ls.opened(uri)
    return None if overview is None or opened is None else (*opened, opened[0].overview or overview)


def _late(module: str, name: str) -> Callable[..., Any]:
    """A command whose module is loaded when it is called: an editor that starts does not wait for all that asks a compiler."""

    async def command(ls: Server, *arguments: Any) -> Any:
        loaded = importlib.import_module(f"dispatch_lens.lsp.{module}")
        return await getattr(loaded, name)(ls, *arguments)

    return command


NAMES: Mapping[str, Callable[..., Any]] = {
    "dispatchLens.summary": summary,
    "dispatchLens.dispatches": dispatches,
    "dispatchLens.graph": graph,
    "dispatchLens.predict": predict,
    "dispatchLens.why": why,
    "dispatchLens.explain": explain,
    "dispatchLens.openPage": open_page,
    "dispatchLens.copyFlag": copy_flag,
    "dispatchLens.fix": fix,
    "dispatchLens.fixProved": _late("proving", "fix_proved"),
    "dispatchLens.compileCommand": _late("compile_command", "compile_command"),
    "dispatchLens.compilers": _late("compiling", "compilers"),
    "dispatchLens.verify": _late("compiling", "verify"),
    "dispatchLens.try": _late("compiling", "try_flags"),
    "dispatchLens.readBytecode": _late("compiling", "read_bytecode"),
    "dispatchLens.tryThese": _late("compiling", "try_these"),
    "dispatchLens.keepFlags": _late("flag_file", "keep_flags"),
    "dispatchLens.extract": extract,
}
"""Every command by its name."""
