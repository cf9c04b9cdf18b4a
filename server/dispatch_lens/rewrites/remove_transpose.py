"""Make a transpose go away by whatever way leaves the fewest: one action for a whole chain of rewrites.

Ways are tried on the text and the best one is taken: the convolution behind the transpose goes to the other layout, whose
transposes are pushed on and cancelled; or the reader takes the transpose into its indexing map; or so does a named op, in
its general form. A transpose that only turns into another one is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

from dispatch_lens.ir.module import Module, Op
from dispatch_lens.rewrites import (
    chains,
    channels_last,
    compose_transposes,
    excerpt,
    fold_transpose_into_consumer,
    fold_transpose_into_producer,
    places,
    sink_transpose,
    transpose_forms,
    transposes,
)
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite

_Step: TypeAlias = Callable[[Op], "Module | None"]
MAX_STEPS = 24


def apply(op: Op) -> Outcome:
    found = transposes.transpose(op)
    if found is None or not found.moves_elements or found.is_of_constant:
        return None
    part = excerpt.around(op)
    before = _left(part.module)
    ways = [after for way in (_by_layout, _by_composing, _by_folding, _by_generalising) if (after := way(part.op)) is not None]
    best = min(ways, key=_left, default=None)
    if best is None or _left(best) >= before:
        return Refused("it only becomes another transpose: nothing behind it takes it in")
    edits = part.edits(best)
    if edits is None:
        return Refused("too many ops read what would change")
    readers = ", ".join(dict.fromkeys(_words(use.op) for use in places.reads(found.result)))
    return Applied(f"remove the transpose before {readers}", edits)


def _words(reader: Op) -> str:
    if reader.name.startswith("linalg.depthwise_conv"):
        return "this depthwise convolution"
    if reader.name.startswith("linalg.conv"):
        return "this convolution"
    return f"`{reader.name}`"


def _by_layout(op: Op) -> Module | None:
    """The convolution or pooling that reads the transpose goes to the other layout, and what that leaves is lessened."""
    readers = [use.op for use in places.reads(op.results[0])]
    rewrite = next((each for reader in readers for each in _LAYOUTS if isinstance(each.apply(reader), Applied)), None)
    if rewrite is None or len(readers) != 1:
        return None
    module = chains.step(readers[0], rewrite)
    return _settled(module, _others(op), _STEPS) if module is not None else None


def _by_composing(op: Op) -> Module | None:
    """With a transpose that reads it, into one or none."""
    readers = {use.op for use in places.reads(op.results[0]) if transposes.transpose(use.op) is not None}
    module = chains.step(readers.pop(), compose_transposes.REWRITE) if len(readers) == 1 else None
    return _settled(module, _others(op), _STEPS) if module is not None else None


def _by_folding(op: Op) -> Module | None:
    return _folded(op, _STEPS)


def _by_generalising(op: Op) -> Module | None:
    """As by folding, and a named op at the end of the way becomes its general form."""
    return _folded(op, (*_STEPS, _forced))


def _folded(op: Op, wanted: Sequence[_Step]) -> Module | None:
    for rewrite in (fold_transpose_into_consumer.REWRITE, sink_transpose.REWRITE):
        module = chains.step(op, rewrite)
        if module is not None:
            return _settled(module, _others(op), wanted)
    return None


def _others(op: Op) -> frozenset[str]:
    """The names of the other transposes near by: they are not what the action is about."""
    found = op.module.walk()
    return frozenset(_name(other) for other in found if other is not op and transposes.transpose(other) is not None)


def _name(op: Op) -> str:
    """The result's name, of the dispatch region around it where there is one."""
    around = op.parent
    shown = around if around is not None and around.name == "flow.dispatch.region" and around.results else op
    return shown.results[0].name


def _settled(module: Module, others: frozenset[str], wanted: Sequence[_Step]) -> Module:
    """The module after every step that lessens transposes, and those that move one on to where it can be lessened."""
    for _ in range(MAX_STEPS):
        after = next(_steps(module, others, wanted), None)
        if after is None:
            return module
        module = after
    return module


def _steps(module: Module, others: frozenset[str], wanted: Sequence[_Step]) -> Iterator[Module]:
    """What one step makes of the module, the most wanted step first; of the other transposes only their meeting with ours."""
    found = [op for op in module.walk() if _is_left(op)]
    for op in found:
        meets = _name(op) not in others or not _reads_other(op, others)
        if meets and (after := chains.step(op, compose_transposes.REWRITE)) is not None:
            yield after
    for step in wanted:
        for op in found:
            if _name(op) not in others and (after := step(op)) is not None:
                yield after


def _reads_other(op: Op, others: frozenset[str]) -> bool:
    maker = places.made_by(op.operands[0].value) if op.operands else None
    return maker is None or _name(maker) in others


def _is_left(op: Op) -> bool:
    found = transposes.transpose(op)
    return found is not None and not found.is_of_constant


def _reshaped(op: Op) -> Module | None:
    return chains.step(op, transpose_forms.TO_RESHAPE)


def _taken_in(op: Op) -> Module | None:
    """Into generics only: a named op keeps its name."""
    generics = all(use.op.name == "linalg.generic" for use in places.reads(op.results[0]))
    return chains.step(op, fold_transpose_into_consumer.REWRITE) if generics else None


def _relaid(op: Op) -> Module | None:
    """The convolution that reads it goes to channels last."""
    readers = {use.op for use in places.reads(op.results[0])}
    return chains.step(readers.pop(), channels_last.LAST) if len(readers) == 1 else None


def _written(op: Op) -> Module | None:
    found = transposes.transpose(op)
    generic = found is not None and found.source.op is not None and found.source.op.name == "linalg.generic"
    return chains.step(op, fold_transpose_into_producer.REWRITE) if generic else None


def _sunk(op: Op) -> Module | None:
    """Past whatever moves on with it."""
    return chains.step(op, sink_transpose.REWRITE)


def _forced(op: Op) -> Module | None:
    return chains.step(op, fold_transpose_into_consumer.REWRITE)


def _left(module: Module) -> int:
    """The transposes that somebody must do when the program runs."""
    found = (transposes.transpose(op) for op in module.walk() if _is_left(op))
    return sum(each is not None and each.moves_elements for each in found)


_STEPS: tuple[_Step, ...] = (_reshaped, _taken_in, _relaid, _written, _sunk)
_LAYOUTS = (channels_last.LAST, channels_last.FIRST)

REWRITE = Rewrite("remove-transpose", "Remove the transpose", Aim.FEWER_DISPATCHES, apply)
