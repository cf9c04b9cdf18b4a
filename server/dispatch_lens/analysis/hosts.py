"""The program that one or more sections make: functions, initializers and executables, of each the latest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from dispatch_lens.analysis import kinds
from dispatch_lens.ir import executables, flow
from dispatch_lens.ir.executables import FUNCTIONS, Executable
from dispatch_lens.ir.module import Module, Op


@dataclass(frozen=True, eq=False)
class Host:
    """Code that calls dispatches: a function, an initializer, or, with no `op`, ops that stand outside any function."""

    op: Op | None
    ops: tuple[Op, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """`jit_eval` names the functions left out because the compiler itself runs them."""

    functions: tuple[Host, ...]
    initializers: tuple[Host, ...]
    executables: Mapping[str, Executable]
    jit_eval: tuple[str, ...]


def program(modules: Sequence[Module]) -> Program:
    """What the sections define together; a later definition of a symbol replaces an earlier one."""
    functions: dict[str, Host] = {}
    loose: list[Host] = []
    initializers: dict[str, Host] = {}
    found: dict[str, Executable] = {}
    for module in modules:
        found.update((one.name, one) for one in executables.executables(module))
        ops = tuple(_top_level(module.ops))
        functions.update((op.symbol or "", _host(op)) for op in ops if op.name in FUNCTIONS)
        initializers.update((op.text, _host(op)) for op in ops if op.name == "util.initializer")
        rest = tuple(op for op in ops if op.name not in _DEFINITIONS)
        loose += [Host(None, rest)] if rest else []
    left_out = tuple(name for name in functions if name.startswith("jit_eval"))
    kept = tuple(host for name, host in functions.items() if name not in left_out)
    return Program((*kept, *loose), tuple(initializers.values()), found, left_out)


def dispatch_ops(host: Host) -> Iterator[Op]:
    """The outermost dispatches of a host, in text order. A region without results, which only asserts, falls away later."""
    yield from (op for op in _outermost(host.ops) if op.results or op.name != "flow.dispatch.region")


def tensor_ops(host: Host) -> Iterator[Op]:
    """The ops of a host that some dispatch must do: structured ops but fills, pads, packs, concats."""
    for op in host.ops:
        yield from op.walk_where(_needs_dispatch)


def is_dispatch_function(op: Op) -> bool:
    """Whether the function is a dispatch's body: it binds buffers, or its arguments are dispatch tensors."""
    if op.name != "func.func" or not op.regions:
        return False
    arguments = op.regions[0].blocks[0].arguments if op.regions[0].blocks else ()
    if any(flow.dispatch_tensor(argument.type) is not None for argument in arguments):
        return True
    return any(inner.name == "hal.interface.binding.subspan" for inner in op.regions[0].ops)


def _needs_dispatch(op: Op) -> bool:
    return kinds.op_kind(op) is not None and op.name not in _CLONED


_CLONED = ("tensor.extract_slice",)
_DEFINITIONS = (
    *FUNCTIONS,
    "util.initializer",
    "util.global",
    "flow.executable",
    "stream.executable",
    "hal.executable",
)


def _top_level(ops: Iterable[Op]) -> Iterator[Op]:
    for op in ops:
        if op.name == "builtin.module":
            yield from _top_level(inner for region in op.regions for inner in region.ops)
        else:
            yield op


def _host(op: Op) -> Host:
    return Host(op, tuple(inner for region in op.regions for block in region.blocks for inner in block.ops))


def _outermost(ops: Iterable[Op]) -> Iterator[Op]:
    for op in ops:
        if flow.is_dispatch(op):
            yield op
            continue
        for region in op.regions:
            if region.may_have(flow.is_dispatch):
                yield from _outermost(inner for block in region.blocks for inner in block.ops)
