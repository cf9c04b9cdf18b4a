"""The server as editors see it: over standard input and output, with the capabilities of VS Code, Neovim and Emacs."""

from __future__ import annotations

import asyncio
import os
import random
import sys
from collections.abc import AsyncGenerator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

FIXTURES = Path(__file__).parent / "fixtures"
TEXT = (FIXTURES / "editor" / "session.mlir").read_text()
URI = "untitled:session.mlir"
HERE = types.TextDocumentIdentifier(URI)
SERVE = [sys.executable, "-m", "dispatch_lens.cli.main", "serve"]
SECONDS = 60
pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio]


@pytest.fixture(scope="module", autouse=True)
def import_path() -> None:
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)


@pytest_lsp.fixture(params=["visual_studio_code", "neovim", "emacs"], config=ClientServerConfig(server_command=SERVE))
async def client(request: pytest.FixtureRequest, lsp_client: LanguageClient) -> AsyncGenerator[None]:
    for refresh in (types.WORKSPACE_CODE_LENS_REFRESH, types.WORKSPACE_INLAY_HINT_REFRESH, types.CLIENT_REGISTER_CAPABILITY):
        lsp_client.feature(refresh)(answered)
    await lsp_client.initialize_session(types.InitializeParams(capabilities=client_capabilities(request.param)))
    yield
    await lsp_client.shutdown_session()


def answered(*params: object) -> None:
    """What an editor answers to a refresh."""


def opened(client: LanguageClient, text: str = TEXT) -> None:
    item = types.TextDocumentItem(URI, "mlir", 1, text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))


def at(text: str, word: str, nth: int = 0) -> types.Position:
    """The second character of the nth `word`."""
    offset = -1
    for _ in range(nth + 1):
        offset = text.index(word, offset + 1)
    return position(text, offset + 1)


def position(text: str, offset: int) -> types.Position:
    line = text.count("\n", 0, offset)
    return types.Position(line, offset - (text.rfind("\n", 0, offset) + 1))


def applied(text: str, edits: Sequence[Any]) -> str:
    lines = text.splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines) + 1)]
    for edit in sorted(edits, key=lambda one: (one.range.start.line, one.range.start.character), reverse=True):
        start = starts[edit.range.start.line] + edit.range.start.character
        end = starts[edit.range.end.line] + edit.range.end.character
        text = text[:start] + edit.new_text + text[end:]
    return text


async def diagnostics(client: LanguageClient) -> list[types.Diagnostic]:
    """Pulled where the editor pulls, else the next that are pushed."""
    document = client.capabilities.text_document
    if document is not None and document.diagnostic is not None:
        report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(HERE))
        assert isinstance(report, types.RelatedFullDocumentDiagnosticReport)
        return list(report.items)
    await asyncio.wait_for(client.wait_for_notification(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS), SECONDS)
    return list(client.diagnostics[URI])


async def command(client: LanguageClient, name: str, **arguments: object) -> Any:
    params = types.ExecuteCommandParams(f"dispatchLens.{name}", [arguments])
    return await asyncio.wait_for(client.workspace_execute_command_async(params), SECONDS)


async def hovered(client: LanguageClient, where: types.Position) -> str:
    found = await client.text_document_hover_async(types.HoverParams(HERE, where))
    assert found is not None and isinstance(found.contents, types.MarkupContent)
    return found.contents.value


async def hovered_with(client: LanguageClient, words: str) -> str:
    """The hover of the second dispatch, once what another process tells is in it: a hover waits for that only shortly."""
    while words not in (found := await hovered(client, at(TEXT, "flow.dispatch.region", 1))):
        pass
    return found


async def test_a_session(client: LanguageClient) -> None:
    opened(client)
    found = await diagnostics(client)
    assert {one.code for one in found} >= {"standalone-transpose"}
    transpose = next(one for one in found if one.code == "standalone-transpose")
    assert transpose.source == "dispatch-lens" and "reason:" in transpose.message
    assert transpose.code_description is not None and transpose.code_description.href.endswith("standalone-transpose.md")

    assert "permutation `[1, 0]`" in await hovered(client, at(TEXT, "#map,"))
    assert "in dispatch #0" in await hovered(client, at(TEXT, "%arg0 :"))
    assert "dispatch #1" in await hovered(client, at(TEXT, "flow.dispatch.region", 1))
    apart = await asyncio.wait_for(hovered_with(client, "why not one dispatch"), SECONDS)
    assert "- `linalg.generic` and `linalg.generic`: " in apart

    where = types.DefinitionParams(HERE, at(TEXT, "%1 :"))
    place = await client.text_document_definition_async(where)
    assert isinstance(place, types.Location) and place.range.start.line == 5

    references = types.ReferenceParams(types.ReferenceContext(True), HERE, at(TEXT, "%0 ="))
    assert len(await client.text_document_references_async(references) or ()) == 3
    highlights = await client.text_document_document_highlight_async(types.DocumentHighlightParams(HERE, at(TEXT, "%in:")))
    assert [one.kind for one in highlights or ()] == [types.DocumentHighlightKind.Write, types.DocumentHighlightKind.Read]

    renamed = await client.text_document_rename_async(types.RenameParams(HERE, at(TEXT, "%0 ="), "%empty"))
    assert renamed is not None and renamed.changes is not None
    assert applied(TEXT, renamed.changes[URI]) == TEXT.replace("%0 ", "%empty ")

    symbols = await client.text_document_document_symbol_async(types.DocumentSymbolParams(HERE))
    assert symbols is not None and isinstance(symbols[0], types.DocumentSymbol)
    assert (symbols[0].name, [child.name for child in symbols[0].children or ()]) == ("@main", ["%1", "%3"])
    assert [(child.detail or "")[:12] for child in symbols[0].children or ()] == ["#0 transpose", "#1 elementwi"]

    hints = await client.text_document_inlay_hint_async(
        types.InlayHintParams(HERE, types.Range(types.Position(0, 0), types.Position(30, 0)))
    )
    labels = [one.label for one in hints or ()]
    assert " perm [1, 0]" in labels and " #0" in labels

    folds = await client.text_document_folding_range_async(types.FoldingRangeParams(HERE))
    assert (2, 20) in {(one.start_line, one.end_line) for one in folds or ()}
    lenses = await client.text_document_code_lens_async(types.CodeLensParams(HERE))
    assert any(one.command is not None and one.command.title.startswith("#0 transpose") for one in lenses or ())


async def test_actions(client: LanguageClient) -> None:
    opened(client)
    remark = next(one for one in await diagnostics(client) if one.code == "standalone-transpose")
    params = types.CodeActionParams(HERE, remark.range, types.CodeActionContext([]))
    given = await client.text_document_code_action_async(params) or ()
    titles = {one.title for one in given}
    actions = [one for one in given if isinstance(one, types.CodeAction)]
    assert titles >= {"Ignore standalone-transpose here", "Explain standalone-transpose"}
    assert len(titles) == len(given)
    ignore = next(one for one in actions if one.title.startswith("Ignore"))
    if ignore.edit is None:
        ignore = await client.code_action_resolve_async(ignore)
    assert ignore.edit is not None and ignore.edit.changes is not None
    changed = applied(TEXT, ignore.edit.changes[URI])
    assert "// dispatch-lens: ignore[standalone-transpose]\n" in changed
    whole = types.TextDocumentContentChangeWholeDocument(changed)
    client.text_document_did_change(types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, URI), [whole]))
    assert remark.code not in {one.code for one in await diagnostics(client)}


async def test_the_compile_command_of_a_program_names_its_file(client: LanguageClient) -> None:
    program = FIXTURES / "cases" / "iree22091_transpose_pad_conv_transpose.mlir"
    uri = "file:///a%20b/c.mlir"
    item = types.TextDocumentItem(uri, "mlir", 1, program.read_text())
    client.text_document_did_open(types.DidOpenTextDocumentParams(item))
    found = (await command(client, "compileCommand", uri=uri))["command"]
    assert found.startswith(
        "iree-compile '/a b/c.mlir' --iree-hal-target-backends=llvm-cpu --compile-to=flow --mlir-print-ir-before="
    )


async def test_commands(client: LanguageClient) -> None:
    opened(client)
    summary = await command(client, "summary", uri=URI)
    assert (summary["dispatches"], summary["shape"], summary["certainty"]) == (2, "regions", "predicted")
    assert (summary["headline"], summary["byRule"]) == ("2 dispatches (1 standalone transpose)", {"standalone-transpose": 1})
    assert ["by kind", "1 transpose, 1 elementwise"] in summary["rows"]
    rows = await command(client, "dispatches", uri=URI)
    assert [row["ordinal"] for row in rows] == [0, 1]
    assert rows[1]["producers"] == [0] and rows[0]["consumers"] == [1]
    assert rows[0]["range"]["start"] == {"line": 5, "character": 2}
    for form, begins in (("dot", "digraph"), ("mermaid", "flowchart"), ("json", "{")):
        assert (await command(client, "graph", uri=URI, format=form))["text"].startswith(begins)
    assert (await command(client, "explain", rule="standalone-transpose"))["markdown"].startswith("# standalone-transpose")
    assert (await command(client, "predict", uri=URI, aggressive=False))["functions"]
    assert "--mlir-print-ir-before" in (await command(client, "compileCommand", uri=URI))["command"]
    where = {"line": 5, "character": 10}
    assert (await command(client, "why", uri=URI, position=where))["markdown"]
    hierarchy = await client.text_document_prepare_call_hierarchy_async(
        types.CallHierarchyPrepareParams(HERE, types.Position(**where))
    )
    assert hierarchy
    calls = await client.call_hierarchy_incoming_calls_async(types.CallHierarchyIncomingCallsParams(hierarchy[0]))
    assert [call.from_.data for call in calls or ()] == [1]


async def test_a_broken_op_breaks_nothing_else(client: LanguageClient) -> None:
    opened(client)
    line = TEXT.splitlines().index("    %4 = " + TEXT.split("    %4 = ")[1].splitlines()[0])
    broken = types.TextDocumentContentChangePartial(
        types.Range(types.Position(line, 9), types.Position(line, 60)), "linalg.gen((("
    )
    client.text_document_did_change(types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(2, URI), [broken]))
    assert "permutation `[1, 0]`" in await hovered(client, at(TEXT, "#map,"))
    assert "tensor<8x4xf32>" in await hovered(client, at(TEXT, "%3 "))
    assert any(one.severity == types.DiagnosticSeverity.Error for one in await diagnostics(client))


async def test_completion_after_a_half_typed_word(client: LanguageClient) -> None:
    lines = TEXT.splitlines()
    lines[4:4] = ["  %9 = linalg.mat", "  %10 = arith.addf %c"]
    opened(client, "\n".join(lines))

    async def offered(line: int) -> list[str]:
        params = types.CompletionParams(HERE, types.Position(line, len(lines[line])))
        found = await client.text_document_completion_async(params)
        assert isinstance(found, types.CompletionList)
        return [item.label for item in found.items]

    assert "linalg.matmul" in await offered(4)
    assert {"%cst", "%arg0"} <= set(await offered(5))


async def test_random_requests_and_edits_never_fail(client: LanguageClient) -> None:
    """Every answer is an answer: no internal error, whatever the text has become."""
    chance = random.Random(os.environ.get("DISPATCH_LENS_SEED", "1"))
    text = TEXT
    opened(client)
    for version in range(2, int(os.environ.get("DISPATCH_LENS_FUZZ", "60")) + 2):
        start = chance.randrange(len(text) + 1)
        end = min(len(text), start + chance.choice((0, 0, 1, 5, 40)))
        new = chance.choice(("", "x", "{", "}", "\n", "%0", '"', "affine_map<", "// -----\n", TEXT[start : start + 30], "é😀"))
        change = types.TextDocumentContentChangePartial(types.Range(utf16(text, start), utf16(text, end)), new)
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(types.VersionedTextDocumentIdentifier(version, URI), [change])
        )
        text = text[:start] + new + text[end:]
        await asyncio.wait_for(asked(client, utf16(text, chance.randrange(len(text) + 1)), chance.randrange(12)), SECONDS)
        if len(text) > 3 * len(TEXT):
            whole = types.TextDocumentContentChangeWholeDocument(TEXT)
            identifier = types.VersionedTextDocumentIdentifier(version, URI)
            client.text_document_did_change(types.DidChangeTextDocumentParams(identifier, [whole]))
            text = TEXT
    final = types.VersionedTextDocumentIdentifier(100_000, URI)
    client.text_document_did_change(
        types.DidChangeTextDocumentParams(final, [types.TextDocumentContentChangeWholeDocument(TEXT)])
    )
    assert "permutation `[1, 0]`" in await hovered(client, at(TEXT, "#map,"))


def utf16(text: str, offset: int) -> types.Position:
    line_start = text.rfind("\n", 0, offset) + 1
    return types.Position(text.count("\n", 0, offset), len(text[line_start:offset].encode("utf-16-le")) // 2)


async def asked(client: LanguageClient, where: types.Position, which: int) -> object:
    here = types.Range(where, where)
    match which:
        case 0 | 1:
            return await client.text_document_hover_async(types.HoverParams(HERE, where))
        case 2:
            return await client.text_document_definition_async(types.DefinitionParams(HERE, where))
        case 3:
            return await client.text_document_references_async(types.ReferenceParams(types.ReferenceContext(True), HERE, where))
        case 4:
            return await client.text_document_completion_async(types.CompletionParams(HERE, where))
        case 5:
            return await client.text_document_document_symbol_async(types.DocumentSymbolParams(HERE))
        case 6:
            return await client.text_document_folding_range_async(types.FoldingRangeParams(HERE))
        case 7:
            return await client.text_document_semantic_tokens_full_async(types.SemanticTokensParams(HERE))
        case 8:
            return await client.text_document_selection_range_async(types.SelectionRangeParams(HERE, [where]))
        case 9:
            return await client.text_document_code_action_async(types.CodeActionParams(HERE, here, types.CodeActionContext([])))
        case 10:
            whole = types.Range(types.Position(0, 0), where)
            return await client.text_document_inlay_hint_async(types.InlayHintParams(HERE, whole))
        case _:
            return await client.text_document_signature_help_async(types.SignatureHelpParams(HERE, where))
