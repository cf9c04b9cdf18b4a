"""pygls's protocol with our documents in place of its own, which cost a pass over the whole text for each edit."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Awaitable, Callable, Generator
from typing import Any, cast

from lsprotocol import types
from pygls.exceptions import JsonRpcInternalError, JsonRpcInvalidParams
from pygls.protocol import LanguageServerProtocol, lsp_method

from dispatch_lens.lsp.analyst import AnalystError
from dispatch_lens.lsp.documents import Documents

LOG = logging.getLogger(__name__)
Steps = Generator[Any, Any, None]


class Refusals(logging.Filter):
    """What is refused because of what was asked is no fault of ours: it is logged in a line."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info is not None and isinstance(record.exc_info[1], JsonRpcInvalidParams):
            record.exc_info, record.levelno, record.levelname = None, logging.INFO, "INFO"
        return True


class Protocol(LanguageServerProtocol):
    """Keeps `documents`; then calls the server's own handlers, as pygls does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.documents = Documents()
        self.last_heard = 0.0

    def handle_message(self, message: Any) -> None:
        self.last_heard = time.monotonic()
        super().handle_message(message)

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> Steps:
        self.documents.encoding = str(self.workspace.position_encoding or "utf-16")
        self.documents.open(params.text_document)
        yield from self._also(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> Steps:
        self.documents.change(params.text_document.uri, params.text_document.version, params.content_changes)
        yield from self._also(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> Steps:
        self.documents.close(params.text_document.uri)
        yield from self._also(types.TEXT_DOCUMENT_DID_CLOSE, params)

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # pyright: ignore[reportIncompatibleMethodOverride]
        self, params: types.ExecuteCommandParams
    ) -> object:
        """Runs the command as a task, so that it ends when its request is cancelled."""
        commands = cast("dict[str, Callable[..., object]]", self.fm.commands)  # pyright: ignore[reportUnknownMemberType]
        handler = commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"there is no command `{params.command}`")
        answer: object = handler(*(params.arguments or ()))
        try:
            return await cast("Awaitable[object]", answer) if inspect.isawaitable(answer) else answer
        except AnalystError as error:
            LOG.error("%s failed: %s", params.command, error)
            raise JsonRpcInternalError(f"{params.command} failed; the log has more") from None

    def _also(self, method: str, params: object) -> Steps:
        handler = self.fm.features.get(method)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        if handler is not None:
            yield handler, (params,), None
