"""The dispatches of a program, in whatever shape the text has them: formed, outlined, one alone, or not formed yet.

`report` takes the sections that make one program: a whole module, or one section a function. Of two sections of one
function the later counts. Functions named `jit_eval…`, which the compiler runs itself to fold constants, are left out
and named; dispatches of initializers are listed apart. It does not know which functions a caller runs, nor how often a
loop turns.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Literal, TypeAlias
from weakref import WeakKeyDictionary

from dispatch_lens.analysis import cost, hosts, kinds, left_outside, summaries
from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.ir import flow, tensor, types, uses
from dispatch_lens.ir.module import Block, Module, Op
from dispatch_lens.ir.value import Value

Shape: TypeAlias = Literal["regions", "workgroups", "outlined", "executables", "function", "linalg", "none"]


@dataclass(frozen=True, eq=False)
class Dispatch:
    """One dispatch as the program runs it.

    `op` is the region, the call site, or the function where it stands alone; `body` is None where the text does not
    hold it. `producers` and `consumers` are ordinals. Equal `signature` means equal work: one executable once outlined.
    """

    ordinal: int
    name: str
    kind: str
    op: Op
    body: Block | None
    root: Op | None
    ops: tuple[Op, ...]
    summary: str
    bytes_read: int | None
    bytes_written: int | None
    flops: int | None
    producers: tuple[int, ...]
    consumers: tuple[int, ...]
    signature: str


@dataclass(frozen=True, eq=False)
class Edge:
    """A tensor that one dispatch writes and another reads, `via` the ops outside dispatches that it goes through."""

    producer: int
    consumer: int
    value: Value
    bytes: int | None
    via: tuple[Op, ...]


@dataclass(frozen=True, eq=False)
class DispatchReport:
    """The dispatches of one program.

    `executed` counts call sites or regions, None where the text has executables and no caller. `unique_executables` is
    None before outlining. `to_dispatch` are the ops that will need a dispatch: where none is formed yet no count of
    dispatches, else what was left outside of them, each one more in the end, and `initial_to_dispatch` the same in
    initializers. `copies` only move bytes, `flow_copies` are the ops that do so outside any dispatch.
    """

    shape: Shape
    dispatches: tuple[Dispatch, ...]
    edges: tuple[Edge, ...]
    executed: int | None
    unique_executables: int | None
    initializers: tuple[Dispatch, ...]
    jit_eval: tuple[str, ...]
    to_dispatch: tuple[Op, ...]
    initial_to_dispatch: tuple[Op, ...]
    flow_copies: tuple[Op, ...]

    @property
    def copies(self) -> tuple[Dispatch, ...]:
        return tuple(dispatch for dispatch in self.dispatches if dispatch.kind in kinds.COPIES)

    @property
    def standalone_transposes(self) -> tuple[Dispatch, ...]:
        return tuple(dispatch for dispatch in self.dispatches if dispatch.kind == "transpose")

    @property
    def by_kind(self) -> Mapping[str, int]:
        """Executed dispatches by kind, the most frequent first."""
        return dict(Counter(dispatch.kind for dispatch in self.dispatches).most_common())

    def dispatch_of(self, op: Op) -> Dispatch | None:
        """The dispatch whose op is `op` or holds it."""
        return next((found for holder in (op, *op.ancestors()) if (found := self._by_op.get(holder)) is not None), None)

    @cached_property
    def _by_op(self) -> Mapping[Op, Dispatch]:
        return {dispatch.op: dispatch for dispatch in reversed(self.dispatches)}


def report(modules: Sequence[Module]) -> DispatchReport:
    """The dispatches of the program that these sections make."""
    program = hosts.program(modules)
    sites = [op for host in program.functions for op in hosts.dispatch_ops(host)]
    if sites:
        return _formed(program, sites)
    alone = _alone(program)
    if alone:
        return _standing_alone(program, alone)
    ops = tuple(op for host in program.functions for op in hosts.tensor_ops(host))
    return _report("linalg" if ops else "none", program, (), to_dispatch=ops, executed=0)


def _formed(program: hosts.Program, sites: Sequence[Op]) -> DispatchReport:
    shape = _shape_of(sites[0])
    initial = [op for host in program.initializers for op in hosts.dispatch_ops(host)]
    unique: int | None = None
    if shape == "outlined":
        called = {site.executable for op in (*sites, *initial) if (site := flow.dispatch_site(op)) is not None}
        unique = len(program.executables) or len(called)
    left, initially = (_left(hosts_) if shape != "outlined" else () for hosts_ in (program.functions, program.initializers))
    return _report(shape, program, _parts(program, sites), _parts(program, initial), len(sites), unique, left, initially)


def _left(among: Sequence[hosts.Host]) -> tuple[Op, ...]:
    return tuple(op for host in among for op in left_outside.left_outside(host.ops))


def _standing_alone(program: hosts.Program, alone: Sequence[_Part]) -> DispatchReport:
    if program.executables:
        return _report("executables", program, alone, executed=None, unique=len(program.executables))
    return _report("function", program, alone, executed=None, unique=len(alone))


@dataclass(frozen=True, eq=False)
class _Part:
    """A dispatch before its neighbours are known. `read` are the values that it reads from around it."""

    op: Op
    name: str
    body: Block | None
    signature: str
    read: tuple[Value, ...] = ()


def _report(
    shape: Shape,
    program: hosts.Program,
    parts: Sequence[_Part],
    initial: Sequence[_Part] = (),
    executed: int | None = None,
    unique: int | None = None,
    to_dispatch: tuple[Op, ...] = (),
    initial_to_dispatch: tuple[Op, ...] = (),
) -> DispatchReport:
    edges = tuple(_edges([part.op for part in parts]))
    copies = tuple(op for host in program.functions for op in host.ops if flow.is_copy(op))
    return DispatchReport(
        shape=shape,
        dispatches=_dispatches(parts, edges),
        edges=edges,
        executed=executed,
        unique_executables=unique,
        initializers=_dispatches(initial, ()),
        jit_eval=program.jit_eval,
        to_dispatch=to_dispatch,
        initial_to_dispatch=initial_to_dispatch,
        flow_copies=copies,
    )


def _dispatches(parts: Sequence[_Part], edges: Iterable[Edge]) -> tuple[Dispatch, ...]:
    """The parts with their work, which is told once for those of one signature, and their neighbours."""
    producers: dict[int, dict[int, None]] = {}
    consumers: dict[int, dict[int, None]] = {}
    for edge in edges:
        producers.setdefault(edge.consumer, {})[edge.producer] = None
        consumers.setdefault(edge.producer, {})[edge.consumer] = None
    known: dict[str, _Work] = {}
    return tuple(
        _dispatch(i, part, known, tuple(producers.get(i, ())), tuple(consumers.get(i, ()))) for i, part in enumerate(parts)
    )


def _dispatch(
    ordinal: int, part: _Part, known: dict[str, _Work], producers: tuple[int, ...], consumers: tuple[int, ...]
) -> Dispatch:
    told = _told(part, known)
    work, inside = told.work, _inside(part)
    return Dispatch(
        ordinal=ordinal,
        name=part.name,
        kind=work.kind,
        op=part.op,
        body=part.body,
        root=None if work.root is None else inside[work.root],
        ops=tuple([inside[i] for i in work.ops]),
        summary=work.summary,
        bytes_read=told.bytes_read,
        bytes_written=told.bytes_written,
        flops=work.flops,
        producers=producers,
        consumers=consumers,
        signature=part.signature,
    )


@dataclass(frozen=True, eq=False)
class _Work:
    """What all dispatches of one signature do. `ops` and `root` count the ops of the body, those in its loops too."""

    kind: str
    ops: tuple[int, ...]
    root: int | None
    summary: str
    flops: int | None


@dataclass(frozen=True, eq=False)
class _Told:
    """What one dispatch does, whatever stands around the function that holds its body."""

    work: _Work
    bytes_read: int | None
    bytes_written: int | None


_TOLD: WeakKeyDictionary[Op, _Told] = WeakKeyDictionary()
"""By the op that holds the body, as long as its IR: most of it is that of the reading before, where a text is edited."""


def _told(part: _Part, known: dict[str, _Work]) -> _Told:
    holder = part.op if part.body is None else part.body.region.op
    found = _TOLD.get(holder)
    if found is None:
        work = known.get(part.signature) or _work(part)
        found = _TOLD[holder] = _Told(work, *_traffic(part))
    known.setdefault(part.signature, found.work)
    return found


def _work(part: _Part) -> _Work:
    if part.body is None:
        return _Work(kinds.kind_of_name(part.name), (), None, part.name, None)
    ops = kinds.compute_ops(part.body)
    root = kinds.root_of(ops)
    places = {op: i for i, op in enumerate(_inside(part))}
    return _Work(
        kind=kinds.dispatch_kind(ops),
        ops=tuple(places[op] for op in ops),
        root=None if root is None else places[root],
        summary=summaries.summary(ops, part.body),
        flops=cost.flops(ops),
    )


def _inside(part: _Part) -> tuple[Op, ...]:
    return () if part.body is None else tuple(kinds.through_control_flow(part.body))


def _traffic(part: _Part) -> tuple[int | None, int | None]:
    if part.op.name == "flow.dispatch.region":
        return cost.region_traffic(part.op, part.read)
    return cost.body_traffic(part.body) if part.body is not None else (None, None)


def _shape_of(op: Op) -> Shape:
    if op.name == "flow.dispatch.region":
        return "regions"
    return "workgroups" if op.name == "flow.dispatch.workgroups" else "outlined"


def _parts(program: hosts.Program, ops: Iterable[Op]) -> tuple[_Part, ...]:
    return tuple(_part(program, op) for op in ops)


def _part(program: hosts.Program, op: Op) -> _Part:
    site = flow.dispatch_site(op)
    if site is None:
        body = op.regions[0].blocks[0] if op.regions and op.regions[0].blocks else None
        read = uses.read_values(op)
        return _Part(op, op.results[0].name if op.results else op.name, body, _region_signature(op, read), read)
    executable = program.executables.get(site.executable)
    function = executable.function(site.entry) if executable is not None else None
    return _Part(op, site.entry, _entry_block(function), "::".join(site.entry_points[0]))


def _alone(program: hosts.Program) -> tuple[_Part, ...]:
    """One part for each exported function of executables without a caller, or for each function that is a dispatch."""
    functions = [f for one in program.executables.values() for f in one.functions.values() if f.symbol in one.exports]
    if not program.executables:
        functions = [host.op for host in program.functions if host.op is not None and hosts.is_dispatch_function(host.op)]
    return tuple(_Part(f, f.symbol or "", _entry_block(f), _region_signature(f, ())) for f in functions)


def _entry_block(function: Op | None) -> Block | None:
    return function.regions[0].blocks[0] if function is not None and function.regions and function.regions[0].blocks else None


def _edges(ops: Sequence[Op]) -> Iterator[Edge]:
    ordinals = {op: i for i, op in enumerate(ops)}
    for producer, value in ((ordinals[op], value) for op in ops for value in op.results):
        for consumer, via in uses.reached(value, _carries):
            if consumer in ordinals:
                yield Edge(producer, ordinals[consumer], value, cost.value_bytes(value), via)


def _carries(op: Op) -> bool:
    """Whether a tensor that goes into the op comes out of it without a dispatch, or in each dispatch that reads it."""
    if uses.is_view_like(op) or flow.tensor_kind(op) in _CARRYING or op_kinds.is_bit_extend_op(op):
        return True
    return tensor.extract_slice(op) is not None or tensor.insert_slice(op) is not None or tensor.concat(op) is not None


_CARRYING = ("update", "clone", "slice", "transfer", "reshape", "bitcast")
_NAMES_APART = re.compile(r"(%[\w$.\-]+)")
_ALIAS = re.compile(r"#\w+")
_LOCATION = re.compile(r"\s+loc\((?:[^()]|\([^()]*\))*\)")


_SIGNATURES: WeakKeyDictionary[Op, str] = WeakKeyDictionary()


def _region_signature(op: Op, read: Iterable[Value]) -> str:
    """The digest of an op and what it reads, kept as long as its IR."""
    found = _SIGNATURES.get(op)
    if found is None:
        found = _SIGNATURES[op] = _digest(op, read)
    return found


def _digest(op: Op, read: Iterable[Value]) -> str:
    """A digest of the op's text with values numbered, aliases expanded, locations and its own symbol dropped."""
    text = op.text
    text = _LOCATION.sub("", text) if "loc(" in text else text
    text = _ALIAS.sub(lambda match: op.module.aliases.get(match[0], match[0]), text) if "#" in text else text
    if op.symbol is not None:
        text = text.replace(op.symbol, "")
    parts = _NAMES_APART.split(text)
    numbers = {name: f"%{i}" for i, name in enumerate(dict.fromkeys(parts[1::2]))}
    parts[1::2] = map(numbers.__getitem__, parts[1::2])
    outside = ", ".join([_type_text(value.type) for value in read])
    return hashlib.sha256(f"{' '.join(''.join(parts).split())} : {outside}".encode()).hexdigest()[:16]


@lru_cache(maxsize=4096)
def _type_text(of: types.Type | None) -> str:
    return str(of) if isinstance(of, types.TensorType) else ""
