# pyright: basic, reportAttributeAccessIssue=false
"""Dispatch regions: which the compiler forms, how many it counts in the end, and taking some apart."""

from __future__ import annotations

from collections import Counter

from . import walking
from .bindings import Refused
from .places import position


def partition(compiler, module, options):
    """The regions after form-dispatch-regions, each op by its place in the text, and how many there were before."""
    before = [position(operation) for operation, _, _ in walking.outermost_regions(module)]
    compiler.form(module, options)
    regions = [
        {
            "function": function,
            "root": position(operation),
            "preformed": position(operation) in before,
            "ops": [[op.operation.name, position(op.operation)] for op in walking.body(operation)[:-1]],
        }
        for operation, _, function in walking.outermost_regions(module)
    ]
    return {"before": len(before), "regions": regions}


def flow_count(compiler, module, options):
    """Dispatch sites and executables after the whole pipeline; constant evaluation does not run here."""
    compiler.run(module, compiler.flow_pipeline(options))
    counts = Counter()
    for operation, _, function in walking.walk(module.operation):
        if operation.name == "flow.executable":
            counts["executables"] += 1
        if operation.name == "flow.dispatch":
            counts["initializer_sites" if function == "" else "sites"] += 1
    return {name: counts[name] for name in ("sites", "initializer_sites", "executables")}


def inline(module, chosen):
    """Move the ops of the chosen regions before their region and drop it; None chooses all. Returns how many."""
    regions = [operation for operation, _, _ in walking.outermost_regions(module)]
    places = [position(operation) for operation in regions]
    missing = [] if chosen is None else [place for place in chosen if place not in places]
    if missing:
        raise Refused(f"There is no flow.dispatch.region at line {missing[0][0]}, column {missing[0][1]}.")
    taken = [region for region, place in zip(regions, places) if chosen is None or place in chosen]
    for region in taken:
        dissolve(region)
    return len(taken)


def dissolve(region):
    *inner, terminator = walking.body(region)
    for op in inner:
        op.operation.move_before(region)
    for result, value in zip(list(region.results), list(terminator.operation.operands)):
        result.replace_all_uses_with(value)
    region.erase()
