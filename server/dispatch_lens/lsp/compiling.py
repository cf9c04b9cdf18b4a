"""The commands that start a compiler. They run in threads, in which nothing but waiting takes long, and end it when they end."""

from __future__ import annotations

import asyncio
import functools
import shlex
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

from lsprotocol import types
from pygls import uris
from pygls.exceptions import JsonRpcInvalidParams

from dispatch_lens.compiler import bridge, find, protocol, subprocesses
from dispatch_lens.counts import counted
from dispatch_lens.features import verification
from dispatch_lens.features.trial import attempt, resume, told
from dispatch_lens.features.trial.measure import FlowMeasure
from dispatch_lens.features.trial.outcome import Measure, Outcome, Run
from dispatch_lens.features.trial.search import Ready
from dispatch_lens.features.trial.trial import Trial, concluded
from dispatch_lens.lsp import convert, given, progress
from dispatch_lens.lsp.compilers import UNTRUSTED
from dispatch_lens.lsp.given import Json
from dispatch_lens.lsp.server import Server

MAX_RUNS = 200
SECONDS_TO_VERIFY = 30.0
SECONDS_FOR_ONE = 120.0
"""For one compile of a trial."""
_BACKENDS = ("llvm-cpu", "vmvx")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be tried: by which install, for which backend, on top of which flags, and beside which."""

    install: protocol.Install
    target: protocol.Backend
    base_flags: str
    against: str | None


async def compilers(ls: Server, *arguments: Any) -> list[Json]:
    """{} -> [{path, version} | {failure}]: the IREE installs, the newest first; then who did not tell its version."""
    found = await ls.compilers.found()
    installs = sorted(found.installs, key=lambda one: find.version_key(one.version), reverse=True)
    known: list[Json] = [{"path": _program(one), "version": one.version} for one in installs]
    return [*known, *({"failure": sentence} for sentence in found.silent)]


def _program(of: protocol.Install) -> str:
    return of.python or of.iree_opt or of.iree_compile or ""


async def verify(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {diagnostics, failure?}: what the real compiler's parser says; shows progress meanwhile."""
    document, converter = given.document(ls, arguments)
    if not ls.compilers.are_trusted:
        return {"diagnostics": [], "failure": UNTRUSTED}
    snapshot = document.snapshot
    try:
        async with progress.shown(ls, "Asking the compiler"):
            asked = await ls.compilers.ready(limits(ls, SECONDS_TO_VERIFY))
            parts = await ls.analyst.ask("parts", snapshot)
            work = functools.partial(verification.verify, parts, asked)
            problems = await asyncio.get_running_loop().run_in_executor(None, work)
    except verification.VerificationError as error:
        return {"diagnostics": [], "failure": str(error)}
    found = [converter.error(problem) for problem in problems]
    return {
        "diagnostics": [
            {"range": given.as_json(one.range), "message": one.message, "severity": 1, "source": convert.SOURCE} for one in found
        ]
    }


async def read_bytecode(ls: Server, *arguments: Any) -> Json:
    """{uri} -> {text}, or {failure}: a `.mlirbc` file as text, which an editor shows read-only."""
    path = uris.to_fs_path(str(given.table(arguments).get("uri")))
    if path is None:
        raise JsonRpcInvalidParams("`uri` is no file")
    if not ls.compilers.are_trusted:
        return failure(UNTRUSTED)
    found = await ls.compilers.found()
    known = [one for one in found.installs if one.iree_opt]
    if not known:
        return failure(find.why_none(found, "iree-opt"))
    newest = max(known, key=lambda one: find.version_key(one.version))
    async with progress.shown(ls, "Reading bytecode"):
        work = functools.partial(subprocesses.read_bytecode, newest, path, limits(ls, SECONDS_TO_VERIFY))
        text = await asyncio.get_running_loop().run_in_executor(None, work)
    return failure(text.message) if isinstance(text, protocol.CompilerFailure) else {"text": text}


async def try_flags(ls: Server, *arguments: Any) -> Json:
    """{uri, target?, baseFlags?, against?, from?, maxRuns?} -> the trial and its `text`, or {failure, text}. Can be stopped."""
    document, _ = given.document(ls, arguments)
    table = given.table(arguments)
    target = _target(ls, table)
    if not ls.compilers.are_trusted:
        return failure(UNTRUSTED)
    loop = asyncio.get_running_loop()
    found = await ls.compilers.found()
    install = find.choose_install(document.snapshot.text, [one for one in found.installs if one.iree_compile])
    if install is None:
        return failure(find.why_none(found, "iree-compile"))
    snapshot, entry = document.snapshot, _entry(table)
    program = await ls.analyst.ask("resumable", snapshot, entry)
    if isinstance(program, resume.NotResumable):
        return failure(program.reason)
    name = uris.to_fs_path(snapshot.uri) or snapshot.uri
    asked = bridge.Bridge([install], limits(ls, SECONDS_FOR_ONE))
    order = Order(install, target, str(table.get("baseFlags") or ""), _against(table))
    most = int(table.get("maxRuns") or MAX_RUNS)
    async with progress.shown(ls, "Trying compiler options", asked.close) as report:

        def ready(run: Run, planned: int) -> None:
            loop.call_soon_threadsafe(report, _step(run))

        report(f"the file as it is, {asked.limits.request_seconds:g} s at the most")
        work = functools.partial(_try, name, program, asked, order, most, ready)
        return await until_cancelled(loop.run_in_executor(None, work), asked.close)


async def try_these(ls: Server, *arguments: Any) -> Json:
    """{uri, flags} -> the trial of these flags alone beside the default, and `text`, which is shown too."""
    table = given.table(arguments)
    flags = given.words(table, "flags")
    found = await try_flags(ls, {**table, "against": shlex.join(flags), "maxRuns": 2})
    base, tried = (cast("dict[str, Any]", found.get(name) or {}) for name in ("base", "against"))
    said = found.get("failure") or tried.get("failure")
    words = said or f"{base.get('dispatches')} -> {tried.get('dispatches')} dispatches with {' '.join(flags)}"
    ls.window_show_message(types.ShowMessageParams(types.MessageType.Info, str(words)))
    return found


def limits(ls: Server, seconds: float) -> protocol.Limits:
    """What a compiler may take for one answer: what the settings say, else so many seconds."""
    chosen = ls.editor_settings.compiler_seconds
    if chosen is None:
        return protocol.Limits(request_seconds=seconds)
    return protocol.Limits(start_seconds=chosen, request_seconds=chosen)


async def until_cancelled(work: asyncio.Future[Answer], stop: Callable[[], None]) -> Answer:
    """The answer of the work; who is cancelled meanwhile stops it, and waits for its end."""
    try:
        return await asyncio.shield(work)
    finally:
        stop()
        await asyncio.wait([work])


def _try(name: str, program: resume.Resumable, asked: bridge.Bridge, order: Order, max_runs: int, ready: Ready) -> Json:
    plan = attempt.planned(order.install, program, order.target, order.base_flags, order.against)
    measure = _stoppable(FlowMeasure(asked, program.text, plan.fixed, plan.target), asked)
    try:
        with ThreadPoolExecutor(1) as executor:
            found = attempt.attempt(plan, measure, executor, max_runs, ready)
    except KeyboardInterrupt:
        return failure("stopped before the first compile had ended")
    if asked.is_closed:
        found = replace(found, stopped="stopped")
    trial = Trial(name, plan, found) if asked.is_closed else concluded(name, plan, asked, found, "compile")
    answer = {**trial.as_json(), "text": "\n".join(told.lines(trial)) + "\n"}
    return answer if found.base.failure is None else {**answer, "failure": found.base.failure}


def _stoppable(measure: Measure, asked: bridge.Bridge) -> Measure:
    """The measure, until the compiler is closed: that ends the search as the keyboard does, and counts as no outcome."""

    def measured(flags: tuple[str, ...]) -> Outcome:
        outcome = measure(flags)
        if asked.is_closed:
            raise KeyboardInterrupt
        return outcome

    return measured


def _step(run: Run) -> str:
    outcome = run.outcome
    count = "no answer" if outcome.dispatches is None else counted(outcome.dispatches, "dispatch")
    return f"{run.stage}: {count} with {' '.join(outcome.flags) or 'no option'}"


def _target(ls: Server, table: Mapping[str, Any]) -> protocol.Backend:
    """The backend that is asked for, else that of the settings where it can be tried."""
    wanted = table.get("target")
    if wanted is not None and wanted not in _BACKENDS:
        raise JsonRpcInvalidParams(f"`target` is one of {', '.join(_BACKENDS)}")
    chosen = wanted or ls.editor_settings.settings.target
    return chosen if chosen in _BACKENDS else "llvm-cpu"


def _against(table: Mapping[str, Any]) -> str | None:
    words = table.get("against")
    return None if words is None else str(words)


def _entry(table: Mapping[str, Any]) -> str | None:
    entry = table.get("from")
    if entry is not None and entry not in resume.ENTRIES:
        raise JsonRpcInvalidParams(f"`from` is one of {', '.join(resume.ENTRIES)}")
    return entry


def failure(reason: str) -> Json:
    return {"failure": reason, "text": f"{reason}\n"}
