"""Asks the analyst, another process, about whole documents. One question at a time; one that nobody waits for any more and
that runs long is ended with its process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from typing import Any

from dispatch_lens.features.snapshot import Chunk, Snapshot
from dispatch_lens.lsp import analyst_process
from dispatch_lens.lsp.analyst_process import Begin, Process
from dispatch_lens.lsp.messages import HEAD, Answer, Request, Splice

LOG = logging.getLogger(__name__)
PATIENCE = 2.0
"""Seconds that work which nobody waits for any more is left, before its process is ended."""
LARGE = 4_000_000
"""Code points of a text whose reading takes so much memory that its process ends with it."""
AT_ONCE = 64
"""Chunks that are sent in one piece: between two pieces the server answers others."""


class AnalystError(Exception):
    """The question failed there; the message is the traceback."""


class Analyst:
    """The other process, begun when it is first asked, and again after it was ended."""

    def __init__(self, begin: Begin = analyst_process.begin) -> None:
        self._begin = begin
        self._process: Process | None = None
        self._lock = asyncio.Lock()
        self._talk = ThreadPoolExecutor(1, "analyst")
        self._sent: dict[str, Snapshot] = {}

    async def ask(self, what: str, snapshot: Snapshot, *arguments: Any) -> Any:
        """The answer about this snapshot. Who is cancelled while the other process works leaves it `PATIENCE` to end."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            exchange = loop.run_in_executor(self._talk, self._asked, what, snapshot, arguments)
            try:
                answer = await asyncio.shield(exchange)
            except asyncio.CancelledError:
                await self._leave(exchange)
                raise
        if answer.error:
            raise AnalystError(answer.error)
        return answer.value

    async def _leave(self, exchange: asyncio.Future[Answer]) -> None:
        await asyncio.wait([exchange], timeout=PATIENCE)
        if not exchange.done():
            self.stop()
            await asyncio.wait([exchange])

    def _asked(self, what: str, snapshot: Snapshot, arguments: tuple[Any, ...]) -> Answer:
        """The exchange, in a thread of its own: it waits for the other process."""
        process = self._running()
        is_last = what == "overview" and snapshot.length > LARGE
        sent = self._sent.pop(snapshot.uri, None)
        try:
            for splice in _splices(sent, snapshot):
                _send(process, splice)
            _send(process, Request(what, snapshot.uri, snapshot.version, arguments, is_last))
            answer = _received(process)
        except (OSError, EOFError) as error:
            self._end(process)
            return Answer(error=f"the reading ended: {error}")
        self._sent[snapshot.uri] = snapshot
        if is_last:
            self._end(process)
        return answer

    async def forget(self, uri: str) -> None:
        """The document is closed."""
        async with self._lock:
            await asyncio.get_running_loop().run_in_executor(self._talk, self._forget, uri)

    def _forget(self, uri: str) -> None:
        sent = self._sent.pop(uri, None)
        if sent is None or self._process is None:
            return
        try:
            _send(self._process, Splice(uri, 0, len(sent.chunks), ()))
        except OSError:
            self._end(self._process)

    def stop(self) -> None:
        """Ends the process; the question that it works on fails, and the next begins another."""
        if self._process is not None:
            self._process.kill()

    async def close(self) -> None:
        """Ends the process and waits until it has ended."""
        self.stop()
        if self._process is not None:
            await asyncio.get_running_loop().run_in_executor(self._talk, self._process.wait)

    def _running(self) -> Process:
        if self._process is None or self._process.poll() is not None:
            self._sent.clear()
            self._process = self._begin()
        return self._process

    def _end(self, process: Process) -> None:
        self._process = None
        with contextlib.suppress(OSError), process:
            process.kill()


def _splices(sent: Snapshot | None, now: Snapshot) -> Iterator[Splice]:
    """What makes the chunks that were sent last those of now: the ones at both ends that are the same stay."""
    old, new = sent.chunks if sent is not None else (), now.chunks
    first = _common(old, new)
    last = _common(old[first:][::-1], new[first:][::-1])
    if first == len(old) == len(new):
        return
    removed = len(old) - last - first
    for at in range(first, max(first + 1, len(new) - last), AT_ONCE):
        texts = tuple(chunk.text for chunk in new[at : min(at + AT_ONCE, len(new) - last)])
        yield Splice(now.uri, at, removed, texts)
        removed = 0


def _common(some: tuple[Chunk, ...], others: tuple[Chunk, ...]) -> int:
    """How many at the beginning are the same."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(some, others)))


def _send(process: Process, message: Request | Splice) -> None:
    assert process.stdin is not None
    data = pickle.dumps(message)
    process.stdin.write(HEAD.pack(len(data)) + data)
    process.stdin.flush()


def _received(process: Process) -> Answer:
    length = HEAD.unpack(_read(process, HEAD.size))[0]
    return pickle.loads(_read(process, length))


def _read(process: Process, size: int) -> bytes:
    assert process.stdout is not None
    data = process.stdout.read(size)
    if len(data) < size:
        raise EOFError(f"{len(data)} of {size} bytes came")
    return data
