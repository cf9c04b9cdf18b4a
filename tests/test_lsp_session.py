"""What holds for a whole session of the server: settings, trust, long commands; with an editor that pulls diagnostics."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient

TEXT = (Path(__file__).parent / "fixtures" / "editor" / "session.mlir").read_text()
URI = "untitled:session.mlir"
HERE = types.TextDocumentIdentifier(URI)
SERVE = [sys.executable, "-m", "dispatch_lens.cli.main", "serve"]
SECONDS = 60
CAPABILITIES = types.ClientCapabilities(
    text_document=types.TextDocumentClientCapabilities(diagnostic=types.DiagnosticClientCapabilities()),
    window=types.WindowClientCapabilities(work_done_progress=True),
)
pytestmark = [pytest.mark.timeout(240), pytest.mark.asyncio]


@pytest.fixture(scope="module", autouse=True)
def import_path() -> None:
    os.environ["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)


@pytest_lsp.fixture(config=ClientServerConfig(server_command=SERVE))
async def client(lsp_client: LanguageClient) -> AsyncGenerator[None]:
    await lsp_client.initialize_session(types.InitializeParams(capabilities=CAPABILITIES))
    yield
    await lsp_client.shutdown_session()


def opened(client: LanguageClient, text: str = TEXT) -> None:
    client.text_document_did_open(types.DidOpenTextDocumentParams(types.TextDocumentItem(URI, "mlir", 1, text)))


async def reported(client: LanguageClient, previous: str | None = None) -> Any:
    params = types.DocumentDiagnosticParams(HERE, previous_result_id=previous)
    return await asyncio.wait_for(client.text_document_diagnostic_async(params), SECONDS)


def configured(client: LanguageClient, **settings: object) -> None:
    client.workspace_did_change_configuration(types.DidChangeConfigurationParams({"dispatchLens": settings}))


async def test_diagnostics_are_unchanged_only_under_the_same_settings(client: LanguageClient) -> None:
    opened(client)
    first = await reported(client)
    assert {one.code for one in first.items} >= {"standalone-transpose"}
    assert isinstance(await reported(client, first.result_id), types.RelatedUnchangedDocumentDiagnosticReport)
    for settings in ({"severity": {"standalone-transpose": "hint"}}, {"ignore": ["standalone-transpose"]}, {"target": "vmvx"}):
        configured(client, **settings)
        changed = await reported(client, first.result_id)
        assert isinstance(changed, types.RelatedFullDocumentDiagnosticReport), settings
