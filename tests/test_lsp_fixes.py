"""The search for fixes: an editor that asks again waits for the same search, and an edit ends it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from lsprotocol import types

from dispatch_lens.features.diagnostics import diagnostics
from dispatch_lens.features.document import Document
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import snapshot
from dispatch_lens.flags.version import Version, parse_versions
from dispatch_lens.lsp import analysts, fixes, of_program
from dispatch_lens.lsp.analyst import Analyst
from dispatch_lens.lsp.documents import Documents
from dispatch_lens.lsp.messages import Remedies
from dispatch_lens.lsp.server import Server
from dispatch_lens.lsp.settings import EditorSettings
from shared import FIXTURES

URI = "file:///a.mlir"
NOTHING = Remedies((), ())


@dataclass
class SlowAnalyst:
    """Answers when it may."""

    may: asyncio.Event = field(default_factory=asyncio.Event)
    asked: int = 0
    question: tuple[Any, ...] = ()

    async def ask(self, *question: Any) -> Remedies:
        self.asked += 1
        self.question = question
        await self.may.wait()
        return NOTHING


@dataclass
class Found:
    """The compilers of a machine."""

    releases: tuple[str, ...] = ()

    async def versions(self) -> tuple[Version, ...]:
        return parse_versions(self.releases)


@dataclass
class Asked:
    analyst: SlowAnalyst = field(default_factory=SlowAnalyst)
    documents: Documents = field(default_factory=Documents)
    editor_settings: EditorSettings = field(default_factory=EditorSettings)
    compilers: Found = field(default_factory=Found)

    async def remedies(self, offset: int = 0) -> Remedies | None:
        return await fixes.remedies(cast(Server, self), self.documents.by_uri[URI], (), offset)


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fixes, "MOST_SECONDS", 0.01)


def opened() -> Asked:
    asked = Asked()
    asked.documents.open(types.TextDocumentItem(URI, "mlir", 1, "%0 = foo.op\n"))
    return asked


def test_the_second_question_finds_the_search_further():
    async def run() -> None:
        server = opened()
        assert await server.remedies() is None
        server.analyst.may.set()
        assert await server.remedies() is NOTHING
        assert server.analyst.asked == 1

    asyncio.run(run())


@pytest.mark.parametrize(("found", "offered"), [(("20240724.964",), True), (("20240724.964", "3.13.0"), False), ((), False)])
def test_fixes_are_those_that_gain_with_the_compiler_of_the_machine(found: tuple[str, ...], offered: bool):
    async def run() -> None:
        server = opened()
        server.compilers = Found(found)
        server.analyst.may.set()
        await server.remedies()
        _, _, _, _, named, installed = server.analyst.question
        document = Document(URI, 1, (FIXTURES / "rules" / "unfused-elementwise-consumer.mlir").read_text())
        remarks = diagnostics(document, Settings()).remarks
        given = of_program.answer("fixes", document, remarks, 0, named, installed).of_remarks
        assert any(fix.title.startswith("order the loops") for of in given for fix in of) is offered

    asyncio.run(run())


def test_another_place_ends_the_search():
    async def run() -> None:
        server = opened()
        assert await server.remedies(0) is None
        first = server.documents.by_uri[URI].search
        assert first is not None
        assert await server.remedies(3) is None
        assert first.found.cancelled()
        assert server.analyst.asked == 2

    asyncio.run(run())


def test_an_edit_ends_the_search():
    async def run() -> None:
        server = opened()
        assert await server.remedies() is None
        first = server.documents.by_uri[URI].search
        assert first is not None
        server.documents.change(URI, 2, [types.TextDocumentContentChangeWholeDocument("%1 = foo.op\n")])
        await asyncio.wait([first.found])
        assert first.found.cancelled()

    asyncio.run(run())


def test_a_small_text_does_not_wait_for_a_large_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(analysts, "LARGE", 10)

    async def run() -> None:
        busy, free = SlowAnalyst(), SlowAnalyst()
        free.may.set()
        both = analysts.Analysts(cast(Analyst, busy), cast(Analyst, free))
        large = asyncio.ensure_future(both.ask("overview", snapshot(URI, 1, "%0 = a.large.op")))
        await asyncio.sleep(0)
        assert await both.ask("fixes", snapshot(URI, 1, "a.op")) is NOTHING
        assert not large.done() and busy.asked == 1
        busy.may.set()
        assert await large is NOTHING

    asyncio.run(run())
