"""A long-lived child process that holds IREE's bindings, and the questions put to it.

One lock a worker: requests from several threads queue. A child that crashes, hangs or eats too much memory is one
failed answer; the next request starts another. The child's program is `worker_main.py`.
"""

from __future__ import annotations

import contextlib
import json
import os
import queue
import subprocess
import tempfile
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, TypedDict, cast

from dispatch_lens.compiler import protocol, scope, subprocesses

PROGRAM = Path(__file__).with_name("worker_main.py")
ALARM_MARGIN_SECONDS = 5.0
DEATH_SECONDS = 10.0
STDERR_TAIL_BYTES = 64 << 10

Json = Mapping[str, object]
JsonPlace = tuple[int, int] | None


class JsonFailure(TypedDict):
    kind: protocol.FailureKind
    message: str


class JsonDiagnostic(TypedDict):
    position: JsonPlace
    severity: protocol.Severity
    message: str
    notes: list[tuple[JsonPlace, str]]


class JsonRegion(TypedDict):
    function: str
    root: JsonPlace
    preformed: bool
    ops: list[tuple[str, JsonPlace]]


class JsonPartition(TypedDict):
    before: int
    regions: list[JsonRegion]


class JsonCount(TypedDict):
    regions: int
    sites: int
    initializer_sites: int
    executables: int


class JsonRegrouping(TypedDict):
    inlined: int
    partition: JsonPartition
    count: JsonCount


class JsonFunction(TypedDict):
    name: str
    public: bool
    arguments: list[str]


class Worker:
    """The child of one interpreter. Thread-safe; `close` may be called while another thread waits."""

    def __init__(self, python: str, limits: protocol.Limits | None = None) -> None:
        self.limits = limits or protocol.Limits()
        self._python = python
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._closed = False

    def ask(self, request: Json) -> object | protocol.CompilerFailure:
        """The answer's JSON value. The child starts with the first request, or anew after a failure."""
        with self._lock:
            child = self._running_child()
            if isinstance(child, protocol.CompilerFailure):
                return child
            seconds = self.limits.request_seconds
            answer = child.exchange({**request, "seconds": seconds + ALARM_MARGIN_SECONDS}, seconds)
            if child.process.returncode is not None:
                self._child = None
            return subprocesses.closed() if self._closed else answer

    def start(self) -> protocol.CompilerFailure | None:
        """Start the child ahead of the first request; waits until it has loaded the bindings."""
        with self._lock:
            child = self._running_child()
            return child if isinstance(child, protocol.CompilerFailure) else None

    def close(self) -> None:
        """End the child; every later request is answered `absent`."""
        self._closed = True
        child = self._child
        if child is not None:
            child.end()

    def _running_child(self) -> _Child | protocol.CompilerFailure:
        if self._closed:
            return subprocesses.closed()
        if self._child is not None and self._child.process.poll() is None:
            return self._child
        child = start_child(self._python, self.limits)
        if isinstance(child, protocol.CompilerFailure):
            return child
        self._child = child
        hello = child.receive(self.limits.start_seconds)
        if not isinstance(hello, protocol.CompilerFailure) and not self._closed:
            return child
        child.end()
        self._child = None
        return hello if isinstance(hello, protocol.CompilerFailure) else subprocesses.closed()


class _Child:
    """A running `worker_main.py`, its answers as a queue that ends with None."""

    def __init__(self, process: subprocess.Popen[bytes], stderr: IO[bytes]) -> None:
        self.process = process
        self._stderr = stderr
        self._answers: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        threading.Thread(target=self._read, daemon=True, name="iree-worker-answers").start()

    def exchange(self, request: Json, seconds: float) -> object | protocol.CompilerFailure:
        os.ftruncate(self._stderr.fileno(), 0)
        os.lseek(self._stderr.fileno(), 0, os.SEEK_SET)
        try:
            assert self.process.stdin is not None
            self.process.stdin.write(json.dumps(request).encode() + b"\n")
            self.process.stdin.flush()
        except OSError:
            return self._death()
        return self.receive(seconds)

    def receive(self, seconds: float) -> object | protocol.CompilerFailure:
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            self.end()
            return subprocesses.too_slow("The compiler", seconds)
        if line is None:
            return self._death()
        answer = cast(dict[str, object], json.loads(line))
        if "ok" in answer:
            return answer["ok"]
        return failure(answer["failure"])

    def end(self) -> None:
        subprocesses.kill_group(self.process)

    def _death(self) -> protocol.CompilerFailure:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(DEATH_SECONDS)
        self.end()
        tail = subprocesses.read_all(self._stderr.fileno())[-STDERR_TAIL_BYTES:]
        return subprocesses.broken("The compiler", self.process.returncode, tail)

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as answers:
            for line in answers:
                self._answers.put(line)
        self._answers.put(None)


def start_child(python: str, limits: protocol.Limits) -> _Child | protocol.CompilerFailure:
    """A child that will first answer whether it could load the bindings."""
    stderr = tempfile.TemporaryFile()  # noqa: SIM115  (lives as long as the child)
    command = [python, str(PROGRAM), str(limits.memory_bytes)]
    try:
        process = subprocesses.spawn(command, subprocess.PIPE, subprocess.PIPE, stderr.fileno())
    except OSError as error:
        return protocol.CompilerFailure("absent", f"{python} cannot be started: {error.strerror}.")
    return _Child(process, stderr)


def verify(worker: Worker, text: str) -> tuple[protocol.Diagnostic, ...] | protocol.CompilerFailure:
    answer = worker.ask({"do": "verify", "text": scope.clear_locations(text)})
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    return tuple(diagnostic(item, text) for item in cast(list[JsonDiagnostic], answer))


def ops(worker: Worker, text: str) -> tuple[protocol.ParsedOp, ...] | protocol.CompilerFailure:
    answer = worker.ask({"do": "ops", "text": scope.closed(text)})
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    rows = cast(list[tuple[str, JsonPlace, int, int, int, int, list[int | None]]], answer)
    return tuple(
        protocol.ParsedOp(name, position(place), depth, results, operands, regions, tuple(definers))
        for name, place, depth, results, operands, regions, definers in rows
    )


def functions(worker: Worker, text: str) -> tuple[JsonFunction, ...] | protocol.CompilerFailure:
    """Functions with a body and the types that their arguments take from a caller, as text."""
    answer = worker.ask({"do": "functions", "text": scope.closed(text)})
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    return tuple(cast(list[JsonFunction], answer))


def partition(worker: Worker, text: str, options: Mapping[str, str]) -> protocol.Partition | protocol.CompilerFailure:
    answer = worker.ask({"do": "partition", "text": scope.closed(text), "form": options})
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    return read_partition(cast(JsonPartition, answer))


def count(worker: Worker, text: str, options: protocol.PipelineOptions) -> protocol.Count | protocol.CompilerFailure:
    answer = worker.ask({"do": "count", "text": scope.closed(text), **spell(options)})
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    return protocol.Count(**cast(JsonCount, answer))


def inline_count(
    worker: Worker, text: str, regions: Sequence[protocol.Position] | None, options: protocol.PipelineOptions
) -> protocol.Regrouping | protocol.CompilerFailure:
    places = None if regions is None else [[place.line, place.column] for place in regions]
    request = {"do": "inline_count", "text": scope.closed(text), "regions": places, **spell(options)}
    answer = worker.ask(request)
    if isinstance(answer, protocol.CompilerFailure):
        return answer
    said = cast(JsonRegrouping, answer)
    return protocol.Regrouping(said["inlined"], read_partition(said["partition"]), protocol.Count(**said["count"]))


def run_pipeline(worker: Worker, text: str, pipeline: str) -> str | protocol.CompilerFailure:
    answer = worker.ask({"do": "run_pipeline", "text": scope.closed(text), "pipeline": pipeline})
    return answer if isinstance(answer, protocol.CompilerFailure) else cast(str, answer)


def spell(options: protocol.PipelineOptions) -> Json:
    return {
        "form": options.form,
        "creation": options.creation,
        "global_optimization": options.global_optimization,
    }


def read_partition(said: JsonPartition) -> protocol.Partition:
    regions = (
        protocol.FormedRegion(
            region["function"],
            position(region["root"]),
            region["preformed"],
            tuple(protocol.RegionOp(name, position(place)) for name, place in region["ops"]),
        )
        for region in said["regions"]
    )
    return protocol.Partition(said["before"], tuple(regions))


def diagnostic(said: JsonDiagnostic, text: str) -> protocol.Diagnostic:
    place = position(said["position"])
    return protocol.Diagnostic(
        place,
        said["severity"],
        said["message"],
        tuple(protocol.Note(position(where), message) for where, message in said["notes"]),
        scope.is_artefact(place, said["message"], text),
    )


def failure(said: object) -> protocol.CompilerFailure:
    return protocol.CompilerFailure(**cast(JsonFailure, said))


def position(place: JsonPlace) -> protocol.Position | None:
    return None if place is None else protocol.Position(*place)
