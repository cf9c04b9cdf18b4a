"""What the server and its analyst say to each other: pickles, each behind its length. Both ends are ours."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dispatch_lens.features import fixes

HEAD = struct.Struct(">Q")
"""The length in front of a message."""


@dataclass(frozen=True, slots=True)
class Splice:
    """A change of a document's chunks: `removed` of them from `at` on give way to those of `texts`. It has no answer."""

    uri: str
    at: int
    removed: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """A question about a document whose chunks were sent. `what` is `overview`, or one of `of_structure`, or of `of_program`.

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
