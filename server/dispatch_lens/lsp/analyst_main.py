"""The program that reads whole documents for the server, so that the server itself always answers.

It reads requests from standard input and writes answers to standard output, each a pickle behind its length, one at a time, until
the input ends. Both ends are ours.
"""

from __future__ import annotations

import gc
import os
import pickle
import struct
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from dispatch_lens import rewrites
from dispatch_lens.analysis.fusion import eras
from dispatch_lens.features import (
    extraction,
    fixes,
    folding,
    graph,
    graph_text,
    links,
    predict,
    symbols,
    verification,
    why,
    why_asked,
    why_words,
)
from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.release import release
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Chunk, Snapshot
from dispatch_lens.features.trial import resume
from dispatch_lens.flags.version import Version
from dispatch_lens.lsp import ahead, encoded, freed
from dispatch_lens.lsp.ahead import Ahead
from dispatch_lens.rules.rule import Remark
from dispatch_lens.syntax import tables
from dispatch_lens.text import Range

HEAD = struct.Struct(">Q")
IDLE_SECONDS = 0.3
"""Without a question, after which what is no longer needed is looked for."""
UNCOLLECTED = 2_000_000
"""Objects made since, after which nobody waits for such a pause: those of a text of 10 MB."""

OFTEN = (100_000, 1, 2)
"""How often a collection looks at new objects, and at older ones, where a large text is read for the last time."""


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of a document's chunks: `removed` of them from `at` on give way to those of `texts`. It has no answer."""

    uri: str
    at: int
    removed: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A question about a document whose chunks were sent. `what` is a key of the tables below.

    Behind the last one the process ends.
    """

    what: str
    uri: str
    version: int
    arguments: tuple[Any, ...] = ()
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """The value, or what went wrong."""

    value: Any = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Remedies:
    """What can be done: the rewrites for each remark, in their order, and those for the op at a place."""

    of_remarks: tuple[tuple[fixes.Fix, ...], ...]
    here: tuple[fixes.Refactoring, ...]


@dataclass
class Analyst:
    """The chunks that were sent of each document, and the questions about them."""

    chunks: dict[str, list[Chunk]] = field(default_factory=dict[str, list[Chunk]])
    documents: dict[str, Document] = field(default_factory=dict[str, Document])
    ahead: Ahead | None = None

    def take(self, splice: Splice) -> None:
        """Changes a document; one without chunks is forgotten."""
        held = self.chunks.setdefault(splice.uri, [])
        held[splice.at : splice.at + splice.removed] = [Chunk(text) for text in splice.texts]
        self.documents.pop(splice.uri, None)
        if not held:
            del self.chunks[splice.uri]

    def answer(self, request: Request) -> Answer:
        try:
            return Answer(self._value(request))
        except Exception:
            return Answer(error=traceback.format_exc())

    def _value(self, request: Request) -> Any:
        of = Snapshot(request.uri, request.version, tuple(self.chunks[request.uri]))
        if request.what in OF_STRUCTURE:
            return OF_STRUCTURE[request.what](of, *request.arguments)
        if request.what == "overview" and (known := self._known(of, *request.arguments)) is not None:
            return known
        document = self.documents.get(request.uri)
        if document is None or document.version != of.version:
            document = self.documents[request.uri] = Document(of.uri, of.version, of.text)
        del of
        if request.is_last:
            self.chunks.clear()  # A large text is kept once while it is read.
            _spare_memory(document)
        return OF_PROGRAM[request.what](document, *request.arguments)

    def _known(self, of: Snapshot, settings: Settings) -> Overview | None:
        """What was read ahead, where it was this text. It is of use to the first question only."""
        read, self.ahead = self.ahead, None
        return read.overview(of.text, of.version, settings) if read is not None else None


def _spare_memory(document: Document) -> None:
    """Gives back what the reading left; from here on, looks for what is no longer needed among all that comes after the IR."""
    _ = document.report
    freed.give_back()
    gc.freeze()
    gc.set_threshold(*OFTEN)
    gc.enable()


def answer_here(what: str, of: Snapshot, *arguments: Any) -> Any:
    """The answer to a question about a document's structure, in this process."""
    return OF_STRUCTURE[what](of, *arguments)


def _graph(document: Document, form: str) -> str:
    return graph_text.text(graph.graph(document), form)


def _predict(document: Document, era: str | None, options: eras.Options) -> list[dict[str, object]]:
    return [function.as_json() for function in predict.predicted(document, era, options)]


def _why(document: Document, offset: int, other: int | None, release: str | None, target: str | None) -> str:
    return why_words.markdown(why.why(document, offset, other, why_asked.Under(release=release, target=target)))


def _apart(document: Document, offset: int, release: str | None, target: str | None) -> str:
    return why_words.apart(why.why(document, offset, None, why_asked.Under(release=release, target=target)))


def _fixes(
    document: Document, remarks: Sequence[Remark], offset: int, named: Version | None, installed: Sequence[Version]
) -> Remedies:
    taken = release(document, named, installed).version
    of_remarks = tuple(fixes.fixes_for(document, remark, taken) for remark in remarks)
    return Remedies(of_remarks, fixes.refactorings(document, offset))


def _fix_all(document: Document, named: Version | None, installed: Sequence[Version]) -> str:
    return fixes.fixed(document, rewrites.ALL, release(document, named, installed).version).text


def _tokens(of: Snapshot, range_: Range, encoding: str) -> list[int]:
    return encoded.tokens(of, range_, encoding)


OF_PROGRAM: Mapping[str, Callable[..., Any]] = {
    "overview": overview,
    "graph": _graph,
    "predict": _predict,
    "why": _why,
    "apart": _apart,
    "extract": extraction.one,
    "extract_pair": extraction.pair,
    "parts": verification.parts,
    "resumable": resume.resumable,
    "fixes": _fixes,
    "fix_all": _fix_all,
}
"""Questions about the program that a document holds, each a function of it."""

OF_STRUCTURE: Mapping[str, Callable[..., Any]] = {
    "symbols": symbols.symbols,
    "folds": folding.folds,
    "links": links.links,
    "tokens": _tokens,
}
"""Questions about a document's text alone, each a function of its snapshot."""


def main() -> None:
    """Answers until the input ends. Called with a file to read first, or an empty word, and the folder of the parsers' tables."""
    file, *folders = sys.argv[1:]
    if folders:
        tables.keep_in(lambda: Path(folders[0]))
    messages: SimpleQueue[Request | Splice | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(sys.stdin.buffer, messages), daemon=True).start()
    sink = sys.stdout.buffer
    sys.stdout = sys.stderr
    gc.freeze()
    gc.disable()  # What was read goes while nobody asks, not in the middle of an answer.
    analyst = Analyst(ahead=ahead.read(Path(file)) if file else None)
    while (message := _next(messages)) is not None:
        if isinstance(message, Splice):
            analyst.take(message)
            continue
        data = pickle.dumps(analyst.answer(message))
        sink.write(HEAD.pack(len(data)) + data)
        sink.flush()
        if gc.get_count()[0] > UNCOLLECTED:
            gc.collect()


def _next(messages: SimpleQueue[Request | Splice | None]) -> Request | Splice | None:
    """The next message; what is no longer needed goes before, where it is long in coming."""
    try:
        return messages.get(timeout=IDLE_SECONDS)
    except Empty:
        gc.collect()
        return messages.get()


def _listen(source: BinaryIO, messages: SimpleQueue[Request | Splice | None]) -> None:
    while len(head := source.read(HEAD.size)) == HEAD.size:
        messages.put(pickle.loads(source.read(HEAD.unpack(head)[0])))
    messages.put(None)


if __name__ == "__main__":
    from dispatch_lens.lsp import analyst_main

    try:
        analyst_main.main()
    except BrokenPipeError:
        os._exit(1)  # The server has ended; nobody is left to be told.
