"""The texts that the bench reads, made once from the repository's own dumps and kept in a folder of their own.

A module of N MB repeats the functions of a real one under other names and value numbers, so that no two chunks are equal.
A dump is what `iree-compile --mlir-print-ir-after-all` prints for a real module.
"""

from __future__ import annotations

import itertools
import re
import subprocess
import textwrap
from collections.abc import Iterator
from pathlib import Path

MODELS = Path(__file__).parents[1] / "tests" / "fixtures" / "models"
FORMED = MODELS / "deeplab" / "3.13" / "default.form-dispatch-regions.mlir"
OUTLINED = MODELS / "resnet18" / "3.13" / "default.flow.mlir"
_HEADER = re.compile(r"^// -----// .*\n", re.MULTILINE)
_NUMBER = re.compile(r"%(\d+)\b")
_FUNCTION = re.compile(r"\butil\.(?:func (?:public|private)|call) @")


def module(folder: Path, megabytes: float) -> Path:
    """A module of formed dispatches of about this size."""
    path = folder / f"printed-module-{megabytes:g}.mlir"
    if not path.exists():
        path.write_text("".join(_copies(FORMED.read_text(), int(megabytes * 1e6))))
    return path


def dump(folder: Path, iree_compile: Path, megabytes: float) -> Path:
    """A dump of all passes from flow to stream, cut at a header to about this size."""
    path = folder / f"dump-{megabytes:g}.mlir"
    if not path.exists():
        path.write_text(_cut(_whole_dump(folder, iree_compile), int(megabytes * 1e6)))
    return path


def _copies(text: str, size: int) -> Iterator[str]:
    functions = textwrap.indent(_HEADER.sub("", text[text.index("util.func") :]), "  ")
    yield "module {\n"
    written = 0
    for copy in itertools.count():
        if written >= size:
            break
        renamed = _FUNCTION.sub(rf"\g<0>copy{copy}_", _renumbered(functions, copy))
        written += len(renamed)
        yield renamed
    yield "}\n"


def _whole_dump(folder: Path, iree_compile: Path) -> str:
    path = folder / "dump-whole.mlir"
    if not path.exists():
        command = [str(iree_compile), "--iree-hal-target-backends=llvm-cpu", "--compile-from=flow", "--compile-to=stream"]
        command += ["--mlir-print-ir-after-all", "--mlir-disable-threading", str(OUTLINED), "-o", "/dev/null"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=1200, check=True)
        path.write_text(done.stderr)
    return path.read_text()


def _cut(text: str, size: int) -> str:
    """The text, repeated with other value numbers to the size, cut before the header that passes it."""
    repeated = "".join(_renumbered(text, copy) for copy in range(size // len(text) + 1))
    end = repeated.find("// -----// IR Dump", size)
    return repeated[: end if end >= 0 else size]


def _renumbered(text: str, copy: int) -> str:
    return _NUMBER.sub(lambda number: f"%{int(number[1]) + 13 * copy}", text)
