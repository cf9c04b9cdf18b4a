"""Code actions: computed from our own remarks at the range, their edits given when one is chosen."""

from __future__ import annotations

from typing import cast

from lsprotocol import types

from dispatch_lens.features import actions as feature
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.server import Server
from dispatch_lens.text import Range

KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, types.CodeActionKind.SourceFixAll]


def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    opened = ls.opened(params.text_document.uri)
    if opened is None or opened[0].overview is None:
        return []
    document, converter = opened
    found = feature.actions(document.snapshot, opened[0].overview, converter.offsets(params.range))
    wanted = params.context.only
    chosen = [one for one in found if not wanted or any(_is_kind(one.kind, kind) for kind in wanted)]
    return [_action(ls, converter, one) for one in chosen]


def resolve(ls: Server, params: types.CodeAction) -> types.CodeAction:
    data = params.data
    if not isinstance(data, dict):
        return params
    table = cast("dict[str, object]", data)
    opened = ls.opened(str(table.get("uri")))
    if opened is None or opened[0].overview is None:
        return params
    start, end = table.get("start"), table.get("end")
    if not isinstance(start, int) or not isinstance(end, int):
        return params
    found = feature.actions(opened[0].snapshot, opened[0].overview, Range(start, end))
    chosen = next((one for one in found if one.id == table.get("id")), None)
    if chosen is not None and chosen.edits:
        params.edit = _edit(opened[1], chosen)
    return params


def _is_kind(kind: str, wanted: types.CodeActionKind | str) -> bool:
    word = wanted.value if isinstance(wanted, types.CodeActionKind) else str(wanted)
    return not word or kind == word or kind.startswith(f"{word}.")


def _action(ls: Server, converter: Converter, of: feature.Action) -> types.CodeAction:
    action = types.CodeAction(of.title, types.CodeActionKind(of.kind), is_preferred=of.is_preferred or None)
    if of.flag is not None:
        action.command = types.Command(of.title, "dispatchLens.copyFlag", [{"flag": of.flag}])
    elif of.opens_page:
        action.command = types.Command(of.title, "dispatchLens.openPage", [{"rule": of.rule}])
    elif _resolves(ls):
        action.data = {"uri": converter.snapshot.uri, "id": of.id, "start": of.range.start, "end": of.range.end}
    else:
        action.edit = _edit(converter, of)
    return action


def _resolves(ls: Server) -> bool:
    """Whether the editor asks for the edit when an action is chosen."""
    text_document = ls.client_capabilities.text_document
    asked = text_document.code_action if text_document is not None else None
    support = asked.resolve_support if asked is not None else None
    return support is not None and "edit" in support.properties


def _edit(converter: Converter, of: feature.Action) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={converter.snapshot.uri: converter.edits(of.edits)})
