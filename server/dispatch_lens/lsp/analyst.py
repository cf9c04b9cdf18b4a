"""Asks the analyst, another process, about whole documents. One question at a time; one that nobody waits for any more and
that runs long is ended with its process.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pickle
import sys
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

from dispatch_lens.features.snapshot import Chunk, Snapshot
from dispatch_lens.lsp.analyst_main import HEAD, Answer, Request, Splice

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
    """The other process, started when it is first asked, and again after it was ended."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._sent: dict[str, Snapshot] = {}

    async def ask(self, what: str, snapshot: Snapshot, *arguments: Any) -> Any:
        """The answer about this snapshot. Who is cancelled while the other process works leaves it `PATIENCE` to end."""
        async with self._lock:
            exchange = asyncio.ensure_future(self._asked(what, snapshot, arguments))
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
            exchange.cancel()

    async def _asked(self, what: str, snapshot: Snapshot, arguments: tuple[Any, ...]) -> Answer:
        process = await self._running()
        sent = self._sent.pop(snapshot.uri, None)
        try:
            for splice in _splices(sent, snapshot):
                await _send(process, splice)
            await _send(process, Request(what, snapshot.uri, snapshot.version, arguments))
            answer = await _received(process)
        except (OSError, EOFError) as error:
            self.stop()
            return Answer(error=f"the reading ended: {error}")
        self._sent[snapshot.uri] = snapshot
        if what == "overview" and snapshot.length > LARGE:
            self.stop()
        return answer

    async def forget(self, uri: str) -> None:
        """The document is closed."""
        async with self._lock:
            sent = self._sent.pop(uri, None)
            if sent is None or self._process is None:
                return
            with contextlib.suppress(OSError):
                await _send(self._process, Splice(uri, 0, len(sent.chunks), ()))

    def stop(self) -> None:
        """Ends the process; the next question starts another."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None
        self._sent.clear()

    async def close(self) -> None:
        """Ends the process and waits until it has ended."""
        process = self._process
        self.stop()
        if process is not None:
            await process.wait()

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            self._sent.clear()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "dispatch_lens.lsp.analyst_main",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
        return self._process


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


async def _send(process: asyncio.subprocess.Process, message: Request | Splice) -> None:
    assert process.stdin is not None
    data = pickle.dumps(message)
    process.stdin.write(HEAD.pack(len(data)) + data)
    await process.stdin.drain()


async def _received(process: asyncio.subprocess.Process) -> Answer:
    assert process.stdout is not None
    length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))[0]
    return pickle.loads(await process.stdout.readexactly(length))
