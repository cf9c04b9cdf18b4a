"""Answers of a compiler, each kept under who was asked what: a long run that was cut goes on where it stopped.

They lie in `DISPATCH_LENS_ORACLE_CACHE`, else in the user's cache folder. Another release, another way to ask, or a byte more in
a program is another question.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import platformdirs

FOLDER = Path(os.environ.get("DISPATCH_LENS_ORACLE_CACHE") or platformdirs.user_cache_dir("dispatch-lens-oracle"))
RELEASE = "import importlib.metadata as m; print([(d.name, d.version) for d in m.distributions() if d.name.startswith('iree')])"
Answer = dict[str, object]


class KeptAnswers:
    """What a Python's compiler answered, asked by these sources."""

    def __init__(self, python: str, sources: Sequence[Path]) -> None:
        release = subprocess.run([python, "-c", RELEASE], capture_output=True, text=True, check=True, timeout=60).stdout
        self.asked = hashlib.sha256("\0".join([release, *(source.read_text() for source in sources)]).encode())

    def get(self, question: Answer) -> Answer | None:
        path = self._path(question)
        return json.loads(path.read_text()) if path.exists() else None

    def keep(self, question: Answer, answer: Answer) -> None:
        path = self._path(question)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(f".{os.getpid()}")
        unfinished.write_text(json.dumps(answer))
        unfinished.replace(path)

    def _path(self, question: Answer) -> Path:
        key = self.asked.copy()
        key.update(json.dumps(question, sort_keys=True).encode())
        name = key.hexdigest()
        return FOLDER / name[:2] / f"{name[2:]}.json"
