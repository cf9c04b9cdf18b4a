"""Does a rewrite compute the same? Compiles two programs, runs both on the same random inputs, compares the results.

The modules run in a child of the install's interpreter. It knows inputs that are tensors or scalars; a program whose
functions take anything else is refused.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypedDict, cast

from dispatch_lens.compiler import find, protocol, subprocesses, worker

ELEMENT = r"(?:[su]?i(?:1|8|16|32|64)|f16|f32|f64|bf16|index)"
ARGUMENT = re.compile(rf"{ELEMENT}|tensor<(?:(?:\d+|\?)x)*{ELEMENT}>")
PROGRAM = Path(__file__).with_name("run_main.py")


class JsonComparison(TypedDict):
    equal_bits: bool
    max_abs: float
    max_rel: float
    has_numbers: bool
    before_seconds: float | None
    after_seconds: float | None


def compare(
    install: protocol.Install,
    bindings: worker.Worker,
    before: protocol.Program,
    after: protocol.Program,
    inputs: protocol.Inputs,
    backend: protocol.Backend = "llvm-cpu",
    children: subprocesses.Children | None = None,
) -> protocol.Comparison | protocol.CompilerFailure:
    """Both programs must have the same signature; `bindings` is a worker of `install` and reads it from `before`."""
    if install.python is None or install.iree_compile is None:
        return protocol.CompilerFailure("absent", f"IREE {install.version} was found without a Python or iree-compile.")
    limits = bindings.limits
    function = signature(bindings, before.text, inputs.function)
    if isinstance(function, protocol.CompilerFailure):
        return function
    try:
        return compiled_and_run(install, function, (before, after), inputs, backend, limits, children)
    except OSError as error:
        return subprocesses.no_disk(error)


def compiled_and_run(
    install: protocol.Install,
    function: worker.JsonFunction,
    programs: tuple[protocol.Program, protocol.Program],
    inputs: protocol.Inputs,
    backend: protocol.Backend,
    limits: protocol.Limits,
    children: subprocesses.Children | None,
) -> protocol.Comparison | protocol.CompilerFailure:
    """Raises OSError where the disk does not let it."""
    assert install.python is not None
    assert install.iree_compile is not None
    command = [install.iree_compile, *flags(install, backend)]
    with tempfile.TemporaryDirectory(prefix="dispatch-lens-") as folder, ThreadPoolExecutor(2) as pool:
        compiled = [
            pool.submit(compile_program, command, program, Path(folder, name), limits, children)
            for name, program in zip(("before", "after"), programs)
        ]
        for failed in (each.result() for each in compiled):
            if failed:
                return failed
        job = {
            "function": function["name"],
            "arguments": inputs.arguments.get(function["name"], function["arguments"]),
            "before": str(Path(folder, "before", "output.vmfb")),
            "after": str(Path(folder, "after", "output.vmfb")),
            "seed": inputs.seed,
            "dynamic_size": inputs.dynamic_size,
            "low": inputs.low,
            "high": inputs.high,
            "timed_runs": inputs.timed_runs,
        }
        return run_job(install.python, Path(folder, "job.json"), job, backend, limits, children)


def compile_fully(
    install: protocol.Install,
    program: protocol.Program,
    backend: protocol.Backend,
    limits: protocol.Limits,
    children: subprocesses.Children | None = None,
) -> float | protocol.CompilerFailure:
    """Seconds of wall clock that iree-compile needs for the whole program."""
    if install.iree_compile is None:
        return protocol.CompilerFailure("absent", f"IREE {install.version} was found without iree-compile.")
    started = time.monotonic()
    try:
        with tempfile.TemporaryDirectory(prefix="dispatch-lens-") as folder:
            command = [install.iree_compile, *flags(install, backend)]
            failed = compile_program(command, program, Path(folder, "program"), limits, children)
    except OSError as error:
        return subprocesses.no_disk(error)
    return failed or time.monotonic() - started


def compile_program(
    compiler: Sequence[str],
    program: protocol.Program,
    folder: Path,
    limits: protocol.Limits,
    children: subprocesses.Children | None,
) -> protocol.CompilerFailure | None:
    folder.mkdir()
    source, output = folder / "input.mlir", folder / "output.vmfb"
    source.write_text(program.text, encoding="utf-8")
    done = subprocesses.run_program([*compiler, str(source), "-o", str(output), *program.flags], limits, children)
    return done if isinstance(done, protocol.CompilerFailure) else None


def run_job(
    python: str,
    path: Path,
    job: worker.Json,
    backend: protocol.Backend,
    limits: protocol.Limits,
    children: subprocesses.Children | None,
) -> protocol.Comparison | protocol.CompilerFailure:
    path.write_text(json.dumps(job), encoding="utf-8")
    done = subprocesses.run_program([python, str(PROGRAM), str(path)], limits, children)
    if isinstance(done, protocol.CompilerFailure):
        return protocol.CompilerFailure(done.kind, f"Running the compiled programs failed: {done.message}")
    said = cast(dict[str, object], json.loads(done.stdout.splitlines()[-1]))
    if "ok" in said:
        return protocol.Comparison(**cast(JsonComparison, said["ok"]), backend=backend)
    return worker.failure(said["failure"])


def signature(bindings: worker.Worker, text: str, name: str | None) -> worker.JsonFunction | protocol.CompilerFailure:
    """The function to run: the one of that name, or the first public one that takes what can be drawn.

    The asynchronous twin of a function, which takes fences, is passed by for that.
    """
    functions = worker.functions(bindings, text)
    if isinstance(functions, protocol.CompilerFailure):
        return functions
    fitting = [one for one in functions if one["name"] == name or (name is None and one["public"])]
    answers = [runnable(one) for one in fitting]
    good = [one for one in answers if not isinstance(one, protocol.CompilerFailure)]
    if answers:
        return good[0] if good else answers[0]
    wanted = f"function @{name}" if name else "public function"
    return protocol.CompilerFailure("refused", f"The text has no {wanted} that could be run.")


def runnable(function: worker.JsonFunction) -> worker.JsonFunction | protocol.CompilerFailure:
    for kind in function["arguments"]:
        if not ARGUMENT.fullmatch(kind):
            return protocol.CompilerFailure("refused", f"No random value is known for an argument of type {kind}.")
    return function


def flags(install: protocol.Install, backend: protocol.Backend) -> tuple[str, ...]:
    """Flags of iree-compile for one backend, without the micro-kernels and the host's own instructions."""
    if find.version_key(install.version) >= (3,):
        device = ("--iree-hal-target-device=local", f"--iree-hal-local-target-device-backends={backend}")
    else:
        device = (f"--iree-hal-target-backends={backend}",)
    if backend == "vmvx":
        return device
    return (*device, "--iree-llvmcpu-target-cpu=generic", "--iree-llvmcpu-enable-ukernels=none")
