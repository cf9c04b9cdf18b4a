"""Finds the IREE installs of this machine, and picks the one that speaks a text's syntax.

IREE is never imported here: versions come from package metadata or from the program itself. Nothing is remembered
between calls, and configured paths are trusted; whoever passes them has checked that the workspace may choose them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from dispatch_lens.compiler import probe_main, protocol, subprocesses

PROBE = Path(__file__).with_name("probe_main.py")
PROBE_LIMITS = protocol.Limits(request_seconds=60.0)
DATED = 20000000
VERSION = re.compile(r"IREE compiler version (\S+)")
SYNTAX_2024 = re.compile(
    r"!flow\.dispatch\.tensor<|\bflow\.dispatch\.tensor\.(?:load|store)\b|\bhal\.interface\.binding\.subspan set\("
    r"|\btensor\.(?:un)?pack\b"
)
SYNTAX_3 = re.compile(r"\biree_tensor_ext\b|#hal\.pipeline\.layout<bindings|\blinalg\.(?:un)?pack\b")

Kind = Literal["configured-python", "configured-iree-opt", "environment", "path"]


@dataclass(frozen=True, slots=True)
class Configured:
    """Paths that the user names: interpreters that have IREE, and an iree-opt. Each is tried before all others."""

    pythons: tuple[str, ...] = ()
    iree_opt: str | None = None


def find_installs(configured: Configured, search_path: str | None) -> tuple[protocol.Install, ...]:
    """Each install once: configured, then the running interpreter's, then those on `search_path` (None: PATH's)."""
    found: dict[str, protocol.Install] = {}
    for install in candidates(configured, search_path):
        found.setdefault(identity(install), install)
    return tuple(found.values())


def choose_install(text: str, installs: Sequence[protocol.Install]) -> protocol.Install | None:
    """The newest install that speaks the syntax of `text`, the newest of all when none does or the text has no accent.

    Equally new: the one found first. Spellings of 2024 went until 3.2, those of today began with 3.3.
    """
    newest_first = sorted(installs, key=lambda install: version_key(install.version), reverse=True)
    if SYNTAX_3.search(text):
        speakers = [install for install in newest_first if version_key(install.version) >= (3, 3)]
    elif SYNTAX_2024.search(text):
        speakers = [install for install in newest_first if version_key(install.version) < (3, 3)]
    else:
        speakers = newest_first
    return next(iter([*speakers, *newest_first]), None)


def version_key(version: str) -> tuple[int, ...]:
    """Numbers to order versions by: releases by themselves, builds named by a date before all releases."""
    numbers = tuple(int(number) for number in re.findall(r"\d+", version.split("rc")[0]))
    return (0, *numbers) if is_dated(version) else numbers


def is_dated(version: str) -> bool:
    """Whether the version is a date, such as 20240724.964: the spelling before IREE 2.9."""
    first = re.match(r"\d+", version)
    return first is not None and int(first.group()) > DATED


def candidates(configured: Configured, search_path: str | None) -> Iterator[protocol.Install]:
    for python in configured.pythons:
        yield from from_python(python, "configured-python")
    if configured.iree_opt:
        yield from from_program(Path(configured.iree_opt), "configured-iree-opt")
    yield from read_probe(probe_main.probe(), "environment")
    for name in ("iree-opt", "iree-compile"):
        program = shutil.which(name, path=search_path)
        if program:
            yield from from_program(Path(program), "path")
    for name in ("python3", "python"):
        python = shutil.which(name, path=search_path)
        if python and not same_file(python, sys.executable):
            yield from from_python(python, "path")


def from_python(python: str, kind: Kind) -> Iterator[protocol.Install]:
    done = subprocesses.run_program([python, str(PROBE)], PROBE_LIMITS)
    if isinstance(done, subprocesses.Finished):
        yield from read_probe(cast(dict[str, str | None], json.loads(done.stdout)), kind)


def read_probe(said: dict[str, str | None], kind: Kind) -> Iterator[protocol.Install]:
    version, python = said.get("version"), said.get("python")
    if version and python:
        programs = (said["iree_opt"], said["iree_compile"], said["iree_run_module"])
        yield protocol.Install(kind, version, python, *programs)


def from_program(program: Path, kind: Kind) -> Iterator[protocol.Install]:
    """The install around an iree-opt or iree-compile: its interpreter's when it has one, else the folder's programs."""
    python = interpreter_of(program)
    installs = list(from_python(python, kind)) if python else []
    if installs:
        yield installs[0]
        return
    iree_opt, iree_compile = (sibling(program, name) for name in ("iree-opt", "iree-compile"))
    version = program_version(iree_compile)
    if version:
        run_module = sibling(program, "iree-run-module")
        yield protocol.Install(kind, version, None, iree_opt, iree_compile, run_module)


def interpreter_of(program: Path) -> str | None:
    """The Python of a package's script (its first line) or of a binary inside a package (its environment)."""
    for parent in program.parents:
        if parent.name == "site-packages":
            return shutil.which("python3", path=str(parent.parents[2] / "bin"))
    try:
        with program.open("rb") as stream:
            first = stream.readline(512)
    except OSError:
        return None
    return os.fsdecode(first[2:].strip()) if first.startswith(b"#!") and b"python" in first else None


def program_version(iree_compile: str | None) -> str | None:
    if iree_compile is None:
        return None
    done = subprocesses.run_program([iree_compile, "--version"], PROBE_LIMITS)
    found = VERSION.search(done.stdout) if isinstance(done, subprocesses.Finished) else None
    return found.group(1) if found else None


def sibling(program: Path, name: str) -> str | None:
    return shutil.which(name, path=str(program.parent))


def identity(install: protocol.Install) -> str:
    return os.path.realpath(install.iree_compile or install.python or install.iree_opt or install.version)


def same_file(one: str, other: str) -> bool:
    return os.path.abspath(one) == os.path.abspath(other)
