"""The workspace's file of compiler options: one a line, as `iree-compile @iree-flags.txt` reads it. The editor writes it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lsprotocol import types
from pygls import uris

from dispatch_lens.lsp import given
from dispatch_lens.lsp.given import Json
from dispatch_lens.lsp.server import Server

NAME = "iree-flags.txt"


async def keep_flags(ls: Server, *arguments: Any) -> Json:
    """{uri, flags} -> {applied, file}: adds the flags that the file does not have yet; it lies in the folder that holds `uri`."""
    table = given.table(arguments)
    file = _file(ls, str(table.get("uri")))
    text = _read(file)
    new = [flag for flag in given.words(table, "flags") if flag not in text.split("\n")]
    if not new:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"{NAME} has them already"))
        return {"applied": False, "file": str(file)}
    answer = await ls.workspace_apply_edit_async(types.ApplyWorkspaceEditParams(_added(file, text, new), label=f"Add to {NAME}"))
    if answer.applied:
        ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, f"added to {file}: iree-compile @{NAME} takes it"))
    return {"applied": answer.applied, "file": str(file)}


def _added(file: Path, text: str, flags: list[str]) -> types.WorkspaceEdit:
    """The file, made where it is absent, with the flags on lines of their own at its end."""
    uri = file.as_uri()
    lines = text.split("\n")
    end = types.Position(len(lines) - 1, len(lines[-1].encode("utf-16-le")) // 2)
    added = "".join(f"{flag}\n" for flag in flags)
    edit = types.TextEdit(types.Range(end, end), ("\n" if lines[-1] else "") + added)
    identifier = types.OptionalVersionedTextDocumentIdentifier(uri)
    made = types.CreateFile(uri, options=types.CreateFileOptions(ignore_if_exists=True))
    return types.WorkspaceEdit(document_changes=[made, types.TextDocumentEdit(identifier, [edit])])


def _file(ls: Server, uri: str) -> Path:
    path = Path(uris.to_fs_path(uri) or ".")
    roots = [Path(root) for folder in ls.workspace.folders.values() if (root := uris.to_fs_path(folder.uri))]
    return next((root for root in roots if root in path.parents), path.parent) / NAME


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError:
        return ""
