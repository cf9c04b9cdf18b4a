"""The files that a command line names: paths, globs, folders, and `-` for standard input; and what is said of unreadable ones."""

from __future__ import annotations

import codecs
import gc
import glob
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from dispatch_lens.cli import cache

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document

STDIN = "-"
_MARK = codecs.BOM_UTF8
_BYTECODE = b"ML\xefR"
_LOOKED_AT = 4096
_MOST_OTHER = 20
"""A file is no text where more than one byte in so many of its first is zero or not UTF-8; a log line in a dump may hold some."""

_NO_CHARACTER = "\ufffd"
_NO_FILE = "no such file"
_SUFFIXES = (".mlir", ".mlir.txt")
_OBJECTS_OF_A_FILE = 3_000_000
_OBJECTS_TO_COLLECT = 300_000
"""A file's IR is kept while it is read, so garbage is looked for between files, and within one only where it is very large."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A file that could not be read, and why, in one line."""

    path: str
    why: str


def document(path: str) -> Document | Unreadable:
    """The file's document, whose parsers come from the user's cache.

    Bytes that are not UTF-8 become replacement characters, as a dump's log lines may hold any.
    """
    data = _read(path)
    return data if isinstance(data, Unreadable) else _document(path, data.decode("utf-8", errors="replace"))


def exact_document(path: str) -> Document | Unreadable:
    """The file's document, from which `encoded` makes the same bytes again; a file that is not UTF-8 has none."""
    data = _read(path)
    if isinstance(data, Unreadable):
        return data
    try:
        return _document(path, data.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Unreadable(path, f"line {line} holds a byte that is not UTF-8, so the file cannot be written back whole")


def encoded(path: str, text: str) -> bytes:
    """The bytes of a text in the place of the file's: with a byte order mark where the file has one."""
    is_marked = path != STDIN and Path(path).read_bytes().startswith(_MARK)
    return (_MARK if is_marked else b"") + text.encode("utf-8")


def the_document(path: str) -> Document:
    """The document of a command that is about one file; where that cannot be read, the command ends."""
    found = document(path)
    if isinstance(found, Unreadable):
        stop(found.path, found.why)
    return found


def answer_each(
    patterns: Iterable[str],
    answer: Callable[[str, Document], None],
    read: Callable[[str], Document | Unreadable] = document,
) -> NoReturn:
    """Answers for each file that the patterns name, in order, and ends: with 2 where one could not be read, else with 0."""
    unreadable = False
    for path in expand(patterns):
        found = read(path)
        if isinstance(found, Unreadable):
            tell(found.path, found.why)
            unreadable = True
        else:
            answer(path, found)
    sys.exit(2 if unreadable else 0)


def tell(path: str, why: str) -> None:
    """Says on standard error why there is no answer for a file."""
    click.echo(f"dispatch-lens: {shown(path)}: {why}", err=True)


def stop(path: str, why: str) -> NoReturn:
    """Says why, and ends with 2."""
    tell(path, why)
    sys.exit(2)


def expand(patterns: Iterable[str]) -> tuple[str, ...]:
    """The files that the patterns name, each once, in order: a folder stands for the MLIR files below it.

    A pattern that names nothing ends the command.
    """
    found: dict[str, None] = {}
    for pattern in patterns:
        files = tuple(_files(pattern))
        if not files:
            stop(pattern, "no MLIR file in this folder" if Path(pattern).is_dir() else _NO_FILE)
        found.update((file, None) for file in files)
    return tuple(found)


def shown(path: str) -> str:
    """How a path is called in what is printed."""
    return "<stdin>" if path == STDIN else path


def _read(path: str) -> bytes | Unreadable:
    try:
        data = sys.stdin.buffer.read() if path == STDIN else Path(path).read_bytes()
    except FileNotFoundError:
        return Unreadable(path, _NO_FILE)
    except IsADirectoryError:
        return Unreadable(path, "this is a folder, and one file is wanted")
    except OSError as error:
        return Unreadable(path, error.strerror or str(error))
    if data.startswith(_BYTECODE):
        return Unreadable(path, "this is MLIR bytecode; `iree-opt` prints it as text")
    head = data[:_LOOKED_AT]
    if head.count(0) + head.decode("utf-8", errors="replace").count(_NO_CHARACTER) > len(head) // _MOST_OTHER:
        return Unreadable(path, "this is a binary file, and no text")
    return data


def _document(path: str, text: str) -> Document:
    from dispatch_lens.features.document import Document

    cache.use_parser_cache()
    gc.set_threshold(_OBJECTS_OF_A_FILE)
    if gc.get_count()[0] > _OBJECTS_TO_COLLECT:
        gc.collect()
    return Document(shown(path), 0, text.removeprefix("\ufeff"))


def _files(pattern: str) -> Iterator[str]:
    path = Path(pattern)
    if pattern == STDIN or path.is_file():
        yield pattern
    elif path.is_dir():
        yield from sorted(str(file) for file in path.rglob("*") if file.name.endswith(_SUFFIXES) and file.is_file())
    else:
        yield from sorted(file for file in glob.glob(pattern, recursive=True) if Path(file).is_file())
