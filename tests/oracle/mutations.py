"""One-token mutations of valid IR, and what the compiler says of them: its first error's line, or that it accepts."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

_TOKEN = re.compile(r'//[^\n]*|"(?:[^"\\\n]|\\.)*"|[%@#!^]?[A-Za-z_0-9$][\w$.\-]*(?:#\d+)?|->|::|[-+*(){}\[\]<>=,:?]')
_ASK = """
import json, re, sys
from iree.compiler import ir
context = ir.Context()
context.enable_multithreading(False)
for line in sys.stdin:
    with context:
        try:
            ir.Module.parse(json.loads(line))
            answer = None
        except ir.MLIRError as error:
            place = re.search(r'"-":(\\d+):', str(error.error_diagnostics[0].location))
            answer = int(place[1]) if place else 0
    print(json.dumps(answer), flush=True)
"""


@dataclass(frozen=True)
class Mutant:
    """A changed text: how it was changed, and the compiler's verdict. `line` is None where the compiler accepts it."""

    name: str
    change: str
    text: str
    line: int | None


def mutants(chunks: list[tuple[str, str]], count: int, seed: int) -> Iterator[Mutant]:
    """`count` mutants of random chunks, judged by the installed compiler in a child that is restarted when it crashes."""
    choice = random.Random(seed)
    chunks = [(name, text) for name, text in chunks if _tokens(text)]
    child = _child()
    made = 0
    while made < count:
        name, text = choice.choice(chunks)
        change, changed = mutated(choice, text)
        answer = _ask(child, changed)
        if answer is _CRASHED:
            child.kill()
            child = _child()
            continue
        made += 1
        yield Mutant(name, change, changed, answer)  # type: ignore[arg-type]
    child.kill()


def mutated(choice: random.Random, text: str) -> tuple[str, str]:
    """The text with one token deleted, doubled or renamed, and what was done."""
    token = choice.choice(_tokens(text))
    word = token.group()
    named = re.match(r"[%@#!^]?[A-Za-z_0-9]", word) is not None
    change = choice.choice(["delete", "double", "rename"] if named else ["delete", "double"])
    renamed = word + ("7" if word[0].isdigit() else "zz")
    new = {"delete": "", "double": f"{word} {word}", "rename": renamed}[change]
    return f"{change} {word!r}", text[: token.start()] + new + text[token.end() :]


def _tokens(text: str) -> list[re.Match[str]]:
    return [match for match in _TOKEN.finditer(text) if not match.group().startswith("//")]


_CRASHED = object()


def _child() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _ASK], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )


def _ask(child: subprocess.Popen[str], text: str) -> object:
    assert child.stdin is not None and child.stdout is not None
    try:
        child.stdin.write(json.dumps(text) + "\n")
        child.stdin.flush()
    except BrokenPipeError:
        return _CRASHED
    line = child.stdout.readline()
    return json.loads(line) if line else _CRASHED
