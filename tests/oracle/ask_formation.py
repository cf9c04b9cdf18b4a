"""Asks the compiler of the running interpreter which dispatch regions it forms, for one JSON line after another.

    python tests/oracle/ask_formation.py < questions.jsonl > answers.jsonl

A question is {"text", "aggressive"}; its answer is the list of groups, each the sorted [line, column] of the ops that
the pass form-dispatch-regions puts into one region, or a string where the compiler refuses the text. Regions that the text
has are left out. Needs the package iree-base-compiler, or iree-compiler of 2024, and nothing of this repository.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib import metadata

from iree.compiler import ir, passmanager

Partition = list[list[tuple[int, int]]]


def partition(text: str, aggressive: bool, context: ir.Context) -> Partition:
    """The groups that the pass forms. Raises ir.MLIRError (or ValueError) where the text or the pass is refused."""
    module = ir.Module.parse(text, context)
    before = {_position(op) for op in _walk(module.operation) if op.name == "flow.dispatch.region"}
    formation = f"{pass_name()}{{aggressive-fusion={str(aggressive).lower()}}}"
    with context:
        passes = passmanager.PassManager.parse(f"builtin.module(func.func({formation}),util.func({formation}))")
        passes.run(module.operation)
    regions = [op for op in _walk(module.operation) if op.name == "flow.dispatch.region"]
    return sorted(members for region in regions if _position(region) not in before and (members := _members(region)))


@cache
def pass_name() -> str:
    """The pass as the installed compiler calls it: it was a flow pass up to 2024-08."""
    old = any(found.metadata["Name"] == "iree-compiler" for found in metadata.distributions())
    return "iree-flow-form-dispatch-regions" if old else "iree-dispatch-creation-form-dispatch-regions"


def main() -> None:
    context = ir.Context()
    context.enable_multithreading(False)
    for line in sys.stdin:
        question = json.loads(line)
        try:
            answer: Partition | str = partition(question["text"], question["aggressive"], context)
        except (ir.MLIRError, ValueError) as error:
            answer = str(error).splitlines()[0]
        print(json.dumps(answer), flush=True)


def _members(region: ir.Operation) -> list[tuple[int, int]]:
    ops = [child.operation for child in region.regions[0].blocks[0].operations]
    return sorted(_position(op) for op in ops if op.name != "flow.return")


def _walk(op: ir.Operation) -> Iterator[ir.Operation]:
    for region in op.regions:
        for block in region:
            for child in block.operations:
                yield child.operation
                yield from _walk(child.operation)


def _position(op: ir.Operation) -> tuple[int, int]:
    found = re.match(r'loc\(".*?":(\d+):(\d+)', str(op.location))
    return (int(found[1]), int(found[2])) if found else (0, 0)


if __name__ == "__main__":
    main()
