"""The files that a command line names: paths, globs, folders, and `-` for standard input."""

from __future__ import annotations

import glob
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import click

STDIN = "-"
_SUFFIXES = (".mlir", ".mlir.txt")


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read, and why, in one line."""

    path: str
    why: str


def expand(patterns: Iterable[str]) -> tuple[str, ...]:
    """The files that the patterns name, each once, in order: a folder stands for the MLIR files below it.

    Raises click.UsageError for a pattern that names nothing.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        files = tuple(_files(pattern))
        if not files:
            raise click.UsageError(f"no such file: {pattern}")
        found.update((file, None) for file in files)
    return tuple(found)


def read(path: str) -> str | Unreadable:
    """The file's text; bytes that are not UTF-8 become replacement characters, as a dump's log lines may hold any."""
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except OSError as error:
        return Unreadable(path, error.strerror or str(error))
    return data.decode("utf-8", errors="replace").removeprefix("\ufeff")


def shown(path: str) -> str:
    """How a path is called in what is printed."""
    return "<stdin>" if path == STDIN else path


def _files(pattern: str) -> Iterator[str]:
    path = Path(pattern)
    if pattern == STDIN or path.is_file():
        yield pattern
    elif path.is_dir():
        yield from sorted(str(file) for file in path.rglob("*") if file.name.endswith(_SUFFIXES) and file.is_file())
    else:
        yield from sorted(file for file in glob.glob(pattern, recursive=True) if Path(file).is_file())
