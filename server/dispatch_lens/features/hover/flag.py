"""Hover of a compiler option in text: what it does, its value, its releases and what is known against it.

The table of options is loaded where a text spells something like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from dispatch_lens.features.snapshot import Snapshot
from dispatch_lens.features.tokens import Token
from dispatch_lens.flags.version import Version
from dispatch_lens.text import Range

if TYPE_CHECKING:
    from dispatch_lens.flags.option import Option

_FLAG = re.compile(r"--?[a-z][a-z0-9]*(?:-[a-z0-9]+)+|\b[a-z][a-z0-9]*(?:-[a-z0-9]+)+\b")


def token_at(snapshot: Snapshot, offset: int) -> Token | None:
    """The option that stands at the place, in a comment, a header or a string."""
    line = snapshot.line_range(snapshot.line_of(offset))
    start = max(line.start, offset - 512)
    text = snapshot.slice(Range(start, min(line.end, offset + 512)))
    for match in _FLAG.finditer(text):
        if match.start() <= offset - start <= match.end() and _is_option(match.group()):
            return Token("flag", match.group(), Range(start + match.start(), start + match.end()))
    return None


def _is_option(word: str) -> bool:
    from dispatch_lens.flags import table

    return table.find(word) is not None


def markdown(text: str, version: Version) -> str | None:
    """The hover of an option by any of its names; None where it is none."""
    from dispatch_lens.flags import table

    option = table.find(text)
    return "\n\n".join(_lines(option, version)) if option is not None else None


def _lines(option: Option, version: Version) -> Iterator[str]:
    from dispatch_lens.flags import table

    spelled = table.spelled(option, version)
    name = option.id if isinstance(spelled, table.Absent) else spelled
    yield f"**`{name}`** ({option.kind}, {option.phase})"
    yield option.summary
    if isinstance(spelled, table.Absent):
        yield f"{version.label}: {spelled.reason}"
    default = option.default_in(version)
    if default is not None:
        yield f"default in {version.label}: `{default}`"
    if len(option.names) > 1:
        yield "names: " + ", ".join(f"`{one.flag}` from {one.span.first.label}" for one in option.names)
    for risk in option.risks_in(version):
        yield f"- known risk: {risk}"
    lifted = table.fixes(option)
    if lifted:
        yield "lifts: " + ", ".join(f"`{code}`" for code in lifted)
    if option.note:
        yield option.note
