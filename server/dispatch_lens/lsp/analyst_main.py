"""The program that reads whole documents for the server, so that the server itself always answers.

It reads requests from standard input and writes answers to standard output, one at a time, until the input ends. What only
some questions need is loaded when one is asked: an editor waits for the first reading.
"""

from __future__ import annotations

import gc
import os
import pickle
import sys
import threading
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, BinaryIO

from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.settings import Settings
from dispatch_lens.features.snapshot import Chunk, Snapshot
from dispatch_lens.lsp import ahead, freed, of_structure
from dispatch_lens.lsp.ahead import Ahead
from dispatch_lens.lsp.messages import HEAD, Answer, Request, Splice
from dispatch_lens.syntax import tables

IDLE_SECONDS = 0.3
"""Without a question, after which what is no longer needed is looked for."""
UNCOLLECTED = 2_000_000
"""Objects made since, after which nobody waits for such a pause: those of a text of 10 MB."""

OFTEN = (100_000, 1, 2)
"""How often a collection looks at new objects, and at older ones, where a large text is read for the last time."""


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
        if request.what in of_structure.QUESTIONS:
            return of_structure.answer(request.what, of, *request.arguments)
        if request.what == "overview" and (known := self._known(of, *request.arguments)) is not None:
            return known
        document = self.documents.get(request.uri)
        if document is None or document.version != of.version:
            document = self.documents[request.uri] = Document(of.uri, of.version, of.text)
        del of
        if request.is_last:
            self.chunks.clear()  # A large text is kept once while it is read.
            _spare_memory(document)
        return _of_program(request.what, document, *request.arguments)

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


def _of_program(what: str, document: Document, *arguments: Any) -> Any:
    if what == "overview":
        return overview(document, *arguments)
    from dispatch_lens.lsp import of_program

    return of_program.answer(what, document, *arguments)


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
