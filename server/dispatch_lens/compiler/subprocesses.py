"""Runs IREE's programs as children: in a group of their own, with limits of time and memory, output in files.

It knows iree-compile down to the flow phase and how that text is counted; it does not know where programs are found.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

from dispatch_lens.compiler import protocol

HOST_OP = re.compile(
    r"^\s*(?:(util\.initializer)\b|(?:util|func)\.func\b[^@\n]*@([\w$.-]+)|"
    r"[^\n\"]*?\bflow\.dispatch (@\"[^\"\n]*\"|@[\w$.-]+))",
    re.M,
)
MEMORY = re.compile(r"bad_alloc|out of memory|cannot allocate|allocation failed|MemoryError", re.I)
MEANT = re.compile(r"Did you mean '.*'\?")
ERROR_LINE = re.compile(r"^(?:.*?\berror: |.*?: (?=Unknown command line|for the ))(.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Finished:
    """`stdout` and `stderr` as text, `seconds` of wall clock. The exit status was 0."""

    stdout: str
    stderr: str
    seconds: float


class Children:
    """The programs that run now, so that another thread can end them all; once ended, none is started any more."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self.are_ended = False

    def end(self) -> None:
        with self._lock:
            self.are_ended = True
            running = tuple(self._running)
        for process in running:
            kill_group(process)

    @contextlib.contextmanager
    def holding(self, process: subprocess.Popen[bytes]) -> Generator[None, None, None]:
        """Counts the program as running inside the block, and ends it when the block is left by an exception such as Ctrl-C."""
        with self._lock:
            self._running.add(process)
        if self.are_ended:
            kill_group(process)
        try:
            yield
        except BaseException:
            kill_group(process)
            raise
        finally:
            with self._lock:
                self._running.discard(process)


def compile_to_flow(
    install: protocol.Install,
    text: str,
    flags: Sequence[str],
    target: protocol.Backend = "llvm-cpu",
    limits: protocol.Limits = protocol.Limits(),  # noqa: B008
    children: Children | None = None,
) -> protocol.FlowResult | protocol.CompilerFailure:
    """The flow phase of `text` and its counts; `flags` are those of iree-compile and come last."""
    if install.iree_compile is None:
        return protocol.CompilerFailure("absent", f"IREE {install.version} was found without iree-compile.")
    try:
        with tempfile.TemporaryDirectory(prefix="dispatch-lens-") as folder:
            source, flow = Path(folder, "input.mlir"), Path(folder, "flow.mlir")
            source.write_text(text, encoding="utf-8")
            command = [install.iree_compile, str(source), "-o", str(flow), "--compile-to=flow"]
            done = run_program([*command, f"--iree-hal-target-backends={target}", *flags], limits, children)
            if isinstance(done, protocol.CompilerFailure):
                return done
            return count_flow(flow.read_text(encoding="utf-8"), done.seconds)
    except OSError as error:
        return no_disk(error)


def read_bytecode(
    install: protocol.Install,
    path: str,
    limits: protocol.Limits = protocol.Limits(),  # noqa: B008
    children: Children | None = None,
) -> str | protocol.CompilerFailure:
    """The text of a bytecode file, its large constants left out."""
    if install.iree_opt is None:
        return protocol.CompilerFailure("absent", f"IREE {install.version} was found without iree-opt.")
    elided = [f"--mlir-elide-{what}-if-larger=64" for what in ("elementsattrs", "resource-strings")]
    done = run_program([install.iree_opt, path, "--allow-unregistered-dialect", *elided], limits, children)
    return done if isinstance(done, protocol.CompilerFailure) else done.stdout


def count_flow(flow_text: str, seconds: float) -> protocol.FlowResult:
    """Counts of a module in the flow phase, as iree-compile prints it: one op a line."""
    called: dict[str, list[str]] = {"sites": [], "initializer_sites": [], "evaluated": []}
    inside = "sites"
    for found in HOST_OP.finditer(flow_text):
        initializer, function, executable = found.groups()
        if executable:
            called[inside].append(executable)
        elif initializer:
            inside = "initializer_sites"
        else:
            inside = "evaluated" if str(function).startswith("jit_eval") else "sites"
    sites, initial = called["sites"], called["initializer_sites"]
    return protocol.FlowResult(len(sites), len(set(sites)), len(initial), seconds, flow_text)


def run_program(
    command: Sequence[str], limits: protocol.Limits, children: Children | None = None
) -> Finished | protocol.CompilerFailure:
    """Run to the end or to a limit, or until the `children` that it is one of are ended.

    A failure carries the program's first error as its sentence.
    """
    name = Path(command[0]).name
    among = children or Children()
    if among.are_ended:
        return closed()
    started = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        try:
            process = spawn(command, subprocess.DEVNULL, out.fileno(), err.fileno())
        except OSError as error:
            return protocol.CompilerFailure("absent", f"{name} cannot be started: {error.strerror}.")
        limit_memory(process.pid, limits.memory_bytes)
        with among.holding(process):
            try:
                status = process.wait(limits.request_seconds)
            except subprocess.TimeoutExpired:
                kill_group(process)
                return too_slow(name, limits.request_seconds)
        if among.are_ended:
            return closed()
        stdout, stderr = (read_all(stream.fileno()) for stream in (out, err))
    if status:
        return broken(name, status, stderr)
    return Finished(stdout, stderr, time.monotonic() - started)


def spawn(command: Sequence[str], stdin: int, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    """A child in a process group of its own, away from the current folder. Raises OSError when it cannot start."""
    return subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True, cwd=tempfile.gettempdir())


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """End a child of `spawn` with its own children, and reap it."""
    if process.poll() is None:
        try:
            if sys.platform == "win32":
                process.kill()
            else:
                os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    process.wait()


def broken(name: str, status: int, stderr: str) -> protocol.CompilerFailure:
    """The failure that an exit status and what was printed amount to."""
    if MEMORY.search(stderr):
        return protocol.CompilerFailure("memory", f"{name} ran out of memory.")
    if status < 0:
        return protocol.CompilerFailure("crash", f"{name} crashed ({signal_name(-status)}).")
    error = ERROR_LINE.search(stderr)
    lines = stderr.strip().splitlines()
    said = error.group(0) if error else (lines[0] if lines else "it did not say why")
    meant = MEANT.search(stderr)
    words = " ".join(filter(None, (sentence(said).removeprefix(f"{name}: "), meant and meant.group(0))))
    return protocol.CompilerFailure("refused", f"{name}: {words}")


def no_disk(error: OSError) -> protocol.CompilerFailure:
    return protocol.CompilerFailure("disk", f"A file of the compile cannot be written or read: {error.strerror}.")


def closed() -> protocol.CompilerFailure:
    return protocol.CompilerFailure("absent", "The compiler was closed.")


def too_slow(name: str, seconds: float) -> protocol.CompilerFailure:
    return protocol.CompilerFailure("timeout", f"{name} did not answer within {seconds:g} s.")


def sentence(said: str) -> str:
    """One line without the path of a temporary file, whose line and column stay, and without what a target is made of."""
    line = re.sub(r"^\S*[/\\]input\.mlir:", "line ", " ".join(said.split()))
    return re.sub(r"(#hal\.executable\.target)<.*| Try: '.*", r"\1", line)[:400]


def signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def limit_memory(pid: int, size: int) -> None:
    """Bound the address space of a running child where the system can; elsewhere it stays unbounded."""
    if sys.platform == "linux":
        import resource

        try:
            resource.prlimit(pid, resource.RLIMIT_AS, (size, size))
        except (OSError, ValueError):
            return


def read_all(descriptor: int) -> str:
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, 0, os.SEEK_SET)
    with os.fdopen(os.dup(descriptor), "rb") as stream:
        return stream.read(size).decode("utf-8", "replace")
