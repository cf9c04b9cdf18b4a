"""Code actions: computed from our own remarks at the range and the rewrites of the op there; edits come when one is chosen."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import cast

from lsprotocol import types

from dispatch_lens.features import actions as feature
from dispatch_lens.flags.version import Version
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import OpenDocument, Search
from dispatch_lens.lsp.messages import Remedies
from dispatch_lens.lsp.server import Server
from dispatch_lens.rules.rule import Remark
from dispatch_lens.text import Edit, Range

KINDS = [types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite, types.CodeActionKind.SourceFixAll]
MOST_SECONDS = 3.0
"""How long rewrites are waited for; the other actions are given without them."""


async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    opened = ls.opened(params.text_document.uri)
    if opened is None or opened[0].overview is None:
        return []
    document, converter = opened
    range_ = converter.offsets(params.range)
    wanted = params.context.only
    found = await _found(ls, document, range_)
    chosen = _once(one for one in found if not wanted or any(_is_kind(one.kind, kind) for kind in wanted))
    shown = [one for one in chosen if one.disabled is None or _shows_disabled(ls)]
    return [await _action(ls, converter, one, range_) for one in shown if one.kind != feature.ALL_KIND or wanted or _resolves(ls)]


async def resolve(ls: Server, params: types.CodeAction) -> types.CodeAction:
    data = params.data
    table = cast("dict[str, object]", data) if isinstance(data, dict) else {}
    opened = ls.opened(str(table.get("uri")))
    start, end = table.get("start"), table.get("end")
    if opened is None or not isinstance(start, int) or not isinstance(end, int):
        return params
    if opened[0].snapshot.version != table.get("version"):
        return params
    found = await _found(ls, opened[0], Range(start, end))
    chosen = next((one for one in found if one.id == table.get("id")), None)
    if chosen is not None:
        params.edit = await _edit(ls, opened[1], chosen)
    return params


async def all_edits(ls: Server, document: OpenDocument) -> tuple[Edit, ...]:
    """What all safe fixes together change."""
    after = await ls.analyst.ask("fix_all", document.snapshot, *await _releases(ls))
    return feature.difference(document.snapshot.text, after)


async def _found(ls: Server, document: OpenDocument, range_: Range) -> tuple[feature.Action, ...]:
    overview = document.overview
    if overview is None:
        return ()
    remarks = feature.touching(overview, range_)
    known = await remedies(ls, document, remarks, range_.start) if document.is_overview_current else None
    if known is None:
        return feature.actions(document.snapshot, overview, range_, {})
    given = feature.actions(document.snapshot, overview, range_, dict(zip(remarks, known.of_remarks)))
    return (*given, *feature.refactoring_actions(known.here, range_))


async def remedies(ls: Server, document: OpenDocument, remarks: tuple[Remark, ...], offset: int) -> Remedies | None:
    """None where the search failed or takes longer than is waited for: it goes on, and who asks again finds it further."""
    search = document.search
    if search is None or (search.remarks, search.offset) != (remarks, offset) or _has_failed(search):
        if search is not None:
            search.found.cancel()
        asked = asyncio.ensure_future(_searched(ls, document, remarks, offset))
        search = document.search = Search(remarks, offset, asked)
    await asyncio.wait([search.found], timeout=MOST_SECONDS)
    return search.found.result() if search.found.done() and not _has_failed(search) else None


async def _searched(ls: Server, document: OpenDocument, remarks: tuple[Remark, ...], offset: int) -> Remedies:
    return await ls.analyst.ask("fixes", document.snapshot, remarks, offset, *await _releases(ls))


async def _releases(ls: Server) -> tuple[Version | None, tuple[Version, ...]]:
    """The release that the settings name; where they name none, those of the compilers of this machine."""
    named = ls.editor_settings.settings.compiler_version
    return named, () if named is not None else await ls.compilers.versions()


def _once(found: Iterable[feature.Action]) -> list[feature.Action]:
    """Without those that make the edits of an earlier one: a fix of a remark often is a rewrite of its op as well."""
    kept: dict[object, feature.Action] = {}
    for one in found:
        kept.setdefault(one.edits or one.id, one)
    return list(kept.values())


def _has_failed(search: Search) -> bool:
    return search.found.done() and (search.found.cancelled() or search.found.exception() is not None)


def _is_kind(kind: str, wanted: types.CodeActionKind | str) -> bool:
    word = wanted.value if isinstance(wanted, types.CodeActionKind) else str(wanted)
    return not word or kind == word or kind.startswith(f"{word}.")


async def _action(ls: Server, converter: Converter, of: feature.Action, asked: Range) -> types.CodeAction:
    action = types.CodeAction(
        f"{of.title[:1].upper()}{of.title[1:]}", types.CodeActionKind(of.kind), is_preferred=of.is_preferred or None
    )
    if of.disabled is not None:
        action.disabled = types.CodeActionDisabled(of.disabled)
    elif of.flags:
        action.command = _with_flags(converter.snapshot.uri, of)
    elif of.opens_page:
        action.command = types.Command(of.title, "dispatchLens.openPage", arguments=[{"rule": of.rule}])
    elif _resolves(ls):
        snapshot = converter.snapshot
        action.data = {"uri": snapshot.uri, "version": snapshot.version, "id": of.id, "start": asked.start, "end": asked.end}
    else:
        action.edit = await _edit(ls, converter, of)
    return action


def _with_flags(uri: str, of: feature.Action) -> types.Command:
    if of.does == "copy":
        return types.Command(of.title, "dispatchLens.copyFlag", arguments=[{"flag": " ".join(of.flags)}])
    name = "dispatchLens.tryThese" if of.does == "try" else "dispatchLens.keepFlags"
    return types.Command(of.title, name, arguments=[{"uri": uri, "flags": list(of.flags)}])


def _resolves(ls: Server) -> bool:
    """Whether the editor asks for the edit when an action is chosen."""
    support = _said_of_actions(ls).resolve_support
    return support is not None and "edit" in support.properties


def _shows_disabled(ls: Server) -> bool:
    return bool(_said_of_actions(ls).disabled_support)


def _said_of_actions(ls: Server) -> types.CodeActionClientCapabilities:
    """What the editor said that it can do with actions; nothing where it said nothing."""
    text_document = ls.client_capabilities.text_document
    said = text_document.code_action if text_document is not None else None
    return said or types.CodeActionClientCapabilities()


async def _edit(ls: Server, converter: Converter, of: feature.Action) -> types.WorkspaceEdit:
    document = ls.documents.get(converter.snapshot.uri)
    edits = of.edits
    if of.kind == feature.ALL_KIND and document is not None:
        edits = await all_edits(ls, document)
    return types.WorkspaceEdit(changes={converter.snapshot.uri: converter.edits(edits)})
