"""Make one `flow.dispatch.region` of two neighbours, one of which reads what the other makes.

The consumer must only do elementwise work on what the producer makes: other pairs are no loop nest that a backend could
compile. The producer's ops move into the consumer's region, in front of its own.

Where something else reads the producer's results too, it reads them from the merged region, which must stand before it. Back
ends were seen to refuse or to miscompile regions that return both: that is a rewrite of its own, which only a run confirms.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.ir import flow, linalg, tensor, uses
from dispatch_lens.ir.flow import DispatchRegion
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value
from dispatch_lens.rewrites import folding, places, regions
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.text import Edit, apply_edits


def apply(op: Op) -> Outcome:
    """Merges the region with the last region that it reads, which nothing else reads."""
    pair = _neighbours(op)
    if pair is None:
        return None
    if _read_elsewhere(*pair):
        return Refused("the first dispatch is read elsewhere too: back ends may not compile a region that returns both")
    return _merged(*pair)


def apply_shared(op: Op) -> Outcome:
    """Merges the region with the last region that it reads, where others read that too."""
    pair = _neighbours(op)
    if pair is None or not _read_elsewhere(*pair):
        return None
    if not _is_elementwise_only(pair[0]):
        return Refused("the first dispatch does more than elementwise work, only moves elements, or reads no tensor")
    if _gives_back(pair[1]):
        return Refused("the second dispatch gives back what it reads, and one value returned twice does not compile with 2024-07")
    return _merged(*pair)


def _merged(producer: DispatchRegion, consumer: DispatchRegion) -> Outcome:
    op = consumer.op
    if (problem := _problem(producer, consumer)) is not None:
        return problem
    kept = _read_elsewhere(producer, consumer)
    both = _Pair(producer, consumer, kept, Draft(op.module))
    types_ = [*regions.types_of(op), *(regions.types_of(producer.op)[value.index] for value in kept)]
    draft = both.draft
    renamed = bool(kept) or len({value.name for value in op.results}) > 1
    name = draft.fresh(op.results[0].name[1:]) if renamed else op.results[0].name
    width = len(op.results) + len(kept)
    head = f"{name}:{width}" if width > 1 else name
    text = f"{head} = flow.dispatch.region -> ({', '.join(types_)}) {both.body()}"
    for use in [use for value in kept for use in value.uses if not op.encloses(use.op)]:
        draft.redirect_use(use, f"{name}#{len(op.results) + kept.index(use.value)}")
    if renamed:
        for value in op.results:
            draft.redirect(value, f"{name}#{value.index}" if width > 1 else name)
    draft.replace_range(op.range, text)
    draft.erase(producer.op)
    return Applied("make one dispatch of the two", draft.edits())


def other_work(consumer: Op) -> Refused | None:
    """What the region does besides elementwise work, as a reason not to merge it."""
    for op in (op for region in consumer.regions for op in region.ops[:-1]):
        found = linalg.structured(op)
        if not tensor.is_empty(op) and (found is None or not found.is_elementwise):
            return Refused(f"the second dispatch does more than elementwise work: `{op.name}`")
    return None


def _neighbours(op: Op) -> tuple[DispatchRegion, DispatchRegion] | None:
    consumer = flow.dispatch_region(op)
    producer = _producer(op) if consumer is not None else None
    return None if consumer is None or producer is None else (producer, consumer)


def _read_elsewhere(producer: DispatchRegion, consumer: DispatchRegion) -> list[Value]:
    return [value for value in producer.op.results if any(not consumer.op.encloses(use.op) for use in value.uses)]


def _producer(op: Op) -> DispatchRegion | None:
    made = [flow.dispatch_region(value.op) for value in uses.read_values(op) if value.op is not None]
    found = [region for region in made if region is not None and region.op.block is op.block]
    return max(found, key=lambda region: region.op.index, default=None)


def _problem(producer: DispatchRegion, consumer: DispatchRegion) -> Refused | None:
    for region in (producer, consumer):
        if not regions.is_plain(region):
            return Refused(regions.NOT_PLAIN)
    if (obstacle := _obstacle(producer, consumer)) is not None:
        return obstacle
    between = places.between(producer.op, consumer.op)
    reading = [op for op in between if any(value in producer.op.results for value in uses.read_values(op))]
    if reading:
        return Refused(f"`{reading[0].name}` stands between the two and reads the first")
    return None


def _obstacle(producer: DispatchRegion, consumer: DispatchRegion) -> Refused | None:
    """What keeps the two from being one loop nest: the second only computes on each element of what the first makes."""
    if (work := other_work(consumer.op)) is not None:
        return work
    reads = [use for value in producer.op.results for use in value.uses if consumer.op.encloses(use.op)]
    if not all(_reads_each_once(use) for use in reads):
        return Refused("the second dispatch reads elements of the first more than once")
    if _writes_what_it_reads(producer, consumer):
        return Refused("a named op of the second writes into what the first reads: from 3.1 on that was seen not to compile")
    roots = [op for op in producer.body.ops if (found := linalg.structured(op)) is not None and not found.is_all_parallel]
    others = [op for op in producer.body.ops[:-1] if linalg.structured(op) is None and not tensor.is_empty(op)]
    return Refused("the first dispatch is more than one loop nest") if len(roots) > 1 or others else None


def _writes_what_it_reads(producer: DispatchRegion, consumer: DispatchRegion) -> bool:
    """Whether a named op of the second writes into what the first reads; generics lose an init that they do not read."""
    named = [found for op in consumer.body.ops if (found := linalg.structured(op)) is not None and not found.is_generic]
    written = {use.value for found in named for use in found.inits if use.value.op is None or not tensor.is_empty(use.value.op)}
    return bool(written & {value for op in producer.body.ops[:-1] for value in uses.read_values(op)})


def _is_elementwise_only(region: DispatchRegion) -> bool:
    """Elementwise ops of tensors. Of others back ends were seen to make two loop nests, or to compute wrongly."""
    works = [found for op in region.body.ops[:-1] if not tensor.is_empty(op) and (found := linalg.structured(op)) is not None]
    return all(work.ins and work.is_elementwise and not work.only_yields_input for work in works)


def _gives_back(region: DispatchRegion) -> bool:
    """Whether an op of the region is erased, so that the region would return what that op reads twice."""
    works = [found for op in region.body.ops[:-1] if (found := linalg.structured(op)) is not None]
    return any(work.body is not None and folding.gives_back_an_argument(work.body) for work in works)


def _reads_each_once(use: Operand) -> bool:
    reader = linalg.structured(use.op)
    used = reader.map_of(use) if reader is not None else None
    return reader is not None and use in reader.ins and used is not None and used.is_permutation


@dataclass(frozen=True, eq=False)
class _Pair:
    producer: DispatchRegion
    consumer: DispatchRegion
    kept: list[Value]
    draft: Draft

    def body(self) -> str:
        """The ops of both, then one return; names of the producer's that mean something else there are made fresh."""
        inner = self.draft.indent(self.consumer.op)
        names = self._renamed()
        yielded = [regions.new_name(value, names) for value in self.producer.yielded]
        first = _text(self.producer, self._edits(names))
        second = _text(self.consumer, self._reading(yielded))
        given = [self._given(value, yielded) for value in self.consumer.yielded]
        given += [yielded[value.index] for value in self.kept]
        kinds = [*regions.types_of(self.consumer.op), *(regions.types_of(self.producer.op)[value.index] for value in self.kept)]
        returned = f"{inner}  flow.return {', '.join(given)} : {', '.join(kinds)}\n"
        return f"{{\n{first}{second}{returned}{inner}}}"

    def _renamed(self) -> dict[Value, str]:
        own = {value.name: value for value in regions.defined(self.producer.op)}
        taken = {value.name for value in regions.defined(self.consumer.op)}
        taken |= places.named_between(self.producer.op, self.consumer.op)
        fresh: dict[str, str] = {}
        for name in sorted(own):
            if name in taken:
                fresh[name] = self.draft.fresh(name[1:])
        return {value: fresh[value.name] for value in regions.defined(self.producer.op) if value.name in fresh}

    def _edits(self, names: dict[Value, str]) -> list[Edit]:
        """The producer's definitions and uses of the renamed values."""
        return list(regions.renaming(names))

    def _reading(self, yielded: list[str]) -> list[Edit]:
        """The consumer's reads of the producer, now of what the producer's ops make."""
        inside = [use for value in self.producer.op.results for use in value.uses if self.consumer.op.encloses(use.op)]
        return [Edit(use.range, yielded[use.value.index]) for use in inside]

    def _given(self, value: Value, yielded: list[str]) -> str:
        return yielded[value.index] if value.op is self.producer.op else places.spelled(value)


def _text(region: DispatchRegion, edits: list[Edit]) -> str:
    """The lines of the region's ops without its return, edited."""
    text = region.op.module.text
    start = region.op.regions[0].range.start + 1
    end = region.body.ops[-1].range.start
    inside = [Edit(edit.range.shift(-start), edit.text) for edit in edits if start <= edit.range.start < end]
    lines = apply_edits(text[start:end], inside)
    return f"{lines.lstrip(_BREAK).rstrip()}{_BREAK}" if lines.strip() else ""


_BREAK = "\n"


REWRITE = Rewrite("merge-dispatches", "Make one dispatch of the two", Aim.FEWER_DISPATCHES, apply)
SHARED = Rewrite("merge-shared-dispatch", "Make one dispatch of the two, which returns both", Aim.MAYBE_FEWER, apply_shared)
