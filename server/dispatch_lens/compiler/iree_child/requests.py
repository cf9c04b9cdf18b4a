# pyright: basic, reportAttributeAccessIssue=false
"""The questions that the worker answers, by name: from a request to a value that JSON can hold."""

from __future__ import annotations

import re

from . import places, regions, walking
from .bindings import Refused

IREE_OP = re.compile(r"[#!]?\b(?:flow|hal|stream|util|vm|iree_\w+)\.[a-z]")


def do_verify(compiler, request):
    context = compiler.context
    context.allow_unregistered_dialects = False
    if not compiler.knows_iree and IREE_OP.search(request["text"]):
        raise Refused("MLIR's own bindings do not know the dialects of IREE that stand here.")
    found = []

    def keep(diagnostic):
        found.append(places.read_diagnostic(diagnostic))
        return True

    with context.attach_diagnostic_handler(keep):
        errors, _ = compiler.try_parse(request["text"])
    return errors + found


def do_ops(compiler, request):
    module = compiler.parse(request["text"])
    return [
        [
            operation.name,
            places.position(operation),
            depth,
            len(operation.results),
            len(operation.operands),
            len(operation.regions),
            [places.definer_line(value) for value in operation.operands],
        ]
        for operation, depth, _ in walking.walk(module.operation)
    ]


def do_functions(compiler, request):
    module = compiler.parse(request["text"])
    functions = {walking.symbol(op): op for op, _, _ in walking.walk(module.operation) if op.name in ("func.func", "util.func")}
    return [
        {"name": name, "arguments": walking.argument_types(functions, name), "public": walking.is_public(operation)}
        for name, operation in functions.items()
        if len(operation.regions[0].blocks)
    ]


def do_partition(compiler, request):
    return regions.partition(compiler, compiler.parse(request["text"]), request.get("form"))


def do_count(compiler, request):
    groups = regions.partition(compiler, compiler.parse(request["text"]), request.get("form"))
    return dict(regions.flow_count(compiler, compiler.parse(request["text"]), request), regions=len(groups["regions"]))


def do_inline_count(compiler, request):
    module = compiler.parse(request["text"])
    inlined = regions.inline(module, request["regions"])
    whole = compiler.parse(request["text"])
    regions.inline(whole, request["regions"])
    groups = regions.partition(compiler, module, request.get("form"))
    count = dict(regions.flow_count(compiler, whole, request), regions=len(groups["regions"]))
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
