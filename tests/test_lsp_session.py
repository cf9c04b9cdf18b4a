"""What holds for a whole session of the server: settings, trust, long commands; with an editor that pulls diagnostics."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncGenerator, Iterator
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


COMPILER = """#!/bin/sh
echo "$@" >> {folder}/asked
case "$*" in *--version*) echo "IREE compiler version 3.99.0"; exit;; esac
few=two
for word in "$@"; do
  case "$before" in -o) output=$word;; esac
  case "$word" in *.mlir) test -n "$input" || input=$word;; --iree*aggressive*) few=one;; esac
  before=$word
done
if grep -q "hang at once" $input || {{ grep -q "hang later" $input && test $# -gt 5; }}; then
  echo $$ > {folder}/hangs
  exec sleep 600
fi
case "$(cat $input)" in *linalg.transpose*) ;; *"folds this"*) few=one;; *"keeps this"*) exit 1;; esac
cp {folder}/$few.mlir $output
"""
"""A compiler that takes two dispatches to one by aggressive fusion, or without a transpose where a text says so.

Or it takes a text with its transpose alone. It hangs on texts that say so, telling its process.
"""
PROGRAM = """util.func public @f(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  // the compiler takes this at once
  %0 = tensor.empty() : tensor<4xf32>
  %1 = linalg.exp ins(%arg0 : tensor<4xf32>) outs(%0 : tensor<4xf32>) -> tensor<4xf32>
  util.return %1 : tensor<4xf32>
}
"""
DISPATCHED = """util.func public @f(%arg0: tensor<4xf32>) -> tensor<4xf32> {
  %0 = flow.dispatch @a::@a(%arg0) : (tensor<4xf32>) -> tensor<4xf32>
  %1 = flow.dispatch @b::@b(%0) : (tensor<4xf32>) -> tensor<4xf32>
  util.return %1 : tensor<4xf32>
}
"""


@pytest.fixture(scope="module", autouse=True)
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of the only compiler on PATH, where it tells what it was asked, for the servers that start from here on."""
    folder = tmp_path_factory.mktemp("programs")
    (folder / "two.mlir").write_text(DISPATCHED)
    (folder / "one.mlir").write_text(
        "".join(line for line in DISPATCHED.splitlines(True) if "%1 =" not in line).replace("%1", "%0")
    )
    os.mkfifo(folder / "hangs")
    (folder / "iree-compile").write_text(COMPILER.format(folder=folder))
    (folder / "iree-compile").chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))
        patch.setenv("PATH", f"{folder}:/usr/bin:/bin")
        yield folder


@pytest_lsp.fixture(config=ClientServerConfig(server_command=SERVE))
async def client(lsp_client: LanguageClient) -> AsyncGenerator[None]:
    await lsp_client.initialize_session(types.InitializeParams(capabilities=CAPABILITIES))
    yield
    await lsp_client.shutdown_session()


@pytest_lsp.fixture(config=ClientServerConfig(server_command=SERVE))
async def untrusting(lsp_client: LanguageClient) -> AsyncGenerator[None]:
    params = types.InitializeParams(capabilities=CAPABILITIES, initialization_options={"trusted": False})
    await lsp_client.initialize_session(params)
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


async def command(client: LanguageClient, name: str, **arguments: object) -> Any:
    params = types.ExecuteCommandParams(f"dispatchLens.{name}", [arguments])
    return await asyncio.wait_for(client.workspace_execute_command_async(params), SECONDS)


async def test_without_trust_no_compiler_is_started(untrusting: LanguageClient, programs: Path) -> None:
    (programs / "asked").unlink(missing_ok=True)
    opened(untrusting, PROGRAM)
    assert await command(untrusting, "compilers") == []
    for name in ("verify", "try", "fixProved"):
        assert "not trusted" in (await command(untrusting, name, uri=URI))["failure"]
    configured(untrusting, trusted=True)
    assert await command(untrusting, "compilers") == []
    assert (await command(untrusting, "summary", uri=URI))["toDispatch"] == 1
    assert not (programs / "asked").exists()


async def test_flags_are_tried(client: LanguageClient, programs: Path) -> None:
    opened(client, PROGRAM)
    assert "3.99.0" in {one["version"] for one in await command(client, "compilers")}
    found = await command(client, "try", uri=URI, maxRuns=60)
    assert (found["base"]["dispatches"], found["best"]["dispatches"], found["compiler"]) == (2, 1, "3.99.0")
    assert all("aggressive" in flag for flag in found["best"]["flags"])
    assert found["certainty"] == "proved" and found["best"]["flags"][0] in found["command"]
    assert "2 -> 1 dispatches" in found["text"]
    reports = list(next(iter(client.progress_reports.values())))
    assert isinstance(reports[0], types.WorkDoneProgressBegin) and reports[0].cancellable
    assert isinstance(reports[-1], types.WorkDoneProgressEnd) and len(reports) > 3
    assert (programs / "asked").exists()


async def test_what_cannot_be_tried_says_why(client: LanguageClient) -> None:
    opened(client, TEXT)
    assert "cannot be formed anew" in (await command(client, "try", uri=URI))["failure"]


FOLDED = """util.func public @f(%arg0: tensor<4x6xf32>) -> tensor<6x4xf32> {
  // the compiler folds this
  %0 = tensor.empty() : tensor<6x4xf32>
  %1 = linalg.transpose ins(%arg0 : tensor<4x6xf32>) outs(%0 : tensor<6x4xf32>) permutation = [1, 0]
  %2 = linalg.exp ins(%1 : tensor<6x4xf32>) outs(%0 : tensor<6x4xf32>) -> tensor<6x4xf32>
  util.return %2 : tensor<6x4xf32>
}
"""


@pytest.fixture
def edited(client: LanguageClient) -> list[str]:
    """The texts of the edits that the server asks for. The editor makes each."""
    texts: list[str] = []

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        texts.extend(edit.new_text for edits in (params.edit.changes or {}).values() for edit in edits)
        return types.ApplyWorkspaceEditResult(applied=True)

    return texts


async def test_proved_fixes_are_made(client: LanguageClient, edited: list[str]) -> None:
    opened(client, FOLDED)
    made = await command(client, "fixProved", uri=URI)
    assert made["applied"] and "dispatches 2 → 1" in made["text"]
    assert len(edited) == 1 and "linalg.transpose" not in edited[0]
    reports = list(next(iter(client.progress_reports.values())))
    assert reports[0].title == "Proving fixes" and reports[0].cancellable
    assert any("2 dispatches: " in (one.message or "") for one in reports[1:-1])


async def test_what_the_compiler_denies_is_not_made(client: LanguageClient, edited: list[str]) -> None:
    opened(client, FOLDED.replace("folds this", "keeps this"))
    made = await command(client, "fixProved", uri=URI)
    assert (made["applied"], made["text"], edited) == (False, "nothing to fix", [])


async def test_a_proof_that_a_person_stops_changes_nothing(client: LanguageClient, programs: Path, edited: list[str]) -> None:
    opened(client, FOLDED.replace("folds this", "shall hang at once"))
    pipe = os.open(programs / "hangs", os.O_RDONLY | os.O_NONBLOCK)
    proof = asyncio.ensure_future(command(client, "fixProved", uri=URI))
    process = await told(pipe, proof)
    client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(next(iter(client.progress_reports))))
    assert (await asyncio.wait_for(proof, SECONDS))["failure"] == "stopped"
    assert not is_running(process) and edited == []


async def test_a_compiler_that_hangs_is_told_within_the_time_that_the_settings_give(client: LanguageClient) -> None:
    configured(client, **{"compiler-seconds": 0.5})
    opened(client, FOLDED.replace("folds this", "shall hang at once"))
    tried = await command(client, "try", uri=URI)
    assert tried["failure"] == "iree-compile did not answer within 0.5 s."
    made = await command(client, "fixProved", uri=URI)
    said = "left alone, as the compiler gave no answer: iree-compile did not answer within 0.5 s."
    assert (made["applied"], made["text"]) == (False, said)
    first = next(report for reports in client.progress_reports.values() for report in reports[1:])
    assert first.message == "the file as it is, 0.5 s at the most"


async def told(pipe: int, trial: asyncio.Future[Any]) -> int:
    """The number of the process that the compiler writes before it hangs."""
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(pipe, readable.set)
    waiting = asyncio.ensure_future(readable.wait())
    try:
        await asyncio.wait([waiting, trial], timeout=SECONDS, return_when=asyncio.FIRST_COMPLETED)
        assert not trial.done(), trial.result()
        assert readable.is_set()
        return int(os.read(pipe, 100))
    finally:
        waiting.cancel()
        loop.remove_reader(pipe)
        os.close(pipe)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_cancelled_trial_ends_its_compiler(client: LanguageClient, programs: Path) -> None:
    opened(client, PROGRAM.replace("takes this", "shall hang"))
    params = types.ExecuteCommandParams("dispatchLens.try", [{"uri": URI}])
    pipe = os.open(programs / "hangs", os.O_RDONLY | os.O_NONBLOCK)
    trial = asyncio.ensure_future(client.protocol.send_request_async(types.WORKSPACE_EXECUTE_COMMAND, params, "trial"))
    process = await told(pipe, trial)
    hover = types.HoverParams(HERE, types.Position(3, 8))
    assert await asyncio.wait_for(client.text_document_hover_async(hover), SECONDS) is not None
    assert is_running(process)
    client.cancel_request(types.CancelParams("trial"))
    with pytest.raises(Exception, match="cancel"):
        await asyncio.wait_for(trial, SECONDS)
    assert not is_running(process)


async def test_an_editor_that_dies_ends_the_trial(programs: Path) -> None:
    pipes = asyncio.subprocess.PIPE
    server = await asyncio.create_subprocess_exec(*SERVE, stdin=pipes, stdout=pipes, stderr=asyncio.subprocess.DEVNULL)
    assert server.stdin is not None and server.stdout is not None
    item = {"uri": URI, "languageId": "mlir", "version": 1, "text": PROGRAM.replace("takes this", "shall hang")}
    command = {"command": "dispatchLens.try", "arguments": [{"uri": URI}]}
    pipe = os.open(programs / "hangs", os.O_RDONLY | os.O_NONBLOCK)
    for number, (method, params) in enumerate(
        [
            ("initialize", {"processId": None, "rootUri": None, "capabilities": {}}),
            ("textDocument/didOpen", {"textDocument": item}),
            ("workspace/executeCommand", command),
        ]
    ):
        asks = {} if "did" in method else {"id": number}
        data = json.dumps({"jsonrpc": "2.0", **asks, "method": method, "params": params}).encode()
        server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(data) + data)
    ended = asyncio.ensure_future(server.wait())
    process = await told(pipe, ended)
    server.stdin.close()
    await asyncio.wait_for(ended, SECONDS)
    assert not is_running(process)


async def test_a_trial_that_a_person_stops_keeps_what_was_found(client: LanguageClient, programs: Path) -> None:
    opened(client, PROGRAM.replace("takes this at once", "shall hang later"))
    pipe = os.open(programs / "hangs", os.O_RDONLY | os.O_NONBLOCK)
    trial = asyncio.ensure_future(command(client, "try", uri=URI))
    process = await told(pipe, trial)
    client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(next(iter(client.progress_reports))))
    found = await asyncio.wait_for(trial, SECONDS)
    assert (found["base"]["dispatches"], found["stopped"], found["certainty"]) == (2, "stopped", "predicted")
    assert [run["stage"] for run in found["runs"]] == ["base"]
    assert not is_running(process)


async def test_an_option_is_tried_now(client: LanguageClient) -> None:
    opened(client, PROGRAM)
    flag = "--iree-dispatch-creation-enable-aggressive-fusion"
    found = await command(client, "tryThese", uri=URI, flags=[flag])
    assert (found["base"]["dispatches"], found["against"]["dispatches"], len(found["runs"])) == (2, 1, 2)
    assert client.messages[-1].message == f"2 -> 1 dispatches with {flag}"


async def test_options_go_into_the_file_of_flags_once(client: LanguageClient, tmp_path: Path) -> None:
    edits: list[types.WorkspaceEdit] = []

    @client.feature(types.WORKSPACE_APPLY_EDIT)
    def apply(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
        edits.append(params.edit)
        return types.ApplyWorkspaceEditResult(applied=True)

    (tmp_path / "iree-flags.txt").write_text("--a\n--b")
    uri = (tmp_path / "x.mlir").as_uri()
    assert (await command(client, "keepFlags", uri=uri, flags=["--b", "--c"]))["applied"]
    changes = edits[0].document_changes
    assert changes is not None
    assert isinstance(changes[1], types.TextDocumentEdit)
    added = changes[1].edits[0]
    assert isinstance(added, types.TextEdit)
    assert (added.new_text, added.range.start) == ("\n--c\n", types.Position(1, 3))
    assert not (await command(client, "keepFlags", uri=uri, flags=["--a"]))["applied"]


async def test_a_dispatch_is_cut_out(client: LanguageClient) -> None:
    opened(client)
    line = next(i for i, text in enumerate(TEXT.splitlines()) if "flow.dispatch.region" in text)
    cut = await command(client, "extract", uri=URI, position={"line": line, "character": 3})
    both = await command(client, "extract", uri=URI, position={"line": line, "character": 3}, pair=True)
    assert cut["text"].startswith("// flow.dispatch.region of ") and "func.func" in cut["text"]
    assert both["text"].count("flow.dispatch.region ->") == cut["text"].count("flow.dispatch.region ->") + 1
    assert await command(client, "extract", uri=URI, position={"line": 0, "character": 0}) is None
    assert "no op begins on this line" in client.messages[-1].message
