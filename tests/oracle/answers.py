"""The compilers' answers to which dispatch regions they form, kept as test data: `make answers` asks again.

    python tests/oracle/answers.py 3.13 PYTHON     (and any release of SPELLINGS with a Python that has its wheel)

One line a module and mode: its name, a digest of its text, and the groups as `[line, column]` of their ops, or the
compiler's words where it refuses the module. Asking itself is in `ask_formation.py`.
"""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

if not __package__:
    sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import generator
from oracle.generator_builder import Spelling
from shared import FIXTURES, SHARED

Partition = list[list[list[int]]]
FOLDERS = ("cases", "blockers", "thread-cases", "formation")
SEEDS = 200
BETWEEN = ("2.9", "3.1", "3.2", "3.3", "3.5", "3.6", "3.7", "3.8", "3.9", "3.10", "3.11")
"""Releases between the two that are asked about everything: of these only the random modules of `TELLING` are kept."""

SPELLINGS: dict[str, Spelling] = {
    "3.13": generator.IREE_3_13,
    "2024-07": generator.IREE_2024,
    **dict.fromkeys(BETWEEN, generator.IREE_2025),
    **dict.fromkeys(BETWEEN[:3], generator.IREE_2024),
}
TELLING = (4, 5, 6, 12, 15, 17, 18, 21, 22, 30, 34, 35, 37, 39, 40, 41, 44, 48, 50, 52, 53, 56)
"""Seeds whose modules the releases cut differently."""


@dataclass(frozen=True, slots=True)
class Module:
    """A module to ask about. Equal names are equal modules as long as the digest is the same."""

    name: str
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the compiler made of one module in one mode."""

    name: str
    aggressive: bool
    digest: str
    groups: Partition | str


def path_of(release: str) -> Path:
    return FIXTURES / "formation" / f"answers-{release}.jsonl"


def stored(release: str) -> tuple[Answer, ...]:
    """The answers that are kept of one release."""
    lines = path_of(release).read_text().splitlines()
    return tuple(Answer(**json.loads(line)) for line in lines)


def modules(release: str) -> Iterator[Module]:
    """Every module that is asked about: the fixtures, random ones, and those of the compiler's own tests where they are."""
    if release in BETWEEN:
        yield from (Module(f"seed {seed}", random_text(seed, release)) for seed in TELLING)
        return
    for folder in FOLDERS:
        for path in sorted((FIXTURES / folder).glob("*.mlir")):
            yield Module(f"{folder}/{path.name}", path.read_text())
    for seed in range(SEEDS):
        yield Module(f"seed {seed}", random_text(seed, release))
    yield from chunks()


def random_text(seed: int, release: str) -> str:
    return generator.module(random.Random(seed), 3 + seed % 23, SPELLINGS[release])


def chunks() -> Iterator[Module]:
    """The chunks of the compiler's tests of dispatch creation, read where the corpus lies."""
    tests = SHARED / "corpus" / "iree-tests"
    index = tests / "chunks.jsonl"
    rows = [json.loads(line) for line in index.read_text().splitlines()] if index.exists() else []
    for row in rows:
        if row["file"].startswith("DispatchCreation/"):
            text = (tests / row["file"]).read_bytes()[row["start"] : row["end"]].decode()
            yield Module(f"{row['file']}#{row['chunk']}", text)


def ask(python: str, asked: list[Module]) -> Iterator[Answer]:
    """The answers of the compiler that belongs to a Python."""
    questions = [(module, aggressive) for module in asked for aggressive in (False, True)]
    lines = [json.dumps({"text": module.text, "aggressive": mode}) for module, mode in questions]
    script = Path(__file__).with_name("ask_formation.py")
    made = subprocess.run([python, str(script)], input="\n".join(lines), capture_output=True, text=True, timeout=1800)
    found = [json.loads(line) for line in made.stdout.splitlines()]
    if len(found) != len(lines):
        raise RuntimeError(made.stderr[-500:])
    for (module, mode), groups in zip(questions, found):
        yield Answer(module.name, mode, module.digest, groups)


def main(release: str, python: str) -> None:
    with path_of(release).open("w") as file:
        for answer in ask(python, list(modules(release))):
            row = {"name": answer.name, "aggressive": answer.aggressive, "digest": answer.digest, "groups": answer.groups}
            print(json.dumps(row, separators=(",", ":")), file=file)


if __name__ == "__main__":
    main(*sys.argv[1:])
