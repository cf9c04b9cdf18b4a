"""One op's head: its text without its regions to a tree of tokens, and what is wrong with the text.

Heads are parsed by shape: the names of values and symbols are emptied first, so that the ten-thousandth
`%n = arith.addf %a, %b : f32` costs a dictionary look-up. Parsing never raises: text that does not fit the grammar gives the
tokens that were read and a problem.

What it does not know: what a token means to its op. `ir/` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate

from dispatch_lens.syntax import adjacency, roles, tokens
from dispatch_lens.syntax.outline import DEEPEST, Frame
from dispatch_lens.syntax.tree import NAMES, SYMBOL, VALUE, Item, Role, Shape, Stretch, SyntaxProblem

REGION, LABELLED_REGION = "\x01", "\x02"
_VALUES_APART, _SYMBOL = re.compile(f"({VALUE})"), re.compile(SYMBOL)
_CONTINUES = re.compile(r"\s*(?:[^\sA-Za-z_/\x01}]|[a-z_]\w*[ \t]*(?:[({\[<=#!@%\"]|$|\d)|[a-z_]\w* [a-z_.]+[<({ ]|\}|//|\x01)")
_GOES_ON_AFTER = (",", "(", ":", "=", "->", "[", "{", "<", " into", " to", " in", " step", " with", " as")
_LISTED = r"%[\w$.\-]+(?:#\d+)?"
_NEVER_CONTINUES = re.compile(
    rf"\s*(?:\{{-#|```|>[ \t]+[A-Za-z]"
    rf"|%(?!{_LISTED[1:]}(?:, ?{_LISTED})*[ \t]*(?:[:\[<](?!\d)|,?[ \t]*$))|=\s*(?:[a-z_]\w*\.|->|\{{))"
)
_CLEAR = re.compile(r"(?:\s+|//[^\n]*)*")
_LONE_SIGN = re.compile("%")
_BRACKET = re.compile(r"->|[(\[{<>}\])]")

_TARGET_OP = re.compile(r"(?:[^=\"]*=\s*)?(?:spirv|amdgpu|rocdl|nvgpu|nvvm|amx|arm_\w+|x86\w*)\.")
"""Ops of one kind of hardware, whose forms keep no common order: `amdgpu.mfma 16x16x4 %a * %b + %c`."""


def parse_head(section: str, frame: Frame, end: int) -> tuple[Shape, list[str]]:
    """The shape of an op of the outline that ends at `end`, and the names that its shape does not have, in text order."""
    text = section[frame.start : end] if not frame.regions else _without_regions(section, stretches(section, frame, end))
    parts = _VALUES_APART.split(text)
    emptied = "%".join(parts[::2])
    shape = parse_shape(_SYMBOL.sub("@", emptied) if "@" in emptied else emptied)
    names = parts[1::2]
    return shape, names if len(names) == len(shape.names) else _with_lone_signs(parts)


def _with_lone_signs(parts: Sequence[str]) -> list[str]:
    """The names, and an empty one for each `%` that begins none, such as in a string."""
    return [name for i, part in enumerate(parts) for name in ([part] if i % 2 else [""] * part.count("%"))]


def _without_regions(section: str, stretches: Iterable[Stretch]) -> str:
    """The text of the stretches, with a mark for the region after each."""
    marks = (LABELLED_REGION if is_labelled else REGION if after > end else "" for _, end, after, is_labelled in stretches)
    return "".join(section[stretch.start : stretch.end] + mark for stretch, mark in zip(stretches, marks))


def head_end(section: str, frame: Frame) -> int:
    """Where the op really ends: before blank lines, comments and prose that stand before the next op."""
    start = frame.regions[-1].end if frame.regions else frame.name_end
    text = section[start : frame.end].rstrip()
    end = start + len(text)
    return _last_line(section, start, end) if "\n" in text else end


def _last_line(section: str, start: int, end: int) -> int:
    """The end of the last line that can still belong to the op that goes on at `start`."""
    at = section.find("\n", start, end)
    done = at
    while at >= 0:
        following = section.find("\n", at + 1, end)
        line = section[at + 1 : following if following >= 0 else end]
        if not line.strip() and not _is_open(section, start, done, end):
            break
        if line.strip() and not (_goes_on(line) or _before(section, start, done).endswith(_GOES_ON_AFTER)):
            break
        if line.strip() and not line.lstrip().startswith("//"):
            done = following if following >= 0 else end
        at = following
    return start + len(section[start:done].rstrip())


def _before(section: str, start: int, end: int) -> str:
    """The line that ends at `end`, from `start` on, without space and without a comment."""
    line = section.rfind("\n", start, end) + 1 or start
    comment = section.find("//", line, end)
    return section[line : comment if comment >= 0 else end].rstrip()


def _is_open(section: str, start: int, at: int, end: int) -> bool:
    """Whether the op that goes on at `start` must go on after a blank line behind `at`."""
    text = section[start:at]
    if any(text.count(opener) > text.count(closer) for opener, closer in ("()", "[]", "{}")):
        return True
    clear = _CLEAR.match(section, at, end)
    follows = clear is not None and section.startswith((",", ":", "->"), clear.end(), end)
    return follows or _before(section, start, at).endswith(",")


def _goes_on(line: str) -> bool:
    return _CONTINUES.match(line) is not None and _NEVER_CONTINUES.match(line) is None


def stretches(section: str, frame: Frame, end: int) -> tuple[Stretch, ...]:
    """The pieces of an op's head between its regions."""
    return tuple(_stretches(section, frame, end))


def _stretches(section: str, frame: Frame, end: int) -> Iterator[Stretch]:
    at = frame.start
    for region in frame.regions:
        yield Stretch(at, region.start, region.end, region.has_labelled_arguments(section))
        at = region.end
    end = max(end, at)
    yield Stretch(at, end, end, False)


@lru_cache(maxsize=32768)
def parse_shape(text: str) -> Shape:
    """The shape of a head whose names are emptied."""
    names = tuple(match.start() for match in _LONE_SIGN.finditer(text))
    if _nests_too_deep(text):
        problem = SyntaxProblem(0, f"brackets more than {DEEPEST} deep are not read")
        return Shape(0, (), (problem,), tuple(Role("use", at) for at in names), names)
    read = tokens.read(text)
    if read is not None:
        results, items = read
        return Shape(results, items, tuple(_neighbours(text, items)), tuple(roles.roles(text, items)), names)
    results, items, problem = _by_lark(text)
    found = [*_neighbours(text, items), *([problem] if problem is not None else [])]
    known = {role.at: role for role in roles.roles(text, items)}
    told = (known.get(at, Role("use", at)) for at in names[results:])
    return Shape(results, items, tuple(sorted(found, key=lambda one: one.at)[:1]), tuple(told), names)


def _nests_too_deep(text: str) -> bool:
    if sum(map(text.count, "([{<")) <= DEEPEST:
        return False
    steps = (0 if found == "->" else 1 if found in "([{<" else -1 for found in _BRACKET.findall(text))
    return max(accumulate(steps), default=0) > DEEPEST


def _neighbours(text: str, items: tuple[Item, ...]) -> Iterator[SyntaxProblem]:
    return iter(()) if _TARGET_OP.match(text) else adjacency.problems(items)


def _by_lark(text: str) -> tuple[int, tuple[Item, ...], SyntaxProblem | None]:
    """What Lark reads of a text that is not in order. It is loaded for such a text only."""
    from dispatch_lens.syntax import structure

    return structure.read(text)


def parse_label(section: str, start: int, end: int) -> Shape:
    """The shape of a block's label `^bb0(%a: T):`."""
    text = section[start:end].rstrip().removesuffix(":")
    return parse_shape(NAMES.sub(lambda match: match.group()[0], text.replace("^", "_", 1)))
