"""Whatever is typed and asked, the server answers, and says of a text that was edited what it says of one that was opened."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from typing import Any

import pytest

import lsp_random
from talk import RefusedError, Talk

URI = "untitled:random.mlir"
FRESH = "untitled:fresh.mlir"
INVALID_PARAMS = -32602
REFUSING = ("textDocument/rename", "textDocument/prepareRename", "workspace/executeCommand")
LONGEST = 40_000


@pytest.mark.parametrize("steps", [400, pytest.param(10_000, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_every_question_is_answered(steps: int, caplog: pytest.LogCaptureFixture) -> None:
    asyncio.run(_answered(steps, random.Random(steps)))
    failed = [one for one in caplog.records if one.levelno >= logging.ERROR and one.name.startswith("dispatch_lens")]
    assert not failed, failed[0].exc_text


async def _answered(steps: int, chance: random.Random) -> None:
    talk = Talk()
    await talk.begin()
    texts = lsp_random.texts()
    text = texts[0]
    talk.open(URI, text)
    for version in range(2, steps + 2):
        if len(text) > LONGEST or chance.random() < 0.05:
            text = chance.choice(texts)
            talk.change(URI, version, [{"text": text}])
        else:
            text, change = lsp_random.edited(text, chance)
            talk.change(URI, version, [change])
        method, params = lsp_random.question(URI, text, chance)
        try:
            await talk.request(method, params)
        except RefusedError as error:
            assert error.code == INVALID_PARAMS and method in REFUSING, (method, params, text)
    await talk.end()


@pytest.mark.parametrize("sequences", [12, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(1800)])])
def test_an_edited_text_is_answered_as_a_fresh_one(sequences: int) -> None:
    asyncio.run(_compared(sequences, random.Random(sequences)))


async def _compared(sequences: int, chance: random.Random) -> None:
    talk = Talk()
    await talk.begin()
    for _ in range(sequences):
        text = chance.choice(lsp_random.texts())
        talk.open(URI, text)
        for version in range(2, chance.randrange(4, 12)):
            text, change = lsp_random.edited(text, chance)
            talk.change(URI, version, [change])
        talk.open(FRESH, text)
        for method in lsp_random.OF_THE_WHOLE:
            await _same(talk, method, {"textDocument": {"uri": URI}}, text)
        for _ in range(20):
            await _same(talk, *lsp_random.question(URI, text, chance), text)
        for uri in (URI, FRESH):
            talk.notify("textDocument/didClose", {"textDocument": {"uri": uri}})
    await talk.end()


async def _same(talk: Talk, method: str, params: Any, text: str) -> None:
    if method == "workspace/symbol":
        return
    edited = await _told(talk, method, params)
    fresh = await _told(talk, method, json.loads(json.dumps(params).replace(URI, FRESH)))
    assert edited == fresh, (method, params, text)


async def _told(talk: Talk, method: str, params: Any) -> Any:
    """The answer, without what only tells versions and documents apart."""
    try:
        answer = json.dumps(await talk.request(method, params)).replace(FRESH, URI)
    except RefusedError as error:
        return error.code
    return json.loads(answer, object_hook=lambda one: {k: v for k, v in one.items() if k not in ("resultId", "version")})
