"""What stands under a place of a line: a name, an alias, a map, a literal, a type, a word."""

from __future__ import annotations

import re
from typing import NamedTuple

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.syntax.tree import STRING
from dispatch_lens.text import Range

FARTHEST = 4096
"""Code points to either side of the place that are looked at: a line may hold a whole weight."""
_TOKEN = re.compile(
    rf"""(?P<comment>//[^\n]*)
      |(?P<string>{STRING})
      |(?P<value>%[\w$.\-]+(?:\#\d+)?)
      |(?P<block>\^[\w$.\-]+)
      |(?P<symbol>@(?:[\w$.\-]+|"[^"\n]*"))
      |(?P<map>affine_(?:map|set)<[^\n]*?\)>)
      |(?P<dense>(?:dense_resource|dense|sparse)<)
      |(?P<shaped>(?:tensor|vector|memref)<)
      |(?P<alias>[#!][A-Za-z_][\w$\-]*(?![\w$.\-]))
      |(?P<dialect>[#!][A-Za-z_][\w$.\-]*)
      |(?P<number>-?\d[\w.+\-]*)
      |(?P<word>[A-Za-z_][\w$.]*)""",
    re.VERBOSE,
)


class Token(NamedTuple):
    """A token with its place in the snapshot."""

    kind: str
    text: str
    range: Range


def token_at(snapshot: Snapshot, offset: int) -> Token | None:
    """The token that holds the place or ends at it; inside `tensor<…>` the type's word, inside a map the map."""
    line = snapshot.line_range(snapshot.line_of(offset))
    start, end = max(line.start, offset - FARTHEST), min(line.end, offset + FARTHEST)
    text = snapshot.slice(Range(start, end))
    best: Token | None = None
    for match in _TOKEN.finditer(text):
        if match.start() > offset - start:
            break
        if match.end() >= offset - start:
            best = Token(match.lastgroup or "", match.group(), Range(start + match.start(), start + match.end()))
    return best
