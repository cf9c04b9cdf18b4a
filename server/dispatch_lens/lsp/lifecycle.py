"""Opening, changing and closing documents, settings, diagnostics on demand, and the end of a session."""

from __future__ import annotations

import zlib

from lsprotocol import types

from dispatch_lens.lsp import warming
from dispatch_lens.lsp.server import Server
from dispatch_lens.lsp.settings import SECTION


async def initialized(ls: Server, params: types.InitializedParams) -> None:
    warming.warm_up()
    await ls.pull_settings()
    workspace = ls.client_capabilities.workspace
    changes = workspace.did_change_configuration if workspace is not None else None
    if changes is not None and changes.dynamic_registration:
        options = types.DidChangeConfigurationRegistrationOptions(section=SECTION)
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        registration = types.Registration("dispatch-lens-settings", method, options)
        ls.client_register_capability(types.RegistrationParams([registration]))


def initialize(ls: Server, params: types.InitializeParams) -> None:
    options = params.initialization_options
    if isinstance(options, dict):
        ls.compilers.are_trusted = options.get("trusted") is not False  # pyright: ignore[reportUnknownMemberType]
        ls.use_settings(options.get(SECTION, options))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


async def did_change_configuration(ls: Server, params: types.DidChangeConfigurationParams) -> None:
    pushed = params.settings
    workspace = ls.client_capabilities.workspace
    if workspace is not None and workspace.configuration:
        await ls.pull_settings()
    elif isinstance(pushed, dict):
        ls.use_settings(pushed.get(SECTION))  # pyright: ignore[reportUnknownArgumentType, reportUnknownMemberType]


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    uri = params.text_document.uri
    ls.read_soon(uri)
    ls.warm(uri)


def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.read_soon(params.text_document.uri)


async def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    uri = params.text_document.uri
    ls.readings.drop(uri)
    ls.cool(uri)
    ls.token_results.pop(uri, None)
    if not ls.pulls:
        ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))
    await ls.analyst.forget(uri)
    await ls.outliner.forget(uri)


async def diagnostic(ls: Server, params: types.DocumentDiagnosticParams) -> types.DocumentDiagnosticReport:
    uri = params.text_document.uri
    await ls.readings.overview(uri)
    opened = ls.opened(uri)
    if opened is None:
        return types.RelatedFullDocumentDiagnosticReport(items=[])
    document, converter = opened
    settings = zlib.crc32(repr(ls.editor_settings.settings).encode())
    result = f"{document.snapshot.version}-{settings}" if document.is_overview_current else None
    if result is not None and params.previous_result_id == result:
        return types.RelatedUnchangedDocumentDiagnosticReport(result_id=result)
    return types.RelatedFullDocumentDiagnosticReport(items=await ls.diagnostics(document, converter), result_id=result)


async def shutdown(ls: Server, params: None) -> None:
    await ls.stop_helpers()
