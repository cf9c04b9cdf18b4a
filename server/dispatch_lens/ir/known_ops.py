"""The names of all ops that the compilers of 2024-07, 3.1 and 3.13 have registered.

A name says nothing of meaning here: an op that is not in the table is an ordinary op, of another version or another
project. The table serves completion, and "did you mean" where the compiler would refuse a name.
"""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

_ENOUGH_ALIKE = 0.7


def is_known(name: str) -> bool:
    """Whether a compiler has an op of this full name, such as `linalg.generic`."""
    dialect, _, rest = name.partition(".")
    return rest in _ops(dialect)


def is_known_dialect(dialect: str) -> bool:
    """Whether a compiler has a dialect of this name that has ops."""
    return dialect in _stated()


def dialects() -> tuple[str, ...]:
    """The names of all dialects that have ops, sorted."""
    return tuple(sorted(_stated()))


def names(dialect: str) -> tuple[str, ...]:
    """The full names of a dialect's ops over all versions, sorted; empty for an unknown dialect."""
    return tuple(sorted(f"{dialect}.{name}" for name in _ops(dialect)))


def versions(name: str) -> tuple[str, ...]:
    """The compilers that have this op, of "2024", "3.1" and "3.13", oldest first; empty for an unknown op."""
    dialect, _, rest = name.partition(".")
    return _ops(dialect).get(rest, ())


def region_count(name: str) -> int | None:
    """How many regions the compiler gives this op, printed or not; None where the number varies or is not known."""
    return _counts("region_counts.json").get(name)


def result_count(name: str) -> int | None:
    """How many results the compiler gives this op; None where it gives none, or the number varies or is not known."""
    return _counts("result_counts.json").get(name)


def closest(name: str) -> str | None:
    """The known full name that a misspelled one most likely meant; None when nothing is near enough.

    Looked for among the ops of the named dialect, then as the same op of another dialect (one that more versions have
    first), then, for an unknown dialect, among the ops of the dialects whose names are near.
    """
    if is_known(name):
        return name
    dialect, dot, rest = name.partition(".")
    if not dot:
        return None
    return _closest_in(dialect, rest) or _same_op_elsewhere(dialect, rest) or _closest_in_alike(dialect, rest)


def _closest_in(dialect: str, rest: str) -> str | None:
    found = difflib.get_close_matches(rest, _ops(dialect), n=1, cutoff=_ENOUGH_ALIKE)
    return f"{dialect}.{found[0]}" if found else None


def _same_op_elsewhere(dialect: str, rest: str) -> str | None:
    likeness = {
        other: (len(_ops(other)[rest]), difflib.SequenceMatcher(None, dialect, other).ratio())
        for other in _stated()
        if rest in _ops(other)
    }
    return f"{max(likeness, key=likeness.__getitem__)}.{rest}" if likeness else None


def _closest_in_alike(dialect: str, rest: str) -> str | None:
    alike = difflib.get_close_matches(dialect, _stated(), cutoff=_ENOUGH_ALIKE)
    return next((found for other in alike if (found := _closest_in(other, rest))), None)


@functools.cache
def _stated() -> Mapping[str, Mapping[str, str]]:
    """Dialect to versions to op names without dialect, as the file lists them."""
    return cast(dict[str, dict[str, str]], json.loads(Path(__file__).with_name("known_ops.json").read_text(encoding="utf-8")))


@functools.cache
def _ops(dialect: str) -> Mapping[str, tuple[str, ...]]:
    """The versions of each op of the dialect, by its name without dialect."""
    groups = _stated().get(dialect, {})
    return {name: tuple(group.split()) for group, ops in groups.items() for name in ops.split()}


@functools.cache
def _counts(file: str) -> Mapping[str, int]:
    text = Path(__file__).with_name(file).read_text(encoding="utf-8")
    stated = cast(dict[str, dict[str, str]], json.loads(text))
    return {
        f"{dialect}.{name}": int(count)
        for count, dialects_ in stated.items()
        for dialect, names_ in dialects_.items()
        for name in names_.split()
    }
