"""A client of a language server, as small as a measure needs it: messages over pipes, one request at a time.

Messages are made before they are sent, so that a clock may run over the sending alone.
"""

from __future__ import annotations

import json
import queue
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

Message = dict[str, Any]
CAPABILITIES = {"general": {"positionEncodings": ["utf-16"]}, "textDocument": {"publishDiagnostics": {"versionSupport": True}}}


class Place(NamedTuple):
    """As the protocol counts: from 0."""

    line: int
    character: int


class Client:
    """A server that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._last_id = 0
        self._published: dict[str, Message] = {}
        self._said: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self.takes_changes = False
        threading.Thread(target=self._listen, daemon=True).start()

    def initialize(self) -> None:
        answer = self.request("initialize", {"processId": None, "rootUri": None, "capabilities": CAPABILITIES})
        sync = answer["capabilities"]["textDocumentSync"]
        self.takes_changes = (sync["change"] if isinstance(sync, dict) else sync) == 2
        self.send(encoded({"method": "initialized", "params": {}}))
        self.request("workspace/symbol", {"query": ""})

    def send(self, data: bytes) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(data)
        self._process.stdin.flush()

    def request(self, method: str, params: object) -> Any:
        self._last_id += 1
        self.send(encoded({"id": self._last_id, "method": method, "params": params}))
        while True:
            message = self._receive()
            if message.get("id") == self._last_id and "method" not in message:
                return message.get("result")

    def diagnostics(self, uri: str, version: int) -> list[Message]:
        """What was, or will be, published for this version."""
        while self._published.get(uri, {}).get("version", -1) < version:
            self._receive()
        return self._published[uri]["diagnostics"]

    def end(self) -> None:
        self.request("shutdown", None)
        self.send(encoded({"method": "exit"}))
        self._process.wait(60)

    def megabytes(self) -> float:
        """Memory of the server and of the processes that it started; what they share is counted once."""
        return sum(_proportional(process) for process in _family(self._process.pid)) / 1e3

    def _receive(self) -> Message:
        message = self._said.get()
        if message is None:
            raise EOFError("the server has ended")
        if message.get("method") == "textDocument/publishDiagnostics":
            self._published[message["params"]["uri"]] = message["params"]
        elif "method" in message and "id" in message:
            self.send(encoded({"id": message["id"], "result": None}))
        return message

    def _listen(self) -> None:
        """Reads always, so that a server that speaks never waits for one who writes to it."""
        while (message := self._read()) is not None:
            self._said.put(message)
        self._said.put(None)

    def _read(self) -> Message | None:
        assert self._process.stdout is not None
        length = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            length = int(value) if name.lower() == b"content-length" else length
        return json.loads(self._process.stdout.read(length)) if length else None


class File:
    """A text that is open in a client."""

    def __init__(self, client: Client, uri: str, text: str) -> None:
        self.client, self.uri, self.version = client, uri, 1
        self.lines = text.split("\n")
        item = {"uri": uri, "languageId": "mlir", "version": 1, "text": text}
        self.opening = encoded({"method": "textDocument/didOpen", "params": {"textDocument": item}})

    def open(self) -> None:
        self.client.send(self.opening)

    def hover(self, place: Place) -> Any:
        return self.client.request("textDocument/hover", {"textDocument": {"uri": self.uri}, "position": place._asdict()})

    def typing(self, place: Place, text: str) -> bytes:
        """The message that inserts a text: the change alone where the server takes that, else the whole text."""
        line = self.lines[place.line]
        self.lines[place.line] = line[: place.character] + text + line[place.character :]
        self.version += 1
        here = {"range": {"start": place._asdict(), "end": place._asdict()}, "text": text}
        change = here if self.client.takes_changes else {"text": "\n".join(self.lines)}
        document = {"uri": self.uri, "version": self.version}
        return encoded({"method": "textDocument/didChange", "params": {"textDocument": document, "contentChanges": [change]}})

    def diagnostics(self) -> list[Message]:
        """Of the newest version."""
        return self.client.diagnostics(self.uri, self.version)


@contextmanager
def started(command: Sequence[str]) -> Iterator[Client]:
    """A client of the server that the command starts; the server is ended with the block."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    client = Client(process)
    try:
        client.initialize()
        yield client
        client.end()
    finally:
        process.kill()
        process.wait()


def encoded(message: Message) -> bytes:
    """The message as it is sent."""
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def _family(process: int) -> list[int]:
    threads = Path(f"/proc/{process}/task").glob("*/children")
    children = [int(child) for thread in threads for child in thread.read_text().split()]
    return [process, *(one for child in children for one in _family(child))]


def _proportional(process: int) -> int:
    """Kilobytes; none of a process that has just ended."""
    try:
        rollup = Path(f"/proc/{process}/smaps_rollup").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
