"""What `why` says to do about an obstacle, done, gives as few dispatches as were measured: options and rewrites alike.

The real compiler counts. Where it forms the regions alone, from the text as it is, it is asked by the pass; else by
`iree-compile`.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from dispatch_lens.analysis.blockers.remedies import Remedy
from dispatch_lens.features.document import Document
from dispatch_lens.features.why import why_all
from dispatch_lens.features.why_asked import Under
from dispatch_lens.flags import table
from shared import FIXTURES

BLOCKERS = sorted((FIXTURES / "blockers").glob("*.json"))
MEASURED = [path for path in BLOCKERS if json.loads(path.read_text())["remedy"] in ("flag", "rewrite")]
TARGET = "vmvx"
AGGRESSIVE = ("--iree-dispatch-creation-enable-aggressive-fusion",)

pytestmark = [pytest.mark.oracle, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.mark.parametrize("path", MEASURED, ids=lambda path: path.stem)
def test_the_remedy_lowers_the_count_as_measured(path: Path) -> None:
    expected = json.loads(path.read_text())
    source = path.with_suffix(".mlir")
    remedy = told(source, expected["code"])
    after = path.with_name(f"{expected['code']}.after.mlir")
    if expected["remedy"] == "rewrite" and after.exists():
        assert remedy.kind in ("rewrite", "option")
        source, options = after, AGGRESSIVE if "aggressive-fusion=true" in expected["commands"][-1] else ()
    else:
        assert remedy.kind == "option"
        options = remedy.options
    count = regions if expected["measure"] == "regions" else dispatches
    assert count(source, options) == expected["after_dispatches"]


def told(source: Path, code: str) -> Remedy:
    stories = why_all(Document(source.name, 0, source.read_text()), Under(release=table.NEWEST.label, target=TARGET))
    return next(pair.remedy for story in stories for pair in story.pairs if pair.blocker == code)


def dispatches(source: Path, options: tuple[str, ...]) -> int:
    """The dispatch sites of functions after the whole flow pipeline."""
    count = compiled_dispatches(source.read_text(), options)
    assert count is not None
    return count


def compiled_dispatches(text: str, options: tuple[str, ...]) -> int | None:
    """The dispatch sites of functions after the whole flow pipeline; None where the compiler refuses the text."""
    command = [str(binary("iree-compile")), "--compile-to=flow", f"--iree-hal-target-backends={TARGET}", *options]
    made = subprocess.run([*command, "-", "-o", "-"], input=text, capture_output=True, text=True, timeout=60)
    if made.returncode:
        return None
    functions = re.split(r"\n  (?=util\.(?:func|initializer))", made.stdout)[1:]
    return sum(text.count("flow.dispatch @") for text in functions if text.startswith("util.func"))


def regions(source: Path, options: tuple[str, ...]) -> int:
    """The regions that form-dispatch-regions alone makes of the text."""
    aggressive = str(any(option.endswith("aggressive-fusion") for option in options)).lower()
    formation = f"iree-dispatch-creation-form-dispatch-regions{{aggressive-fusion={aggressive}}}"
    command = [str(binary("iree-opt")), f"--pass-pipeline=builtin.module(func.func({formation}))", str(source)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return made.stdout.count("flow.dispatch.region")


def binary(name: str) -> Path:
    """The real binary: the scripts of the wheel only start it."""
    from iree import compiler

    return Path(compiler.__path__[0]) / "_mlir_libs" / name
