"""Handlers of what is asked about a whole document: its outline, folds, tokens, links, lenses, and who reads which dispatch."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeAlias, cast

from lsprotocol import types
from pygls import uris

from dispatch_lens.features import call_hierarchy, code_lens, links, symbols
from dispatch_lens.features.folding import Fold
from dispatch_lens.features.overview import DispatchRow, Overview
from dispatch_lens.lsp import encoded, pages, turns
from dispatch_lens.lsp.convert import Converter
from dispatch_lens.lsp.server import Server
from dispatch_lens.text import Range

LARGEST_FULL_TOKENS = 1_000_000
"""Code points beyond which tokens are given for ranges only."""
_SYMBOL_KINDS = {
    "section": types.SymbolKind.Namespace,
    "module": types.SymbolKind.Module,
    "function": types.SymbolKind.Function,
    "executable": types.SymbolKind.Package,
    "global": types.SymbolKind.Variable,
    "dispatch": types.SymbolKind.Event,
}
_FOLD_KINDS = {"region": types.FoldingRangeKind.Region, "imports": types.FoldingRangeKind.Imports}


async def document_symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    await ls.first_reading(params.text_document.uri)  # Which says what the dispatches are: no editor asks again for the outline.
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    found = cast("tuple[symbols.Symbol, ...] | None", await ls.of_structure("symbols", document.snapshot))
    rows = {row.range.start: row for row in document.overview.dispatches} if document.overview is not None else {}
    turn = turns.Turns()
    return [await _symbol(converter, one, rows, turn) for one in found or ()]


async def _symbol(
    converter: Converter, of: symbols.Symbol, rows: Mapping[int, DispatchRow], turn: turns.Turns
) -> types.DocumentSymbol:
    await turn.end()
    row = rows.get(of.range.start)
    return types.DocumentSymbol(
        name=of.name or of.kind,
        kind=_SYMBOL_KINDS.get(of.kind, types.SymbolKind.Object),
        range=converter.range(of.range),
        selection_range=converter.range(of.name_range),
        detail=f"#{row.ordinal} {row.summary}" if row is not None else of.detail or None,
        children=[await _symbol(converter, child, rows, turn) for child in of.children] or None,
    )


async def workspace_symbols(ls: Server, params: types.WorkspaceSymbolParams) -> list[types.SymbolInformation]:
    found: list[types.SymbolInformation] = []
    for document in tuple(ls.documents.by_uri.values()):
        converter = ls.documents.converter(document.snapshot)
        outline = cast("tuple[symbols.Symbol, ...] | None", await ls.of_structure("symbols", document.snapshot))
        for one in symbols.matching(outline or (), params.query):
            kind = _SYMBOL_KINDS.get(one.kind, types.SymbolKind.Object)
            found.append(types.SymbolInformation(converter.location(one.name_range), one.name, kind))
    return found


async def folding(ls: Server, params: types.FoldingRangeParams) -> list[types.FoldingRange]:
    await ls.first_reading(params.text_document.uri)
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    found = cast("tuple[Fold, ...] | None", await ls.of_structure("folds", opened[0].snapshot))
    return [types.FoldingRange(one.first, one.last, kind=_FOLD_KINDS[one.kind]) for one in found or ()]


async def document_links(ls: Server, params: types.DocumentLinkParams) -> list[types.DocumentLink]:
    await ls.first_reading(params.text_document.uri)
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return []
    document, converter = opened
    found = cast("tuple[links.Link, ...] | None", await ls.of_structure("links", document.snapshot))
    targets = ((one, _target(one, document.snapshot.uri)) for one in found or ())
    return [types.DocumentLink(converter.range(one.range), target) for one, target in targets if target is not None]


def _target(link: links.Link, uri: str) -> str | None:
    if link.rule is not None:
        return pages.href(link.rule)
    if link.file is None:
        return None
    if link.file.startswith("file:"):
        return f"{link.file}#L{link.line}"
    path = Path(uris.to_fs_path(uri) or "").parent / link.file
    return f"{path.absolute().as_uri()}#L{link.line}" if Path(link.file).is_absolute() or path.is_file() else None


# ---------------------------------------------------------------- semantic tokens


async def tokens_full(ls: Server, params: types.SemanticTokensParams) -> types.SemanticTokens | None:
    uri = params.text_document.uri
    numbers = await _numbers(ls, uri)
    return None if numbers is None else types.SemanticTokens(numbers, _remember(ls, uri, numbers))


async def tokens_delta(
    ls: Server, params: types.SemanticTokensDeltaParams
) -> types.SemanticTokens | types.SemanticTokensDelta | None:
    uri = params.text_document.uri
    old = ls.token_results.get(uri)
    numbers = await _numbers(ls, uri)
    if numbers is None:
        return None
    result = _remember(ls, uri, numbers)
    if old is None or old[0] != params.previous_result_id:
        return types.SemanticTokens(numbers, result)
    change = encoded.delta(old[1], numbers)
    edits = [] if change is None else [types.SemanticTokensEdit(change.start, change.deleted, change.numbers)]
    return types.SemanticTokensDelta(edits, result)


def tokens_range(ls: Server, params: types.SemanticTokensRangeParams) -> types.SemanticTokens | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None:
        return None
    document, converter = opened
    return types.SemanticTokens(encoded.tokens(document.snapshot, converter.offsets(params.range), converter.encoding))


async def _numbers(ls: Server, uri: str) -> list[int] | None:
    opened = ls.opened(uri)
    if opened is None or opened[0].snapshot.length > LARGEST_FULL_TOKENS:
        return None
    snapshot = opened[0].snapshot
    whole = Range(0, snapshot.length)
    return cast("list[int] | None", await ls.of_structure("tokens", snapshot, whole, opened[1].encoding))


def _remember(ls: Server, uri: str, numbers: list[int]) -> str:
    before = ls.token_results.get(uri)
    result = str(int(before[0]) + 1 if before is not None else 1)
    ls.token_results[uri] = (result, numbers)
    return result


# ---------------------------------------------------------------- dispatches


async def code_lenses(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Those of the last reading where the editor hears of the next: VS Code asks the more seldom, the longer answers took."""
    uri = params.text_document.uri
    if not ls.refreshes_lenses:
        await ls.readings.overview(uri)
    opened = ls.opened(uri)
    if opened is None or opened[0].overview is None:
        return []
    lenses = code_lens.lenses(opened[0].overview)
    return await turns.listed(types.CodeLens(opened[1].range(one.range), _lens_command(one)) for one in lenses)


def _lens_command(lens: code_lens.Lens) -> types.Command:
    if lens.rule is None:
        return types.Command(lens.title, "")
    return types.Command(lens.title, "dispatchLens.openPage", arguments=[{"rule": lens.rule}])


def prepare_hierarchy(ls: Server, params: types.CallHierarchyPrepareParams) -> list[types.CallHierarchyItem] | None:
    opened = ls.opened(params.text_document.uri)
    if opened is None or opened[0].overview is None:
        return None
    found = call_hierarchy.item(opened[0].overview, opened[1].offset(params.position))
    return None if found is None else [_item(opened[1], found)]


def incoming(ls: Server, params: types.CallHierarchyIncomingCallsParams) -> list[types.CallHierarchyIncomingCall]:
    return [
        types.CallHierarchyIncomingCall(item, [item.selection_range])
        for item in _related(ls, params.item, call_hierarchy.consumers)
    ]


def outgoing(ls: Server, params: types.CallHierarchyOutgoingCallsParams) -> list[types.CallHierarchyOutgoingCall]:
    own = [params.item.selection_range]
    return [types.CallHierarchyOutgoingCall(item, own) for item in _related(ls, params.item, call_hierarchy.producers)]


_Step: TypeAlias = Callable[[Overview, int], Iterable[DispatchRow]]
"""From the dispatch of an ordinal to those beside it."""


def _related(ls: Server, item: types.CallHierarchyItem, step: _Step) -> list[types.CallHierarchyItem]:
    opened = ls.opened(item.uri)
    if opened is None or opened[0].overview is None or not isinstance(item.data, int):
        return []
    return [_item(opened[1], row) for row in step(opened[0].overview, item.data)]


def _item(converter: Converter, row: DispatchRow) -> types.CallHierarchyItem:
    return types.CallHierarchyItem(
        name=f"#{row.ordinal} {row.summary}",
        kind=types.SymbolKind.Event,
        uri=converter.snapshot.uri,
        range=converter.range(row.range),
        selection_range=converter.range(row.name_range),
        detail=row.name,
        data=row.ordinal,
    )
