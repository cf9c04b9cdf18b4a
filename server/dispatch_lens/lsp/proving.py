"""The command that makes the fixes which a compiler confirms. It works in a thread, shows how far it is, and can be stopped."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any

from lsprotocol import types

from dispatch_lens import rewrites
from dispatch_lens.compiler import bridge, find
from dispatch_lens.features import actions, fixes, proved_fixes
from dispatch_lens.features.document import Document
from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.lsp import compiling, given, progress
from dispatch_lens.lsp.compilers import UNTRUSTED
from dispatch_lens.lsp.given import Json
from dispatch_lens.lsp.server import Server

SECONDS_FOR_ONE = 600.0
"""For one compile of a proof, which may be of a whole model, and for one run."""


class _Stopped(Exception):
    """A person ended it."""


async def fix_proved(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {applied, edits, text}: makes the fixes that the compiler confirms; or {failure, text}. Can be stopped."""
    document, converter = given.document(ls, arguments)
    if not ls.compilers.are_trusted:
        return compiling.failure(UNTRUSTED)
    known = await ls.compilers.found()
    installs = [one for one in known.installs if one.iree_compile]
    if not installs:
        return compiling.failure(find.why_none(known, "iree-compile"))
    snapshot, loop = document.snapshot, asyncio.get_running_loop()
    asked = bridge.Bridge(installs, compiling.limits(ls, SECONDS_FOR_ONE))
    async with progress.shown(ls, "Proving fixes", asked.close) as report:

        def tell(words: str) -> None:
            if asked.is_closed:
                raise _Stopped
            loop.call_soon_threadsafe(report, words)

        work = loop.run_in_executor(None, functools.partial(_proved, snapshot, asked, tell))
        found = await compiling.until_cancelled(work, asked.close)
    if isinstance(found, str):
        return compiling.failure(found)
    if document.snapshot is not snapshot:
        return compiling.failure("the text was changed meanwhile")
    edits = actions.difference(snapshot.text, found.text)
    if not edits:
        return {"applied": False, "edits": 0, "text": fixes.summary(found)}
    changes = types.WorkspaceEdit({snapshot.uri: converter.edits(edits)})
    answer = await ls.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(changes, label="Make proved fixes"))
    return {"applied": answer.applied, "edits": len(found.steps), "text": fixes.summary(found)}


def _proved(snapshot: Snapshot, asked: bridge.Bridge, tell: Callable[[str], None]) -> fixes.Fixed | str:
    """The text after the confirmed fixes, or why there is none."""
    try:
        found = proved_fixes.proved(Document(snapshot.uri, snapshot.version, snapshot.text), rewrites.ALL, asked, tell)
    except _Stopped:
        return "stopped"
    return "stopped" if asked.is_closed else found
