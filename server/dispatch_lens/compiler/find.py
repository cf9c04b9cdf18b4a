"""Finds the IREE installs of this machine, and picks the one that speaks a text's syntax.

IREE is never imported here: versions come from package metadata or from the program itself. Programs are asked side by
side, each for a limited time. Nothing is remembered between calls, and configured paths are trusted; whoever passes them has
checked that the workspace may choose them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Literal, TypeAlias, cast

from dispatch_lens.compiler import probe_main, protocol, subprocesses

PROBE = Path(__file__).with_name("probe_main.py")
PROBE_LIMITS = protocol.Limits(request_seconds=20.0)
DATED = 20000000
VERSION = re.compile(r"IREE compiler version (\S+)")
SYNTAX_2024 = re.compile(
    r"!flow\.dispatch\.tensor<|\bflow\.dispatch\.tensor\.(?:load|store)\b|\bhal\.interface\.binding\.subspan set\("
    r"|\btensor\.(?:un)?pack\b"
)
SYNTAX_3 = re.compile(r"\biree_tensor_ext\b|#hal\.pipeline\.layout<bindings|\blinalg\.(?:un)?pack\b")

Kind = Literal["configured-python", "configured-iree-opt", "environment", "path"]
Answer: TypeAlias = "protocol.Install | protocol.CompilerFailure"
Answers: TypeAlias = Iterator[Answer]
"""Of one program: its install, or that it did not answer in time; nothing where it is no compiler."""


@dataclass(frozen=True, slots=True)
class Configured:
    """Paths that the user names: interpreters that have IREE, and an iree-opt. Each is tried before all others."""

    pythons: tuple[str, ...] = ()
    iree_opt: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The installs, and a sentence for each program that should tell which it is, and did not in time."""

    installs: tuple[protocol.Install, ...] = ()
    silent: tuple[str, ...] = ()


def find_installs(configured: Configured, search_path: str | None) -> tuple[protocol.Install, ...]:
    """Each install once: configured, then the running interpreter's, then those on `search_path` (None: PATH's)."""
    return find_all(configured, search_path).installs


def find_all(configured: Configured, search_path: str | None, children: subprocesses.Children | None = None) -> Found:
    """The installs in that order, and who was silent. Where the `children` are ended meanwhile, what was found so far."""
    asked = tuple(questions(configured, search_path, children or subprocesses.Children()))
    with ThreadPoolExecutor(len(asked)) as executor:
        answers = tuple(chain.from_iterable(executor.map(_answered, asked)))
    installs: dict[str, protocol.Install] = {}
    for install in answers:
        if isinstance(install, protocol.Install):
            installs.setdefault(identity(install), install)
    silent = (one.message for one in answers if isinstance(one, protocol.CompilerFailure))
    return Found(tuple(installs.values()), tuple(dict.fromkeys(silent)))


def _answered(ask: Callable[[], Answers]) -> tuple[Answer, ...]:
    return tuple(ask())


def why_none(found: Found, program: str) -> str:
    """Why there is no install with this program, as a clause."""
    return "; ".join(found.silent).removesuffix(".") or f"no {program} was found: install iree-base-compiler"


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


def questions(
    configured: Configured, search_path: str | None, children: subprocesses.Children
) -> Iterator[Callable[[], Answers]]:
    for python in configured.pythons:
        yield partial(from_python, python, "configured-python", children)
    if configured.iree_opt:
        yield partial(from_program, Path(configured.iree_opt), "configured-iree-opt", children)
    yield lambda: read_probe(probe_main.probe(), "environment")
    for name in ("iree-opt", "iree-compile"):
        program = shutil.which(name, path=search_path)
        if program:
            yield partial(from_program, Path(program), "path", children)
    for name in ("python3", "python"):
        python = shutil.which(name, path=search_path)
        if python and not same_file(python, sys.executable):
            yield partial(from_python, python, "path", children)


def from_python(python: str, kind: Kind, children: subprocesses.Children | None = None) -> Answers:
    done = subprocesses.run_program([python, str(PROBE)], PROBE_LIMITS, children)
    if isinstance(done, subprocesses.Finished):
        yield from read_probe(cast(dict[str, str | None], json.loads(done.stdout)), kind)
    elif done.kind == "timeout":
        yield silent(python)


def read_probe(said: dict[str, str | None], kind: Kind) -> Iterator[protocol.Install]:
    version, python = said.get("version"), said.get("python")
    if version and python:
        programs = (said["iree_opt"], said["iree_compile"], said["iree_run_module"])
        yield protocol.Install(kind, version, python, *programs)


def from_program(program: Path, kind: Kind, children: subprocesses.Children | None = None) -> Answers:
    """The install around an iree-opt or iree-compile: its interpreter's when it has one, else the folder's programs."""
    python = interpreter_of(program)
    answers = list(from_python(python, kind, children)) if python else []
    if answers:
        yield answers[0]
        return
    iree_opt, iree_compile = (sibling(program, name) for name in ("iree-opt", "iree-compile"))
    if iree_compile is None:
        return
    done = subprocesses.run_program([iree_compile, "--version"], PROBE_LIMITS, children)
    version = VERSION.search(done.stdout) if isinstance(done, subprocesses.Finished) else None
    if version:
        run_module = sibling(program, "iree-run-module")
        yield protocol.Install(kind, version[1], None, iree_opt, iree_compile, run_module)
    elif isinstance(done, protocol.CompilerFailure) and done.kind == "timeout":
        yield silent(iree_compile)


def silent(program: str) -> protocol.CompilerFailure:
    """The failure of a program that does not tell which it is."""
    return protocol.CompilerFailure("timeout", f"`{program}` did not tell its version within {PROBE_LIMITS.request_seconds:g} s.")


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


def sibling(program: Path, name: str) -> str | None:
    return shutil.which(name, path=str(program.parent))


def identity(install: protocol.Install) -> str:
    return os.path.realpath(install.iree_compile or install.python or install.iree_opt or install.version)


def same_file(one: str, other: str) -> bool:
    return os.path.abspath(one) == os.path.abspath(other)
