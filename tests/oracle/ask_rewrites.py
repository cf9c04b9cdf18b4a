"""A child of the oracle: compiles two programs in one process, runs both on equal inputs, says how far apart they are.

`python ask_rewrites.py` reads one JSON object a line, `{"before", "after", "seed", "arguments", "backends"}`, and answers each
with one line. A program that did not compile for the first back end is tried on the next. To `{"form"}` and `{"generalise"}` it
answers with `{"text"}`: that program after the pass form-dispatch-regions, or with its named ops as generics; to `{"by chance",
"seed", "arguments", "backends"}` with `{"equal_bits"}`: whether that program computes the same whatever freed memory holds. It
lives apart because a compiler may crash, and runs under the Python of any release.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Sequence
from contextlib import suppress

import numpy
from iree import runtime
from iree.compiler import ir, passmanager
from iree.compiler.api import Output, Session, Source

from dispatch_lens.compiler import run_main

PLAIN = ("--iree-llvmcpu-target-cpu=generic", "--iree-llvmcpu-enable-ukernels=none")
FORM = "builtin.module(func.func(iree-{}-form-dispatch-regions{{aggressive-fusion=false}}))"
PASSES = {
    "form": (FORM.format("dispatch-creation"), FORM.format("flow")),
    "generalise": ("builtin.module(linalg-generalize-named-ops)",),
}
"""By what is asked, the pipelines of today's and of older releases."""
MAIN = re.compile(r"(?:func|util)\.func (?:public )?@(\w+)\(([^{]*?)\)\s*(?:->|\{)", re.DOTALL)
SIZES = re.compile(r"// dynamic sizes: ([\d, ]+)")
JOB = {"dynamic_size": 4, "low": -8, "high": 8}
sessions: dict[str, Session] = {}
compiled: dict[tuple[str, str], bytes | None] = {}


def main() -> None:
    for line in sys.stdin:
        asked = json.loads(line)
        print(json.dumps(said(asked)), flush=True)


def said(asked: dict[str, object]) -> dict[str, object]:
    if "by chance" in asked:
        return {"equal_bits": is_steady(asked)}
    name = next((each for each in PASSES if each in asked), None)
    return answer(asked) if name is None else {"text": after_passes(str(asked[name]), PASSES[name])}


def after_passes(text: str, pipelines: Sequence[str]) -> str | None:
    """The program after the first pipeline that the release knows; None where that fails."""
    with ir.Context() as context:
        context.enable_multithreading(False)
        module = ir.Module.parse(text)
        try:
            known(pipelines).run(module.operation)
        except ir.MLIRError:
            return None
        return str(module)


def known(pipelines: Sequence[str]) -> passmanager.PassManager:
    for pipeline in pipelines[:-1]:
        with suppress(ValueError):
            return passmanager.PassManager.parse(pipeline)
    return passmanager.PassManager.parse(pipelines[-1])


def answer(pair: dict[str, object]) -> dict[str, object]:
    before, after = str(pair["before"]), str(pair["after"])
    failures: list[str] = []
    for backend in pair["backends"]:  # type: ignore[attr-defined]
        first = program(backend, before)
        if first is None:
            failures.append(f"before does not compile for {backend}")
            continue
        second = program(backend, after)
        if second is None:
            failures.append(f"after does not compile for {backend}")
            continue
        return {"backend": backend, "failures": failures, **compare(first, second, pair)}
    return {"backend": None, "failures": failures}


def program(backend: str, text: str) -> bytes | None:
    key = (backend, hashlib.sha1(text.encode()).hexdigest())
    if key not in compiled:
        compiled[key] = build(backend, text)
    return compiled[key]


def build(backend: str, text: str) -> bytes | None:
    if backend not in sessions:
        sessions[backend] = started(backend)
    session = sessions[backend]
    invocation = session.invocation()
    source = Source.wrap_buffer(session, text.encode() + b"\0")
    if not invocation.parse_source(source) or not invocation.execute():
        return None
    output = Output.open_membuffer()
    invocation.output_vm_bytecode(output)
    return bytes(output.map_memory())


def started(backend: str) -> Session:
    """A session with the flags of iree-compile, without the micro-kernels and the host's own instructions.

    Releases up to 3.1 do not know the device's backends here, though their iree-compile does. They tile the data of a matrix
    product inside of a formed dispatch too, which no back end compiles.
    """
    session = Session()
    try:
        session.set_flags("--iree-hal-target-device=local", f"--iree-hal-local-target-device-backends={backend}", *PLAIN)
    except ValueError:
        session = Session()
        session.set_flags(f"--iree-hal-target-backends={backend}", "--iree-opt-data-tiling=false", *PLAIN)
    return session


def compare(before: bytes, after: bytes, pair: dict[str, object]) -> dict[str, object]:
    name, inputs = drawn(str(pair["before"]), pair)
    one, other = (run(module, name, inputs) for module in (before, after))
    gaps = [run_main.difference(numpy, a, b) for a, b in zip(one, other)]
    equal = len(one) == len(other) and all(run_main.same_bits(a, b) for a, b in zip(one, other))
    return {"equal_bits": equal, "max_rel": max((gap[1] for gap in gaps), default=0.0)}


def is_steady(asked: dict[str, object]) -> bool:
    """Whether the program gives the same where freed memory holds zeros, and where it holds what is no number."""
    text, backends = str(asked["by chance"]), list(asked["backends"])  # type: ignore[call-overload]
    built = next((found for backend in backends if (found := program(backend, text)) is not None), None)
    if built is None:
        return True
    results: list[list[numpy.ndarray]] = []
    for byte in (0, 255):
        name, inputs = drawn(text, asked)
        freed_with(byte)
        results.append(run(built, name, inputs))
    return all(map(run_main.same_bits, *results))


def freed_with(byte: int) -> None:
    """Leaves this byte in memory that the next allocations will get."""
    for size in (1 << power for power in range(8, 24)):
        taken = [numpy.full(size, byte, numpy.uint8) for _ in range(min(64, (1 << 26) // size))]
        del taken


def drawn(text: str, asked: dict[str, object]) -> tuple[str, list[object]]:
    """The name of the text's function, and random inputs of it."""
    name, arguments = signature(text)
    arguments = dict(asked["arguments"]).get(name, arguments)  # type: ignore[call-overload]
    random = numpy.random.default_rng(int(str(asked["seed"])))
    return name, [run_main.draw(numpy, random, kind, JOB) for kind in arguments]


def signature(text: str) -> tuple[str, list[str]]:
    """The name of the function, and the types of its arguments, dynamic dims with the sizes that the text's head says."""
    found = MAIN.search(text)
    assert found is not None, text
    sizes = iter(re.findall(r"\d+", said[1]) if (said := SIZES.search(text)) is not None else [])
    arguments = re.sub(r"\?", lambda _: next(sizes, str(JOB["dynamic_size"])), found[2])
    return found[1], [each.split(":", 1)[1].strip() for each in re.split(r",\s*(?=%)", arguments) if each.strip()]


def run(module: bytes, name: str, inputs: list[object]) -> list[numpy.ndarray]:
    config = runtime.Config("local-sync")
    loaded = runtime.load_vm_module(runtime.VmModule.copy_buffer(config.vm_instance, module), config)
    results = loaded[name](*inputs)
    results = results if isinstance(results, (tuple, list)) else (results,)
    return [numpy.array(result.to_host() if hasattr(result, "to_host") else result) for result in results]


if __name__ == "__main__":
    main()
