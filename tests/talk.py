"""A server in this process, spoken to as an editor does, but for the pipe: every message passes through JSON."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from dispatch_lens.lsp import start

Json = dict[str, Any]
CAPABILITIES: Json = {
    "general": {"positionEncodings": ["utf-16"]},
    "textDocument": {
        "diagnostic": {},
        "codeAction": {"disabledSupport": True, "dataSupport": True, "resolveSupport": {"properties": ["edit"]}},
    },
}


class RefusedError(Exception):
    """The server answered with an error of this code."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class Talk:
    """`published` are the last diagnostics that were pushed, by URI; `said` is what the server notified of, by method."""

    def __init__(self) -> None:
        self.server = start.build("0")
        self.said: list[tuple[str, Any]] = []
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._last_id = 0
        self.server.protocol.set_writer(self, include_headers=False)

    async def begin(self) -> None:
        await self.request("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        self.notify("initialized", {})

    async def end(self) -> None:
        await self.request("shutdown", None)

    async def request(self, method: str, params: object) -> Any:
        """The result; raises RefusedError."""
        self._last_id += 1
        answer = self._waiting[self._last_id] = asyncio.get_running_loop().create_future()
        self._hand({"id": self._last_id, "method": method, "params": params})
        return await asyncio.wait_for(answer, 60)

    def notify(self, method: str, params: object) -> None:
        self._hand({"method": method, "params": params})

    def open(self, uri: str, text: str) -> None:
        item = {"uri": uri, "languageId": "mlir", "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": item})

    def change(self, uri: str, version: int, changes: list[Json]) -> None:
        self.notify("textDocument/didChange", {"textDocument": {"uri": uri, "version": version}, "contentChanges": changes})

    def write(self, data: bytes) -> None:
        """What the server sends."""
        message: Json = json.loads(data)
        if "method" in message and "id" in message:
            asyncio.get_running_loop().call_soon(self._hand, {"id": message["id"], "result": None})
        elif "method" in message:
            self.said.append((message["method"], message.get("params")))
        elif "error" in message:
            self._waiting.pop(message["id"]).set_exception(RefusedError(message["error"]["code"], message["error"]["message"]))
        else:
            self._waiting.pop(message["id"]).set_result(message.get("result"))

    def close(self) -> None:
        """Nothing is open."""

    def _hand(self, message: Json) -> None:
        protocol = self.server.protocol
        data = json.dumps({"jsonrpc": "2.0", **message})
        protocol.handle_message(json.loads(data, object_hook=protocol.structure_message))


def position(text: str, offset: int) -> Json:
    """In UTF-16, as an editor counts."""
    line_start = text.rfind("\n", 0, offset) + 1
    units = len(text[line_start:offset].encode("utf-16-le", "surrogatepass")) // 2
    return {"line": text.count("\n", 0, offset), "character": units}
