"""What a rewrite is, and what it answers: text edits of one section, or the reason why it will not.

A rewrite looks at one op. It answers None where its pattern is not there at all, `Refused` where the pattern is there and
the program would be another one afterwards, or where nobody can tell. Offsets are those of the op's module.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum
from typing import TypeAlias

from dispatch_lens.flags.version import Version
from dispatch_lens.ir.module import Op
from dispatch_lens.text import Edit


class Aim(Enum):
    """What a rewrite is for.

    FEWER_DISPATCHES takes an obstacle away each time, so that repeating it ends; `fix` makes it unasked. MAYBE_FEWER moves
    one to where it may be gone, which only the compiler can tell. OTHER_FORM is for whoever wants the form.
    """

    FEWER_DISPATCHES = "fewer dispatches"
    MAYBE_FEWER = "maybe fewer dispatches"
    OTHER_FORM = "other form"


@dataclass(frozen=True, slots=True)
class Applied:
    """The edits that make the rewrite. `title` is a verb phrase that says what was done to what."""

    title: str
    edits: tuple[Edit, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """Why the rewrite would be wrong here, as a clause: lower case, no full stop, IR in backticks."""

    reason: str


Outcome: TypeAlias = Applied | Refused | None


@dataclass(frozen=True, slots=True)
class Rewrite:
    """One rewrite. `name` is its identity; `title` names it as an action; `apply` is asked at one op.

    `until` is the last release for which it makes fewer dispatches; None where it does for all.
    """

    name: str
    title: str
    aim: Aim
    apply: Callable[[Op], Outcome]
    until: Version | None = None


def under(rewrite: Rewrite, last: Version | None) -> Rewrite:
    """The rewrite with the aim that it has for a text whose compiler is at most the release `last`; None: any release."""
    if rewrite.until is None or (last is not None and last <= rewrite.until):
        return rewrite
    return replace(rewrite, aim=Aim.MAYBE_FEWER)
