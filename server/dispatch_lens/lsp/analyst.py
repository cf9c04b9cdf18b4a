"""Asks the analyst, another process, about whole documents. One question at a time; one that nobody waits for any more and
that runs long is ended with its process.
"""

from __future__ import annotations

import asyncio
import logging
import pickle
import sys
from typing import Any

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp.analyst_main import HEAD, Answer, Request

LOG = logging.getLogger(__name__)
PATIENCE = 2.0
"""Seconds that work which nobody waits for any more is left, before its process is ended."""


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
        text = None if self._sent.get(snapshot.uri) is snapshot else snapshot.text
        try:
            answer = await self._exchange(process, Request(what, snapshot.uri, snapshot.version, text, arguments))
        except (OSError, EOFError) as error:
            self.stop()
            return Answer(error=f"the reading ended: {error}")
        self._sent[snapshot.uri] = snapshot
        return answer

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

    async def _exchange(self, process: asyncio.subprocess.Process, request: Request) -> Answer:
        assert process.stdin is not None and process.stdout is not None
        data = pickle.dumps(request)
        process.stdin.write(HEAD.pack(len(data)) + data)
        await process.stdin.drain()
        length = HEAD.unpack(await process.stdout.readexactly(HEAD.size))[0]
        return pickle.loads(await process.stdout.readexactly(length))
