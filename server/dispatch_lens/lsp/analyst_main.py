"""The program that reads whole documents for the server, so that the server itself always answers.

It reads requests from standard input and writes answers to standard output, each a pickle behind its length, one at a time, until
the input ends. Both ends are ours.
"""

from __future__ import annotations

import pickle
import struct
import sys
import traceback
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from dispatch_lens.features import graph, predict
from dispatch_lens.features.document import Document
from dispatch_lens.features.overview import Overview, overview
from dispatch_lens.features.settings import Settings

HEAD = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Request:
    """`text` None stands for the text that was last sent for this URI. `what` names one of `Analyst`'s questions."""

    what: str
    uri: str
    version: int
    text: str | None
    arguments: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Answer:
    """The value, or what went wrong."""

    value: Any = None
    error: str = ""


@dataclass
class Analyst:
    """The documents that were sent, and the questions about them."""

    documents: dict[str, Document] = field(default_factory=dict[str, Document])

    def answer(self, request: Request) -> Answer:
        try:
            return Answer(getattr(self, f"ask_{request.what}")(self._document(request), *request.arguments))
        except Exception:
            return Answer(error=traceback.format_exc())

    def _document(self, request: Request) -> Document:
        if request.text is not None:
            self.documents[request.uri] = Document(request.uri, request.version, request.text)
        return self.documents[request.uri]

    def ask_overview(self, document: Document, settings: Settings) -> Overview:
        return overview(document, settings)

    def ask_graph(self, document: Document, form: str) -> str:
        return graph.text(graph.graph(document), form)

    def ask_predict(self, document: Document, era: str | None, aggressive: bool) -> list[dict[str, object]]:
        return [function.as_json() for function in predict.predicted(document, era, aggressive)]


def main() -> None:
    """Answers until the input ends."""
    analyst = Analyst()
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    while (request := _read(source)) is not None:
        data = pickle.dumps(analyst.answer(request))
        sink.write(HEAD.pack(len(data)) + data)
        sink.flush()


def _read(source: BinaryIO) -> Request | None:
    head = source.read(HEAD.size)
    return pickle.loads(source.read(HEAD.unpack(head)[0])) if len(head) == HEAD.size else None


if __name__ == "__main__":
    from dispatch_lens.lsp import analyst_main

    analyst_main.main()
