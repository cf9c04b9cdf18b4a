"""The server's state: documents, their readings, settings; and what it says on its own: diagnostics and refreshes."""

from __future__ import annotations

import asyncio
import logging
import time
from itertools import chain, islice
from typing import Any

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from dispatch_lens.features.settings import SettingsError
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp import analyst_process, of_structure, settings, turns, warming
from dispatch_lens.lsp.analyst import Analyst, AnalystError
from dispatch_lens.lsp.analyst_process import Begin
from dispatch_lens.lsp.analysts import Analysts
from dispatch_lens.lsp.compilers import Compilers
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import Documents, OpenDocument
from dispatch_lens.lsp.protocol import Protocol
from dispatch_lens.lsp.reading import Readings

LOG = logging.getLogger(__name__)
MOST_DIAGNOSTICS = 1_000
"""Of one document; VS Code shows no more of them."""
SMALL_TEXT = 60_000
"""Code points of a document whose structure is read in this process."""
FIRST_READING_SECONDS = 1.0
"""How long what is asked of a whole document waits for its first overview."""


class Server(LanguageServer):
    """The server with its documents, their readings and the settings."""

    def __init__(self, version: str, begin: Begin = analyst_process.begin) -> None:
        super().__init__("dispatch-lens", version, protocol_cls=Protocol)  # pyright: ignore[reportUnknownMemberType]
        self.editor_settings = settings.EditorSettings()
        self.analyst = Analysts(Analyst(begin), Analyst(begin))
        self.outliner = Analyst(analyst_process.begin_yielding)
        self.compilers = Compilers()
        self.readings = Readings(self.documents, self.analyst, lambda: self.editor_settings.settings)
        self.token_results: dict[str, tuple[str, list[int]]] = {}
        self._warming: dict[str, asyncio.Task[None]] = {}

    @property
    def documents(self) -> Documents:
        assert isinstance(self.protocol, Protocol)
        return self.protocol.documents

    def opened(self, uri: str) -> tuple[OpenDocument, Converter] | None:
        """The open document with a converter for its newest snapshot."""
        found = self.documents.get(uri)
        return None if found is None else (found, self.documents.converter(found.snapshot))

    async def of_structure(self, what: str, snapshot: Snapshot, *arguments: Any) -> Any:
        """The answer to a question about a whole document's structure, in another process where that is large."""
        if snapshot.length <= SMALL_TEXT:
            return of_structure.answer(what, snapshot, *arguments)
        try:
            return await self.outliner.ask(what, snapshot, *arguments)
        except AnalystError:
            LOG.exception("%s: %s failed", snapshot.uri, what)
            return None

    async def first_reading(self, uri: str) -> None:
        """Waits a moment for the first overview of a document: it comes sooner where no further process starts meanwhile."""
        found = self.documents.get(uri)
        if found is not None and found.overview is None:
            await asyncio.wait([asyncio.ensure_future(self.readings.overview(uri))], timeout=FIRST_READING_SECONDS)

    def warm(self, uri: str) -> None:
        """Reads the structure of an opened document while nobody asks."""
        found = self.documents.get(uri)
        if found is not None:
            self._warming[uri] = asyncio.ensure_future(warming.warm(found.snapshot, self.seconds_idle))

    def seconds_idle(self) -> float:
        """Since the editor last said something."""
        assert isinstance(self.protocol, Protocol)
        return time.monotonic() - self.protocol.last_heard

    def cool(self, uri: str) -> None:
        """Ends that."""
        task = self._warming.pop(uri, None)
        if task is not None:
            task.cancel()

    # ---------------------------------------------------------------- diagnostics

    def read_soon(self, uri: str) -> None:
        """Reads the document in a while and says what is wrong with it."""
        self.readings.arm(uri, self.publish)

    async def publish(self, uri: str) -> None:
        """Pushes the diagnostics of the last overview, to an editor that does not ask for them itself."""
        opened = self.opened(uri)
        if opened is None:
            return
        if not self.pulls:
            document, converter = opened
            version = document.snapshot.version
            found = await self.diagnostics(document, converter)
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, found, version))
        self.refresh()

    @property
    def pulls(self) -> bool:
        """Whether the editor asks for diagnostics: pushed ones would stand beside them."""
        text_document = self.client_capabilities.text_document
        return text_document is not None and text_document.diagnostic is not None

    async def diagnostics(self, document: OpenDocument, converter: Converter) -> list[types.Diagnostic]:
        """Errors and remarks of the last overview, the first of them where they are very many."""
        if document.overview is None:
            return []
        given = self.editor_settings.settings
        errors = (converter.error(problem) for problem in document.overview.problems)
        remarks = (converter.remark(remark, given) for remark in document.overview.remarks)
        return await turns.listed(islice(chain(errors, remarks), MOST_DIAGNOSTICS))

    @property
    def refreshes_lenses(self) -> bool:
        """Whether the editor asks again for lenses when it is told to."""
        workspace = self.client_capabilities.workspace
        return workspace is not None and workspace.code_lens is not None and bool(workspace.code_lens.refresh_support)

    def refresh(self) -> None:
        """Asks the editor to ask again for what the new overview changes."""
        workspace = self.client_capabilities.workspace
        if workspace is None:
            return
        if self.refreshes_lenses:
            self.workspace_code_lens_refresh(None)
        if workspace.inlay_hint is not None and workspace.inlay_hint.refresh_support:
            self.workspace_inlay_hint_refresh(None)

    # ---------------------------------------------------------------- settings

    async def pull_settings(self) -> None:
        """Asks the editor for the settings, where it answers such questions."""
        workspace = self.client_capabilities.workspace
        if workspace is None or not workspace.configuration:
            return
        item = types.ConfigurationItem(section=settings.SECTION)
        found = await self.workspace_configuration_async(types.ConfigurationParams([item]))
        self.use_settings(found[0] if found else None)

    def use_settings(self, value: object) -> None:
        """Takes the settings; ones that cannot be used are told, and the old ones stay."""
        try:
            given = settings.from_editor(value)
        except SettingsError as error:
            message = types.ShowMessageParams(types.MessageType.Warning, f"dispatch-lens: {error}")
            self.window_show_message(message)
            return
        if given == self.editor_settings:
            return
        self.editor_settings = given
        for document in self.documents.by_uri.values():
            document.earlier = None
            self.read_soon(document.snapshot.uri)
        workspace = self.client_capabilities.workspace
        if self.pulls and workspace is not None and workspace.diagnostics is not None and workspace.diagnostics.refresh_support:
            self.workspace_diagnostic_refresh(None)

    def end_helpers(self) -> None:
        """Ends the other processes without waiting for them."""
        self.compilers.close()
        for analyst in (self.analyst.of_large, self.analyst.of_others, self.outliner):
            analyst.stop()

    async def stop_helpers(self) -> None:
        """Ends the other processes."""
        for uri in tuple(self.documents.by_uri):
            self.readings.drop(uri)
            self.cool(uri)
        self.compilers.close()
        await self.analyst.close()
        await self.outliner.close()
