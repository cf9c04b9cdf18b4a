"""Work that takes long, shown by the editor: a title, how far it is, and a way to stop it where there is one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

from lsprotocol import types

from dispatch_lens.lsp.server import Server

Report = Callable[[str], None]


@asynccontextmanager
async def shown(ls: Server, title: str, stop: Callable[[], None] | None = None) -> AsyncGenerator[Report, None]:
    """Shows the title inside the block, and what is reported; `stop` is called when a person asks for it."""
    window = ls.client_capabilities.window
    if window is None or not window.work_done_progress:
        yield lambda _: None
        return
    progress = ls.work_done_progress
    token = f"dispatch-lens-{title}-{id(asyncio.current_task())}"
    await progress.create_async(token)  # pyright: ignore[reportUnknownMemberType]
    progress.begin(token, types.WorkDoneProgressBegin(title=title, cancellable=stop is not None))
    if stop is not None:
        asked = progress.tokens[token]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
        asked.add_done_callback(lambda _: stop())  # pyright: ignore[reportUnknownMemberType, reportUnknownLambdaType]
    try:
        yield lambda words: progress.report(token, types.WorkDoneProgressReport(message=words))
    finally:
        progress.end(token, types.WorkDoneProgressEnd())
        progress.tokens.pop(token, None)  # pyright: ignore[reportUnknownMemberType]
