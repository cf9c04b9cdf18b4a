"""The kept programs, asked of the compiler anew: their dumps, their counts, and that the options of a remark lower them.

`pytest --update` writes what the compiler says.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

import programs
from oracle.test_remedies import TARGET, binary, compiled_dispatches

FORM = "iree-dispatch-creation-form-dispatch-regions"

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.mark.parametrize("source", programs.SOURCES, ids=lambda path: path.stem)
def test_the_kept_dump_is_the_compilers(source: Path, update: bool) -> None:
    command = [str(binary("iree-compile")), "--compile-to=flow", f"--iree-hal-target-backends={TARGET}"]
    made = subprocess.run(
        [*command, f"--mlir-print-ir-after={FORM}", str(source), "-o", "-"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    dump = re.sub(r"\n\n+\Z", "\n", made.stderr)
    if update:
        programs.formed(source).write_text(dump)
    assert programs.formed(source).read_text() == dump


@pytest.mark.parametrize("path", programs.outlined(), ids=lambda path: path.stem)
def test_the_kept_outlined_dump_is_the_compilers(path: Path, update: bool) -> None:
    source = programs.FOLDER / path.name
    command = [str(binary("iree-compile")), "--compile-to=flow", f"--iree-hal-target-backends={TARGET}", str(source), "-o", "-"]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    if update:
        path.write_text(made.stdout)
    assert path.read_text() == made.stdout


def test_the_kept_counts_are_the_compilers(update: bool) -> None:
    found = {source.stem: counted(source) for source in programs.SOURCES}
    if update:
        programs.keep(found)
    assert programs.kept() == found


def counted(source: Path) -> programs.Program:
    text = source.read_text()
    said = [*programs.remarks(source), *programs.remarks(programs.formed(source))]
    counts = {" ".join(remark.options): compiled_dispatches(text, remark.options) for remark in said if remark.options}
    default = compiled_dispatches(text, ())
    assert default is not None
    return programs.Program(default, {options: count for options, count in sorted(counts.items()) if count is not None})
