"""The compiler as features see it: the installs of this machine, one worker each, started when first asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from dispatch_lens.compiler import find, protocol, run, subprocesses, worker

Answer = TypeVar("Answer")


class Bridge:
    """A `protocol.Compiler` over installs. Each text goes to the install that speaks its syntax; thread-safe."""

    def __init__(self, installs: Sequence[protocol.Install], limits: protocol.Limits | None = None) -> None:
        self._installs = tuple(installs)
        self.limits = limits or protocol.Limits()
        self._lock = threading.Lock()
        self._children = subprocesses.Children()
        self._workers: dict[protocol.Install, worker.Worker] = {}

    def __reduce__(self) -> tuple[type[Bridge], tuple[object, ...]]:
        """Sent to another process it starts programs of its own there."""
        return Bridge, (self._installs, self.limits)

    def installs(self) -> tuple[protocol.Install, ...]:
        return self._installs

    @property
    def is_closed(self) -> bool:
        return self._children.are_ended

    def close(self) -> None:
        """End all that runs, in other threads too; every later request is answered `absent`."""
        self._children.end()
        with self._lock:
            for each in self._workers.values():
                each.close()

    def verify(self, text: str) -> tuple[protocol.Diagnostic, ...] | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.verify(bindings, text))

    def ops(self, text: str) -> tuple[protocol.ParsedOp, ...] | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.ops(bindings, text))

    def partition(self, text: str, options: Mapping[str, str]) -> protocol.Partition | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.partition(bindings, text, options))

    def count(self, text: str, options: protocol.PipelineOptions) -> protocol.Count | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.count(bindings, text, options))

    def inline_count(
        self, text: str, regions: Sequence[protocol.Position] | None, options: protocol.PipelineOptions
    ) -> protocol.Regrouping | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.inline_count(bindings, text, regions, options))

    def run_pipeline(self, text: str, pipeline: str) -> str | protocol.CompilerFailure:
        return self._ask(text, lambda _, bindings: worker.run_pipeline(bindings, text, pipeline))

    def compile_to_flow(
        self, text: str, flags: Sequence[str], target: protocol.Backend = "llvm-cpu"
    ) -> protocol.FlowResult | protocol.CompilerFailure:
        install = find.choose_install(text, self._installs)
        if install is None:
            return no_install()
        return subprocesses.compile_to_flow(install, text, flags, target, self.limits, self._children)

    def compile_fully(
        self, text: str, flags: Sequence[str], target: protocol.Backend = "llvm-cpu"
    ) -> float | protocol.CompilerFailure:
        install = find.choose_install(text, self._installs)
        if install is None:
            return no_install()
        return run.compile_fully(install, protocol.Program(text, tuple(flags)), target, self.limits, self._children)

    def compare(
        self,
        before: protocol.Program,
        after: protocol.Program,
        inputs: protocol.Inputs,
        backend: protocol.Backend = "llvm-cpu",
    ) -> protocol.Comparison | protocol.CompilerFailure:
        return self._ask(
            before.text,
            lambda install, bindings: run.compare(install, bindings, before, after, inputs, backend, self._children),
        )

    def _ask(
        self, text: str, question: Callable[[protocol.Install, worker.Worker], Answer | protocol.CompilerFailure]
    ) -> Answer | protocol.CompilerFailure:
        install = find.choose_install(text, [each for each in self._installs if each.python])
        if install is None or install.python is None:
            return no_install()
        with self._lock:
            bindings = self._workers.setdefault(install, worker.Worker(install.python, self.limits))
        return question(install, bindings)


def no_install() -> protocol.CompilerFailure:
    return protocol.CompilerFailure("absent", "No IREE compiler with Python bindings was found.")
