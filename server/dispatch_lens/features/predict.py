"""The dispatch regions that the compiler would form of a document's functions, as plain data with positions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dispatch_lens.analysis.fusion import eras
from dispatch_lens.analysis.fusion.formation import Group, dispatching_functions, form_dispatch_regions
from dispatch_lens.features.document import Document
from dispatch_lens.ir import flow
from dispatch_lens.ir.module import Op
from dispatch_lens.text import Position


@dataclass(frozen=True, slots=True)
class PredictedGroup:
    """One region to be: its root op's name and place, and the places of all its ops, in text order."""

    name: str
    root: Position
    ops: tuple[Position, ...]


@dataclass(frozen=True, slots=True)
class PredictedFunction:
    """One function and its regions to be, in text order, beside as many that the text has `formed` already."""

    name: str
    groups: tuple[PredictedGroup, ...]
    formed: int

    def as_json(self) -> dict[str, object]:
        groups = [{"root": list(group.root), "ops": [list(place) for place in group.ops]} for group in self.groups]
        return {"name": self.name, "groups": groups}


def predicted(document: Document, era: str | None, options: eras.Options) -> tuple[PredictedFunction, ...]:
    """The functions of the sections that are read. `era` names a release; None means the one that the text speaks."""
    rules = eras.era_of_version(era or document.spoken.likely.text) or eras.NEWEST
    return tuple(_functions(document, rules, options))


def _functions(document: Document, era: eras.Era, options: eras.Options) -> Iterator[PredictedFunction]:
    for section, module in document.as_formed.read_sections:
        for function in dispatching_functions(module):
            formation = form_dispatch_regions(function, era, options)
            groups = tuple(_group(document, section.body_start, group) for group in formation.groups)
            formed = len(list(function.walk_where(flow.is_dispatch_region)))
            yield PredictedFunction(function.symbol or function.name, groups, formed)


def _group(document: Document, shift: int, group: Group) -> PredictedGroup:
    def place(op: Op) -> Position:
        return document.lines.position(shift + op.name_range.start)

    return PredictedGroup(group.root.name, place(group.root), tuple(place(op) for op in group.members))
