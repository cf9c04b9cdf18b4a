# pyright: basic, reportAttributeAccessIssue=false
"""The program of the worker process: holds IREE's bindings and answers JSON lines.

Runs under any Python from 3.9 on that can import `iree.compiler`, or else MLIR's own `mlir`, which can only verify; imports
nothing of this project. One request a line on stdin, one answer a line on stdout; whatever C++ or a pass prints goes to
stderr. It knows nothing of documents: a request carries one section of a dump, free of `loc(...)`, so that an op's
location is the line and the byte column of its name.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections import Counter

CONTEXT_REQUESTS = 64
FUNCTIONS = ("func.func", "util.func", "util.initializer")
SEVERITIES = ("error", "warning", "note", "remark")
WARM_UP = """
func.func @warm(%x: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %y = linalg.matmul ins(%x, %x : tensor<4x4xf32>, tensor<4x4xf32>) outs(%x : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %y : tensor<4x4xf32>
}
"""
IREE_OP = re.compile(r"[#!]?\b(?:flow|hal|stream|util|vm|iree_\w+)\.[a-z]")
POSITION = re.compile(r'"-":(\d+):(\d+)')


class Refused(Exception):
    """The compiler does not take this text or these options; the argument is the sentence to show."""


def main() -> None:
    answers = take_stdout()
    try:
        compiler = Compiler()
    except ImportError as error:
        send(answers, {"failure": {"kind": "absent", "message": f"This Python cannot import iree.compiler: {error}."}})
        return
    send(answers, {"ok": {"passes": compiler.prefix}})
    for line in sys.stdin.buffer:
        request = json.loads(line)
        arm_alarm(request.get("seconds", 0))
        send(answers, answer(compiler, request))
        arm_alarm(0)
        compiler.after_request()


def answer(compiler, request):
    try:
        with compiler.context:
            return {"ok": REQUESTS[request["do"]](compiler, request)}
    except Refused as error:
        return failure("refused", str(error))
    except MemoryError:
        return failure("memory", "The compiler ran out of memory.")
    except Exception as error:
        return failure("refused", f"The compiler failed: {one_line(str(error)) or type(error).__name__}")


def load():
    """The bindings' modules, and whether they know IREE's dialects."""
    try:
        from iree.compiler import ir, passmanager  # pyright: ignore[reportMissingImports]
    except ImportError:
        from mlir import ir, passmanager  # pyright: ignore[reportMissingImports]

        return ir, passmanager, False
    return ir, passmanager, True


class Compiler:
    """The bindings, one context for many requests, and how this version names its passes."""

    def __init__(self):
        # The bindings would load numpy for builders of constants, which doubles the start.
        sys.modules["numpy"] = None  # pyright: ignore[reportArgumentType]
        self.ir, self.passmanager, self.knows_iree = load()
        self.renew()
        self.prefix = self.find_prefix()
        self.warm()

    def warm(self):
        """Group one small op, so that the first request does not pay for loading what grouping needs."""
        with self.context, contextlib.suppress(Refused):
            self.form(self.parse(WARM_UP), None)

    def renew(self):
        self.context = self.ir.Context()
        self.context.enable_multithreading(False)
        self.served = 0

    def after_request(self):
        self.served += 1
        if self.served >= CONTEXT_REQUESTS:
            self.renew()

    def find_prefix(self):
        with self.context:
            for prefix in ("iree-dispatch-creation-", "iree-flow-"):
                if self.knows(f"builtin.module(func.func({prefix}form-dispatch-regions))"):
                    return prefix
        return "iree-dispatch-creation-"

    def knows(self, pipeline):
        try:
            self.passmanager.PassManager.parse(pipeline)
        except ValueError:
            return False
        return True

    def parse(self, text):
        """A verified module, ops of dialects that this IREE does not have allowed in their generic form."""
        self.context.allow_unregistered_dialects = True
        errors, module = self.try_parse(text)
        if module is None:
            raise Refused(sentence(errors))
        return module

    def try_parse(self, text):
        try:
            return [], self.ir.Module.parse(text)
        except self.ir.MLIRError as error:
            return [read_diagnostic(item) for item in error.error_diagnostics], None

    def run(self, module, pipeline):
        try:
            manager = self.passmanager.PassManager.parse(pipeline)
        except ValueError as error:
            raise Refused(f"This IREE does not know the pipeline: {one_line(str(error))}") from None
        try:
            manager.run(module.operation)
        except self.ir.MLIRError as error:
            raise Refused(sentence([read_diagnostic(item) for item in error.error_diagnostics])) from None

    def form(self, module, options):
        step = f"{self.prefix}form-dispatch-regions{braces(options)}"
        self.run(module, f"builtin.module({','.join(f'{name}({step})' for name in FUNCTIONS)})")

    def flow_pipeline(self, options):
        steps = ["iree-import-public", "iree-abi-transformation-pipeline"]
        steps.append("iree-global-optimization-transformation-pipeline" + braces(options.get("global_optimization")))
        creation = braces(options.get("creation"))
        if self.prefix == "iree-flow-" and creation:
            raise Refused("This IREE has no pipeline of its own for dispatch creation, so its options cannot be set.")
        if self.prefix != "iree-flow-":
            steps.append("iree-dispatch-creation-pipeline" + creation)
        return f"builtin.module({','.join([*steps, 'iree-flow-transformation-pipeline'])})"


def do_verify(compiler, request):
    context = compiler.context
    context.allow_unregistered_dialects = False
    if not compiler.knows_iree and IREE_OP.search(request["text"]):
        raise Refused("MLIR's own bindings do not know the dialects of IREE that stand here.")
    found = []

    def keep(diagnostic):
        found.append(read_diagnostic(diagnostic))
        return True

    with context.attach_diagnostic_handler(keep):
        errors, _ = compiler.try_parse(request["text"])
    return errors + found


def do_ops(compiler, request):
    module = compiler.parse(request["text"])
    return [
        [
            operation.name,
            position(operation),
            depth,
            len(operation.results),
            len(operation.operands),
            len(operation.regions),
            [definer_line(value) for value in operation.operands],
        ]
        for operation, depth, _ in walk(module.operation)
    ]


def do_functions(compiler, request):
    module = compiler.parse(request["text"])
    functions = {symbol(op): op for op, _, _ in walk(module.operation) if op.name in ("func.func", "util.func")}
    return [
        {"name": name, "arguments": argument_types(compiler, functions, name), "public": is_public(operation)}
        for name, operation in functions.items()
        if len(operation.regions[0].blocks)
    ]


def do_partition(compiler, request):
    return partition(compiler, compiler.parse(request["text"]), request.get("form"))


def do_count(compiler, request):
    regions = partition(compiler, compiler.parse(request["text"]), request.get("form"))["regions"]
    return dict(flow_count(compiler, compiler.parse(request["text"]), request), regions=len(regions))


def do_inline_count(compiler, request):
    module = compiler.parse(request["text"])
    inlined = inline(module, request["regions"])
    whole = compiler.parse(request["text"])
    inline(whole, request["regions"])
    groups = partition(compiler, module, request.get("form"))
    count = dict(flow_count(compiler, whole, request), regions=len(groups["regions"]))
    return {"inlined": inlined, "partition": groups, "count": count}


def do_run_pipeline(compiler, request):
    module = compiler.parse(request["text"])
    compiler.run(module, request["pipeline"].replace("iree-dispatch-creation-", compiler.prefix))
    return str(module)


REQUESTS = {
    "verify": do_verify,
    "ops": do_ops,
    "functions": do_functions,
    "partition": do_partition,
    "count": do_count,
    "inline_count": do_inline_count,
    "run_pipeline": do_run_pipeline,
}


def partition(compiler, module, options):
    """The regions after form-dispatch-regions, each op by its place in the text, and how many there were before."""
    before = [position(operation) for operation, _, _ in outermost_regions(module)]
    compiler.form(module, options)
    regions = [
        {
            "function": function,
            "root": position(operation),
            "preformed": position(operation) in before,
            "ops": [[op.operation.name, position(op.operation)] for op in body(operation)[:-1]],
        }
        for operation, _, function in outermost_regions(module)
    ]
    return {"before": len(before), "regions": regions}


def flow_count(compiler, module, options):
    """Dispatch sites and executables after the whole pipeline; constant evaluation does not run here."""
    compiler.run(module, compiler.flow_pipeline(options))
    counts = Counter()
    for operation, _, function in walk(module.operation):
        if operation.name == "flow.executable":
            counts["executables"] += 1
        if operation.name == "flow.dispatch":
            counts["initializer_sites" if function == "" else "sites"] += 1
    return {name: counts[name] for name in ("sites", "initializer_sites", "executables")}


def inline(module, chosen):
    """Move the ops of the chosen regions before their region and drop it; None chooses all. Returns how many."""
    regions = [operation for operation, _, _ in outermost_regions(module)]
    places = [position(operation) for operation in regions]
    missing = [] if chosen is None else [place for place in chosen if place not in places]
    if missing:
        raise Refused(f"There is no flow.dispatch.region at line {missing[0][0]}, column {missing[0][1]}.")
    taken = [region for region, place in zip(regions, places) if chosen is None or place in chosen]
    for region in taken:
        dissolve(region)
    return len(taken)


def dissolve(region):
    *inner, terminator = body(region)
    for op in inner:
        op.operation.move_before(region)
    for result, value in zip(list(region.results), list(terminator.operation.operands)):
        result.replace_all_uses_with(value)
    region.erase()


def body(region):
    return list(region.regions[0].blocks[0].operations)


def outermost_regions(module):
    return [item for item in walk(module.operation, "flow.dispatch.region") if item[0].name == "flow.dispatch.region"]


def walk(root, opaque=None):
    """(op, depth, function) in text order; "" is the function of an initializer. Ops named `opaque` are not entered."""
    stack = [(root, 0, "")]
    while stack:
        operation, depth, function = stack.pop()
        yield operation, depth, function
        if operation.name == opaque:
            continue
        inside = symbol(operation) if operation.name in FUNCTIONS else function
        children = [op.operation for region in operation.regions for block in region for op in block]
        stack.extend((child, depth + 1, inside) for child in reversed(children))


def symbol(operation):
    return operation.attributes["sym_name"].value if "sym_name" in operation.attributes else ""


def is_public(operation):
    attributes = operation.attributes
    return "sym_visibility" not in attributes or attributes["sym_visibility"].value == "public"


def argument_types(compiler, functions, name):
    """Types as text; for a buffer view the tensor that the function, or its async twin, imports it as."""
    arguments = list(functions[name].regions[0].blocks[0].arguments)
    twin = functions.get(f"{name}$async")
    sources = list(twin.regions[0].blocks[0].arguments)[: len(arguments)] if twin else arguments
    return [imported_type(source) or str(argument.type) for argument, source in zip(arguments, sources)]


def imported_type(argument):
    if str(argument.type) != "!hal.buffer_view":
        return None
    users = [use.owner.operation for use in argument.uses]
    imports = [user for user in users if user.name == "hal.tensor.import"]
    return str(imports[0].results[0].type) if imports else None


def position(operation):
    return place_of(operation.location)


def place_of(location):
    """[line, column] or None; a column that MLIR counts from 0 is given as 1."""
    found = POSITION.search(str(location))
    if not found or found.group(1) == "0":
        return None
    return [int(found.group(1)), max(int(found.group(2)), 1)]


def definer_line(value):
    owner = value.owner
    if not hasattr(owner, "location"):
        return None
    place = place_of(owner.location)
    return place and place[0]


def read_diagnostic(diagnostic):
    severity = str(diagnostic.severity).rsplit(".", 1)[-1].lower()
    notes = [[place_of(note.location), note.message] for note in diagnostic.notes]
    return {
        "position": place_of(diagnostic.location),
        "severity": severity if severity in SEVERITIES else "error",
        "message": diagnostic.message,
        "notes": [note for note in notes if not note[1].startswith("see current operation")],
    }


def braces(options):
    return "{" + " ".join(f"{name}={value}" for name, value in options.items()) + "}" if options else ""


def sentence(errors):
    if not errors:
        return "The compiler refused without saying why."
    place = errors[0]["position"]
    where = f"Line {place[0]}, column {place[1]}: " if place else ""
    return where + one_line(errors[0]["message"])


def one_line(text):
    return " ".join(text.split())[:400]


def failure(kind, message):
    return {"failure": {"kind": kind, "message": message}}


def take_stdout():
    """A private copy of stdout for the answers; whatever else is printed there ends on stderr."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def send(answers, value):
    answers.write(json.dumps(value).encode() + b"\n")
    answers.flush()


def limit_memory(limit):
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    except (ImportError, ValueError, OSError):
        return


def arm_alarm(seconds):
    """Ends this process in C++ code too, should the parent be gone; 0 disarms."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


if __name__ == "__main__":
    sys.path.pop(0)
    limit_memory(int(sys.argv[1]))
    main()
