"""Asks the analyst, another process, about whole documents. One question at a time; a question nobody waits for any more is
dropped, and one that runs long and is out of date is ended with its process.
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


class AnalystError(Exception):
    """The question failed there; the message is the traceback."""


class Analyst:
    """The other process, started when it is first asked, and again after it was ended."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._sent: dict[str, int] = {}

    async def ask(self, what: str, snapshot: Snapshot, *arguments: Any) -> Any:
        """The answer about this snapshot. Cancelled while the other process works, that process is ended."""
        async with self._lock:
            process = await self._running()
            text = None if self._sent.get(snapshot.uri) == snapshot.version else snapshot.text
            try:
                answer = await self._exchange(process, Request(what, snapshot.uri, snapshot.version, text, arguments))
            except BaseException:
                self.stop()
                raise
            self._sent[snapshot.uri] = snapshot.version
        if answer.error:
            raise AnalystError(answer.error)
        return answer.value

    def stop(self) -> None:
        """Ends the process; the next question starts another."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
        self._process = None
        self._sent.clear()

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
