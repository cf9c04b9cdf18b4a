# pyright: basic
"""The program of the process that runs two compiled modules on the same random inputs and compares what they return.

`python run_main.py JOB.json` prints one JSON object. Runs under any Python from 3.9 on that can import `iree.runtime`
and numpy, and imports nothing of this project.
"""

from __future__ import annotations

import json
import math
import re
import statistics
import sys
import time

LONGEST_TIMING_SECONDS = 20.0
FLOATS = {"f16": "float16", "f32": "float32", "f64": "float64", "bf16": "bfloat16"}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as stream:
        job = json.load(stream)
    sys.path.pop(0)
    try:
        import numpy
        from iree import runtime  # pyright: ignore[reportMissingImports, reportAttributeAccessIssue]
    except ImportError as error:
        print(json.dumps({"failure": {"kind": "absent", "message": f"This Python cannot run modules: {error}."}}))
        return
    try:
        result = {"ok": compare(numpy, runtime, job)}
    except Exception as error:
        result = {"failure": {"kind": "refused", "message": f"The run failed: {' '.join(str(error).split())[:400]}"}}
    print(json.dumps(result))


def compare(numpy, runtime, job):
    random = numpy.random.default_rng(job["seed"])
    inputs = [draw(numpy, random, kind, job) for kind in job["arguments"]]
    loaded = [load(runtime, job[name]) for name in ("before", "after")]
    before, after = (run(numpy, program, job["function"], inputs) for program in loaded)
    seconds = times(runtime, loaded, inputs, job)
    if len(before) != len(after):
        return {"equal_bits": False, "max_abs": math.inf, "max_rel": math.inf, "has_numbers": True, **seconds}
    equal = all(same_bits(one, other) for one, other in zip(before, after))
    differences = [difference(numpy, one, other) for one, other in zip(before, after)]
    return {
        "equal_bits": equal,
        "max_abs": max((absolute for absolute, _ in differences), default=0.0),
        "max_rel": max((relative for _, relative in differences), default=0.0),
        "has_numbers": any(bool(numpy.isfinite(numpy.asarray(one, dtype=numpy.float64)).any()) for one in before),
        **seconds,
    }


def load(runtime, path):
    """The module's functions, and the device that they run on: one core of the CPU."""
    config = runtime.Config("local-sync")
    with open(path, "rb") as stream:
        module = runtime.load_vm_module(runtime.VmModule.copy_buffer(config.vm_instance, stream.read()), config)
    return module, config.device


def times(runtime, loaded, inputs, job):
    """The median seconds of both programs, run in turns on inputs that are on the device already."""
    taken = [[], []]
    placed = [[on_device(runtime, device, value) for value in inputs] for _, device in loaded]
    end = time.monotonic() + LONGEST_TIMING_SECONDS
    while len(taken[1]) < job["timed_runs"] and time.monotonic() < end:
        for seconds, (module, _), values in zip(taken, loaded, placed):
            started = time.perf_counter()
            module[job["function"]](*values)
            seconds.append(time.perf_counter() - started)
    before, after = (statistics.median(seconds) if seconds else None for seconds in taken)
    return {"before_seconds": before, "after_seconds": after}


def on_device(runtime, device, value):
    return runtime.asdevicearray(device, value) if hasattr(value, "shape") else value


def run(numpy, program, function, inputs):
    """The results as arrays, copied out of the runtime's memory."""
    module, _ = program
    results = module[function](*inputs)
    results = results if isinstance(results, (tuple, list)) else (results,)
    return [numpy.array(result.to_host() if hasattr(result, "to_host") else result) for result in results]


def draw(numpy, random, kind, job):
    """A random value of this MLIR type: an array for a tensor, a Python number for a scalar, of i1 0 or 1; of `index=6` the 6."""
    if "=" in kind:
        return int(kind.split("=")[1])
    *dims, element = tensor_parts(kind)
    shape = [job["dynamic_size"] if dim == "?" else int(dim) for dim in dims]
    values = numbers(numpy, random, element, shape, job)
    return values if kind.startswith("tensor") else +values.item()


def tensor_parts(kind):
    """The dims and the element type, all as text; a scalar has no dims."""
    tensor = re.match(r"tensor<(.*)>$", kind)
    return tensor.group(1).split("x") if tensor else [kind]


def numbers(numpy, random, element, shape, job):
    if element in FLOATS:
        return numpy.asarray(random.uniform(-2.0, 2.0, shape), dtype=float_type(numpy, element))
    width = 64 if element == "index" else int(element.lstrip("sui"))
    if width == 1:
        return numpy.asarray(random.integers(0, 2, shape), dtype=bool)
    unsigned = element.startswith("u")
    low, high = (-128, 128) if width == 8 else (job["low"], job["high"])
    values = random.integers(low, high, shape)
    return numpy.asarray(values - low if unsigned else values).astype(f"{'u' if unsigned else ''}int{width}")


def float_type(numpy, element):
    if element != "bf16":
        return numpy.dtype(FLOATS[element])
    from ml_dtypes import bfloat16  # pyright: ignore[reportMissingImports]

    return numpy.dtype(bfloat16)


def same_bits(one, other):
    return one.dtype == other.dtype and one.shape == other.shape and one.tobytes() == other.tobytes()


def difference(numpy, one, other):
    """Largest absolute difference, and that relative to the largest element: a sum that cancels is as exact as its terms.

    Both are inf when shapes differ or only one side is NaN or infinite.
    """
    if one.shape != other.shape:
        return math.inf, math.inf
    wide_one, wide_other = (numpy.asarray(values, dtype=numpy.float64) for values in (one, other))
    same = (wide_one == wide_other) | (numpy.isnan(wide_one) & numpy.isnan(wide_other))
    if same.all():
        return 0.0, 0.0
    gap = numpy.abs(wide_one - wide_other)[~same]
    if not numpy.isfinite(gap).all():
        return math.inf, math.inf
    scale = max(numpy.nanmax(numpy.abs(wide_one)), numpy.nanmax(numpy.abs(wide_other)))
    return float(gap.max()), float(gap.max() / scale)


if __name__ == "__main__":
    main()
