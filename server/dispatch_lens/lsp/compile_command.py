"""The command that says how a file is compiled up to where its dispatches can be read."""

from __future__ import annotations

import shlex
from typing import Any

from pygls import uris

from dispatch_lens.analysis.version import spoken_version
from dispatch_lens.features import why_outlined
from dispatch_lens.features.trial.resume import NotResumable, Resumable
from dispatch_lens.lsp import given
from dispatch_lens.lsp.given import Json
from dispatch_lens.lsp.server import Server


async def compile_command(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {command}: what makes the dump on which dispatches form, of this file where that can be compiled."""
    snapshot, settings = given.document(ls, arguments)[0].snapshot, ls.editor_settings.settings
    version = settings.compiler_version or spoken_version(snapshot.text).likely
    found: Resumable | NotResumable = await ls.analyst.ask("resumable", snapshot, None)
    if isinstance(found, NotResumable) or found.text != snapshot.text:
        return {"command": why_outlined.dump_command(version)}
    file = shlex.quote(uris.to_fs_path(snapshot.uri) or "FILE.mlir")
    backend = f"--iree-hal-target-backends={settings.target or 'llvm-cpu'}"
    return {"command": why_outlined.dump_command(version, " ".join([file, *found.flags, backend, "--compile-to=flow"]))}
