"""Handlers of what is asked at a place: answered at once, from the newest snapshot."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

from lsprotocol import types
from pygls.exceptions import JsonRpcInvalidParams

from dispatch_lens.features import completion as completion_feature
from dispatch_lens.features import definition as definition_feature
from dispatch_lens.features import inlay_hints as hints_feature
from dispatch_lens.features import references as references_feature
from dispatch_lens.features import rename as rename_feature
from dispatch_lens.features import selection as selection_feature
from dispatch_lens.features import signature as signature_feature
from dispatch_lens.features.hover import at as hover_feature
from dispatch_lens.lsp.analyst import LARGE
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.documents import OpenDocument
from dispatch_lens.lsp.server import Server
from dispatch_lens.text import Range

MOST_SECONDS = 0.25
"""How long a hover waits for what another process tells."""
_ITEM_KINDS = {
    "value": types.CompletionItemKind.Variable,
    "op": types.CompletionItemKind.Function,
    "dialect": types.CompletionItemKind.Module,
    "symbol": types.CompletionItemKind.Reference,
    "alias": types.CompletionItemKind.Constant,
    "type": types.CompletionItemKind.Class,
    "map": types.CompletionItemKind.Snippet,
    "attribute": types.CompletionItemKind.Field,
    "keyword": types.CompletionItemKind.Keyword,
    "flag": types.CompletionItemKind.Property,
}


async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    offset = converter.offset(params.position)
    found = hover_feature.hover(document.snapshot, offset, document.earlier, ls.editor_settings.settings)
    if found is None:
        return None
    if found.is_of_dispatch and document.is_overview_current:
        found = found.with_more_of_dispatch(await _apart(ls, document, offset))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, found.markdown), converter.range(found.range))


async def _apart(ls: Server, document: OpenDocument, offset: int) -> str:
    """Why the dispatch there is not one with its neighbours; empty where that takes long to tell."""
    if document.snapshot.length > LARGE:
        return ""
    settings = ls.editor_settings.settings
    release = settings.compiler_version.label if settings.compiler_version is not None else None
    question = asyncio.ensure_future(ls.analyst.ask("apart", document.snapshot, offset, release, settings.target))
    await asyncio.wait([question], timeout=MOST_SECONDS)
    return str(question.result()) if question.done() and question.exception() is None else ""


def definition(ls: Server, params: types.DefinitionParams) -> types.Location | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    found = definition_feature.definition(document.snapshot, converter.offset(params.position))
    return None if found is None else converter.location(found.range)


def references(ls: Server, params: types.ReferenceParams) -> list[types.Location]:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    found = references_feature.references(document.snapshot, converter.offset(params.position))
    wanted = (one for one in found if params.context.include_declaration or not one.is_definition)
    return [converter.location(one.range) for one in wanted]


def highlight(ls: Server, params: types.DocumentHighlightParams) -> list[types.DocumentHighlight]:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    found = references_feature.references(document.snapshot, converter.offset(params.position))
    read, write = types.DocumentHighlightKind.Read, types.DocumentHighlightKind.Write
    return [types.DocumentHighlight(converter.range(one.range), write if one.is_definition else read) for one in found]


def prepare_rename(ls: Server, params: types.PrepareRenameParams) -> types.Range | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    found = rename_feature.renamable(document.snapshot, converter.offset(params.position))
    return None if found is None else converter.range(found)


def rename(ls: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    try:
        edits = rename_feature.rename(document.snapshot, converter.offset(params.position), params.new_name)
    except rename_feature.RenameError as error:
        raise JsonRpcInvalidParams(str(error)) from None
    return types.WorkspaceEdit(changes={params.text_document.uri: converter.edits(edits)})


def completion(ls: Server, params: types.CompletionParams) -> types.CompletionList:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return types.CompletionList(False, [])
    document, converter = opened
    found = completion_feature.completions(document.snapshot, converter.offset(params.position))
    return types.CompletionList(True, list(_items(found, converter)))


def _items(found: completion_feature.Completion, converter: Converter) -> Iterable[types.CompletionItem]:
    range_ = converter.range(found.range)
    for place, item in enumerate(found.items):
        yield types.CompletionItem(
            label=item.text,
            kind=_ITEM_KINDS[item.kind],
            detail=item.detail or None,
            sort_text=f"{place:05}",
            filter_text=item.text,
            text_edit=types.TextEdit(range_, item.text),
        )


def signature(ls: Server, params: types.SignatureHelpParams) -> types.SignatureHelp | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    found = signature_feature.signature(document.snapshot, converter.offset(params.position))
    if found is None:
        return None
    label = found.label
    told = types.SignatureInformation(
        label,
        types.MarkupContent(types.MarkupKind.Markdown, found.documentation) if found.documentation else None,
        [types.ParameterInformation(label[one.start : one.end]) for one in found.parameters],
    )
    return types.SignatureHelp([told], active_signature=0, active_parameter=found.active)


def selection(ls: Server, params: types.SelectionRangeParams) -> list[types.SelectionRange]:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    return [
        _selection(converter, selection_feature.selections(document.snapshot, converter.offset(at)), at)
        for at in params.positions
    ]


def _selection(converter: Converter, ranges: Iterable[Range], at: types.Position) -> types.SelectionRange:
    found: types.SelectionRange | None = None
    for one in reversed(tuple(ranges)):
        found = types.SelectionRange(converter.range(one), found)
    return found or types.SelectionRange(types.Range(at, at))


def inlay_hints(ls: Server, params: types.InlayHintParams) -> list[types.InlayHint]:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    kinds = ls.editor_settings.inlay_hints
    found = hints_feature.hints(document.snapshot, converter.offsets(params.range), document.earlier, kinds)
    return [types.InlayHint(converter.position(one.offset), one.text, tooltip=one.tooltip) for one in found]
