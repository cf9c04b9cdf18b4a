"""What outlined text can still tell of two dispatches, what it cannot, and the command that makes a text which can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from dispatch_lens.analysis import dispatches, links
from dispatch_lens.analysis.dispatches import Dispatch, DispatchReport
from dispatch_lens.analysis.links import Link
from dispatch_lens.features.document import Document
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version
from dispatch_lens.ir.module import Module, Op
from dispatch_lens.text import Range


@dataclass(frozen=True, slots=True)
class OutlinedEdge:
    """A tensor from one dispatch to another, and what is visible between them."""

    producer: str
    consumer: str
    reason: str
    places: tuple[tuple[str, Range], ...]
    titles: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Outlined:
    """`command` makes the dump to ask instead."""

    heading: str
    edges: tuple[OutlinedEdge, ...]
    note: str
    command: str


def outlined(document: Document, offset: int | None) -> Outlined:
    """The dispatch at `offset` with its neighbours, or, without an offset, all of them."""
    command = _where_to_ask(document)
    for start, module, report in _reports(document):
        local = offset - start if offset is not None else None
        if local is not None and not 0 <= local <= len(module.text):
            continue
        chosen = _at(module, report, local) if local is not None else None
        found = [one for one in links.links(report) if chosen is None or chosen in (one.producer, one.consumer)]
        if report.dispatches:
            heading = chosen.name if chosen is not None else "outlined dispatches"
            return Outlined(heading, tuple(_edges(found, start)), f"{_LOST}; {command}", command)
    note = f"no ops that dispatches form of are here; {command}"
    return Outlined("nothing to tell", (), note, command)


def _where_to_ask(document: Document) -> str:
    """What shows how dispatches were formed: another place of this dump, else the dump to make."""
    if document.as_formed is document:
        return f"dump the text before dispatches form: `{dump_command(document.spoken.likely)}`"
    line = document.lines.line_of(document.as_formed.choice.sections[0].body_start) + 1
    return f"this dump shows from line {line} on how dispatches were formed: ask there"


def dump_command(version: Version, compiled: str = "MODEL.mlir …") -> str:
    """The command that prints the text on which dispatches form. `compiled` are its words on what is compiled, and how."""
    first = table.release("2024-08") or table.NEWEST
    prefix = "iree-flow" if version < first else "iree-dispatch-creation"
    return f"iree-compile {compiled} --mlir-print-ir-before={prefix}-form-dispatch-regions -o /dev/null 2> DUMP.mlir"


_LOST = (
    "once dispatches are outlined, their loops are collapsed and what stood between them is moved, "
    "so this text cannot tell any more why two are apart"
)


def _reports(document: Document) -> Iterator[tuple[int, Module, DispatchReport]]:
    for section, module in document.read_sections:
        yield section.body_start, module, _report(module)


@lru_cache(16)
def _report(module: Module) -> DispatchReport:
    return dispatches.report([module])


def _at(module: Module, report: DispatchReport, offset: int) -> Dispatch | None:
    op = module.op_at(offset)
    found = report.dispatch_of(op) if op is not None else None
    if found is not None or op is None:
        return found
    symbols = {one.symbol for one in (op, *op.ancestors())}
    return next((one for one in report.dispatches if one.name in symbols), None)


def _edges(found: Iterable[Link], start: int) -> Iterator[OutlinedEdge]:
    for link in found:
        between = ", ".join(op.name for op in link.edge.via)
        reason = f"between the two stands {between}" if between else "nothing stands between the two in this text"
        ops: list[tuple[str, Op]] = [("producer", link.producer.op), ("consumer", link.consumer.op)]
        ops += [("between", op) for op in link.edge.via]
        places = tuple((role, op.name_range.shift(start)) for role, op in ops)
        titles = (_title(link.producer), _title(link.consumer))
        yield OutlinedEdge(link.producer.name, link.consumer.name, reason, places, titles)


def _title(dispatch: Dispatch) -> str:
    return f"#{dispatch.ordinal} {dispatch.name}, {dispatch.summary}"
