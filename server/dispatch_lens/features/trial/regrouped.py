"""What merged and what split between two compiles of one text, by the lines that the work of each dispatch comes from.

Both are compiled with locations printed. A line whose work is in several dispatches of one compile was copied into them, and says
nothing of those that have work of their own. Of executables that several sites share the lines are those of the site alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

LOCATIONS = "--mlir-print-debuginfo"
"""The flag of a compile whose text `regroupings` can read."""

_NAME = r"@(\"[^\"\n]*\"|[\w$.-]+)"
_EXECUTABLE = re.compile(rf"^\s*flow\.executable [^@\n]*{_NAME}")
_SITE = re.compile(rf"\bflow\.dispatch {_NAME}::{_NAME}")
_HOST = re.compile(r"^\s*(?:util\.initializer\b|(?:util|func)\.func\b(?: public| private)? @(?P<name>[\w$.-]+))")
_WORK = re.compile(r"(?:^|= )\s*(?:linalg|iree_linalg_ext|arith|math)\.(?!yield|fill|index|constant)|^\s*} -> ")
_LINE = re.compile(r"(?<! at )\"[^\"\n]*\":(\d+):\d+")
_ORDINAL = re.compile(r"^.*?_dispatch_\d+_?")


@dataclass(frozen=True, slots=True)
class Regrouping:
    """The dispatches whose work the `after` ones do, by name without ordinals; `times` this happened alike."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    times: int


def regroupings(before: str, after: str) -> tuple[Regrouping, ...]:
    """How the dispatches of one flow text became those of the other, the most frequent first; what stayed is left out."""
    old, new = _dispatches(before), _dispatches(after)
    found: Counter[tuple[tuple[str, ...], tuple[str, ...]]] = Counter()
    for olds, news in _components(old, new):
        names = tuple(sorted(old[i].name for i in olds)), tuple(sorted(new[i].name for i in news))
        if len(olds) != len(news):
            found[names] += 1
    return tuple(Regrouping(olds, news, times) for (olds, news), times in found.most_common())


@dataclass(frozen=True, slots=True)
class _Dispatch:
    name: str
    lines: frozenset[int]


def _dispatches(text: str) -> list[_Dispatch]:
    """The sites of the program's functions, with the source lines that only they have, else with all."""
    bodies: dict[str, set[int]] = {}
    sites: list[tuple[str, str, set[int]]] = []
    executable, counts = "", False
    for line in text.split("\n"):
        if opened := _EXECUTABLE.match(line):
            executable = opened[1]
        elif (host := _HOST.match(line)) and not line.startswith("      "):
            executable, counts = "", not (host["name"] or "jit_eval").startswith("jit_eval")
        if executable and _WORK.search(line):
            bodies.setdefault(executable, set()).update(_lines(line))
        elif counts and (site := _SITE.search(line)):
            sites.append((site[1], site[2], set(_lines(line))))
    return _told_apart(sites, bodies)


def _told_apart(sites: Sequence[tuple[str, str, set[int]]], bodies: Mapping[str, set[int]]) -> list[_Dispatch]:
    shared = Counter(executable for executable, _, _ in sites)
    lines = [own if shared[name] > 1 else own | bodies.get(name, set()) for name, _, own in sites]
    often = Counter(line for some in lines for line in some)
    own = [frozenset({line for line in some if often[line] == 1} or some) for some in lines]
    return [_Dispatch(_ORDINAL.sub("", name) or "copy", some) for (_, name, _), some in zip(sites, own)]


def _components(old: Sequence[_Dispatch], new: Sequence[_Dispatch]) -> Iterator[tuple[list[int], list[int]]]:
    """The connected parts of both sides, where an edge is a common line."""
    edges = [{i for i, other in enumerate(new) if other.lines & dispatch.lines} for dispatch in old]
    groups: list[tuple[list[int], set[int]]] = []
    for i, reached in enumerate(edges):
        touching = [group for group in groups if group[1] & reached]
        groups = [group for group in groups if group not in touching]
        groups.append((sorted([i, *_flat(olds for olds, _ in touching)]), reached.union(*(news for _, news in touching))))
    yield from ((olds, sorted(news)) for olds, news in groups)
    taken = set[int]().union(*edges)
    yield from (([], [i]) for i in range(len(new)) if i not in taken)


def _lines(text: str) -> Iterator[int]:
    return (int(number) for number in _LINE.findall(text))


def _flat(lists: Iterable[list[int]]) -> Iterator[int]:
    return (item for some in lists for item in some)
