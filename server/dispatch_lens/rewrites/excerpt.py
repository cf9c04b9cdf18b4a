"""The neighbourhood of an op as a small module, so that a chain of rewrites is tried on a few lines instead of a whole model.

The ops near by stand in it as they are, between stand-ins for those further away: ops of no known dialect that make what they
make and read what they read. No rewrite knows what a stand-in does, so what is allowed in the excerpt is allowed in the whole.
Edits of the excerpt are given back as edits of the whole.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from difflib import SequenceMatcher

from dispatch_lens.ir import tensor, uses
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Block, Module, Op
from dispatch_lens.ir.value import Value
from dispatch_lens.rewrites import fresh, places, regions
from dispatch_lens.text import Edit, Range

MOST_OPS = 48
_STAND_IN = re.compile(r'^.*"dispatch_lens\.elsewhere"\(.*\{gap = (\d+)\}.*\n', re.MULTILINE)
_FUNCTIONS = ("func.func", "util.func", "util.initializer")


@dataclass(frozen=True, eq=False)
class Excerpt:
    """A part of the module `whole`, with the op in it. `starts` are where its runs of whole lines begin in the whole."""

    module: Module
    op: Op
    whole: Module
    starts: tuple[int, ...]

    def edits(self, after: Module) -> tuple[Edit, ...] | None:
        """What makes of the whole what `after` makes of the excerpt; None where a stand-in would change."""
        if _STAND_IN.findall(self.module.text) != _STAND_IN.findall(after.text) or _stand_ins(self.module) != _stand_ins(after):
            return None
        runs = zip(self.starts, _runs(self.module.text), _runs(after.text))
        found = [Edit(edit.range.shift(start), edit.text) for start, old, new in runs for edit in _between(old, new)]
        return fresh.renamed(found, self.module.names, self.whole.names)


def around(op: Op) -> Excerpt:
    """The excerpt of the ops nearest to this one; the whole module where it is no function of many ops in one block."""
    function = next((each for each in op.ancestors() if each.name in _FUNCTIONS), None)
    if function is None:
        return Excerpt(op.module, op, op.module, (0,))
    blocks = function.regions[0].blocks
    inner = uses.ancestor_in(blocks[0], op) if len(blocks) == 1 else None
    if inner is None or not _has_own_lines(function, blocks[0]):
        return Excerpt(op.module, op, op.module, (0,))
    return _cut(op, function, _near(inner))


def _cut(op: Op, function: Op, near: Set[Op]) -> Excerpt:
    text, block = op.module.text, function.regions[0].blocks[0]
    pieces, starts = [text[function.range.start : _line(block.ops[0])]], [function.range.start]
    shift = 0
    gap: list[str] = []
    inner = {value.name for each in near for value in regions.defined(each)}
    for each in block.ops:
        if each not in near:
            gap.append(_stand_in(each, near, inner, len(starts)))
            continue
        if gap:
            pieces += [line for line in gap if line] or [_line_of(len(starts))]
            starts.append(_line(each))
            gap = []
        if each is op or each.encloses(op):
            shift = sum(map(len, pieces)) - _line(each)
        pieces.append(text[_line(each) : _end(each, block, function, near)])
    module = lower("".join(pieces), op.module.aliases)
    found = next(one for one in module.walk() if one.name_range.start == op.name_range.start + shift)
    return Excerpt(module, found, op.module, tuple(starts))


def _near(of: Op) -> Set[Op]:
    """The ops of the block that are the fewest uses away, what they need without work of its own, and the terminator."""
    found: dict[Op, None] = {of: None}
    waiting = deque([of])
    while waiting and len(found) < MOST_OPS:
        at = waiting.popleft()
        for op in (*_beside(of, uses.consumers(at)), *_beside(of, uses.producers(at))):
            if op not in found and not _is_leaf(op):
                found[op] = None
                waiting.append(op)
    waiting = deque(found)
    while waiting:
        for op in _beside(of, uses.producers(waiting.popleft())):
            if op not in found and _is_leaf(op):
                found[op] = None
                waiting.append(op)
    block = of.block
    return {*found, *(block.ops[-1:] if block is not None else ())}


def _beside(of: Op, ops: Iterable[Op]) -> Iterator[Op]:
    return (op for op in ops if op.block is of.block)


def _is_leaf(op: Op) -> bool:
    return op.name == "affine.apply" or tensor.is_leaf(op)


def _stand_in(op: Op, near: Set[Op], inner: Set[str], gap: int) -> str:
    """The line for an op left out; empty where nothing near has to do with it, nor has its names inside."""
    reads = [value for value in uses.read_values(op) if value.op in near]
    is_told = any(user in near for user in uses.consumers(op)) or any(value.name in inner for value in op.results)
    if not reads and not is_told:
        return ""
    results = op.module.text[op.range.start : op.name_range.start] if is_told else ""
    return _line_of(gap, results, reads, op.results if is_told else ())


def _line_of(gap: int, results: str = "", reads: Iterable[Value] = (), made: Iterable[Value] = ()) -> str:
    given = list(reads)
    names, kinds = ", ".join(map(places.spelled, given)), ", ".join(map(_kind, given))
    types = ", ".join(map(_kind, made))
    return f'    {results}"dispatch_lens.elsewhere"({names}) {{gap = {gap}}} : ({kinds}) -> ({types})\n'


def _kind(value: Value) -> str:
    return "none" if value.type is None else str(value.type)


def _stand_ins(module: Module) -> list[str]:
    return [found[0] for found in _STAND_IN.finditer(module.text)]


def _runs(text: str) -> list[str]:
    """The texts between gaps; a gap is one or more lines of one number."""
    runs, at, last = [""], 0, None
    for found in _STAND_IN.finditer(text):
        runs[-1] += text[at : found.start()]
        at = found.end()
        if found[1] != last:
            runs.append("")
        last = found[1]
    runs[-1] += text[at:]
    return runs


def _between(before: str, after: str) -> Iterator[Edit]:
    """The edits that make `after` of `before`: whole lines, those that both have left alone."""
    if before == after:
        return
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    for tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Edit(Range(starts[i], starts[j]), "".join(new[k:m]))


def _line(op: Op) -> int:
    return op.module.text.rfind("\n", 0, op.range.start) + 1


def _end(op: Op, block: Block, function: Op, near: Set[Op]) -> int:
    """Behind the op's last line, or where the next op's begins if that stays too; the end of the function for its last op."""
    if op.index + 1 == len(block.ops):
        return function.range.end
    following = block.ops[op.index + 1]
    return _line(following) if following in near else op.module.text.index("\n", op.range.end) + 1


def _has_own_lines(function: Op, block: Block) -> bool:
    lines = [_line(op) for op in block.ops]
    return len(set(lines)) == len(lines) and lines[0] > function.range.start
