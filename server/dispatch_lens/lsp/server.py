"""The language server: which method is answered by which feature. Everything it says is computed elsewhere.

A handler's first parameter is always named `ls`: pygls gives the server by that name.
"""

from __future__ import annotations

import logging

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from dispatch_lens.features.hover import at as hover_feature
from dispatch_lens.features.settings import Settings
from dispatch_lens.lsp.analyst import Analyst
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import Documents, OpenDocument
from dispatch_lens.lsp.protocol import Protocol
from dispatch_lens.lsp.reading import DEBOUNCE_SECONDS, Readings

LOG = logging.getLogger(__name__)


class Server(LanguageServer):
    """The server with its documents, their readings and the settings."""

    def __init__(self, version: str) -> None:
        super().__init__("dispatch-lens", version, protocol_cls=Protocol)
        self.settings = Settings()
        self.analyst = Analyst()
        self.readings = Readings(self.documents, self.analyst, lambda: self.settings)

    @property
    def documents(self) -> Documents:
        assert isinstance(self.protocol, Protocol)
        return self.protocol.documents

    def opened(self, uri: str) -> tuple[OpenDocument, Converter] | None:
        """The open document with a converter for its newest snapshot."""
        found = self.documents.get(uri)
        return None if found is None else (found, self.documents.converter(found.snapshot))

    def read_soon(self, uri: str, delay: float = DEBOUNCE_SECONDS) -> None:
        """Reads the document in a while and says what is wrong with it."""
        self.readings.arm(uri, delay, self.publish)

    async def publish(self, uri: str) -> None:
        """Pushes the diagnostics of the last overview, to an editor that does not ask for them itself."""
        opened = self.opened(uri)
        if opened is None:
            return
        document, converter = opened
        found = diagnostics(document, converter, self.settings)
        version = document.snapshot.version
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))


def diagnostics(document: OpenDocument, converter: Converter, settings: Settings) -> list[types.Diagnostic]:
    """Errors and remarks of the last overview."""
    if document.overview is None:
        return []
    errors = [converter.error(problem) for problem in document.overview.problems]
    return errors + [converter.remark(remark, settings) for remark in document.overview.remarks]


def build(version: str) -> Server:
    """A server with all handlers."""
    server = Server(version)
    server.feature(types.TEXT_DOCUMENT_DID_OPEN)(did_open)
    server.feature(types.TEXT_DOCUMENT_DID_CHANGE)(did_change)
    server.feature(types.TEXT_DOCUMENT_DID_CLOSE)(did_close)
    server.feature(types.TEXT_DOCUMENT_HOVER)(hover)
    server.feature(types.SHUTDOWN)(shutdown)
    return server


def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    ls.read_soon(params.text_document.uri, 0)


def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    ls.read_soon(params.text_document.uri)


def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    ls.readings.drop(params.text_document.uri)
    ls.text_document_publish_diagnostics(types.PublishDiagnosticsParams(params.text_document.uri, []))


def shutdown(ls: Server, params: None) -> None:
    ls.analyst.stop()


def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    found = hover_feature.hover(document.snapshot, converter.offset(params.position))
    if found is None:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.markdown), converter.range(found.range))
