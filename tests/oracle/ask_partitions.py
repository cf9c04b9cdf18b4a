"""Asks the compiler which dispatch regions it forms, and writes the partition as JSON lines.

    python tests/oracle/ask_partitions.py --seeds 0:200 > partitions.jsonl
    python tests/oracle/ask_partitions.py a.mlir b.mlir

A line is {"seed" or "file", "aggressive", "groups"}; `groups` has, for each flow.dispatch.region that the pass
form-dispatch-regions makes on the text as it is, the sorted [line, column] of the ops directly in it, without its
terminator. Lines and columns count from 1; a column is that of the op's name, behind `%0 = `. Groups are sorted.
Regions that the text already holds are left out; a group is empty where the pass folded what was in it. A module that
the compiler refuses gives "error" in place of "groups". `module_text` is the module of a seed. Needs the package
iree-base-compiler beside the running interpreter; only the 3.x names of the pass are known.
"""

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

from iree.compiler import ir, passmanager

if not __package__:
    import sys

    sys.path.insert(0, str(Path(__file__).parents[1]))

from oracle import generator

Position = tuple[int, int]


def partition(text: str, aggressive: str) -> list[list[Position]]:
    """The groups of the module; `aggressive` is the pass option as written, "true" or "false".

    Raises ir.MLIRError when the text is not valid or the pass fails.
    """
    with ir.Context():
        module = ir.Module.parse(text)
        regions_before = {position(op) for op in walk(module.operation) if op.name == "flow.dispatch.region"}
        formation = f"iree-dispatch-creation-form-dispatch-regions{{aggressive-fusion={aggressive}}}"
        pipeline = f"builtin.module(func.func({formation}),util.func({formation}))"
        passmanager.PassManager.parse(pipeline).run(module.operation)
        regions = [op for op in walk(module.operation) if op.name == "flow.dispatch.region"]
        return sorted(_members(op) for op in regions if position(op) not in regions_before)


def module_text(seed: int) -> str:
    """The module that a seed of this script stands for: 3 to 25 kinds of ops."""
    return generator.module(random.Random(seed), 3 + seed % 23)


def walk(op: ir.Operation) -> Iterator[ir.Operation]:
    """All ops below, outer before inner, in order."""
    for region in op.regions:
        for block in region:
            for child in block.operations:
                yield child.operation
                yield from walk(child.operation)


def position(op: ir.Operation) -> Position:
    """Line and column, from 1; (0, 0) for an op that the text does not have."""
    found = re.match(r'loc\(".*":(\d+):(\d+)', str(op.location))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", default="", metavar="FROM:TO", help="the modules of the seeds FROM to TO - 1")
    parser.add_argument("files", nargs="*", type=Path, help="files with one module each")
    options = parser.parse_args()
    bounds = [int(bound) for bound in options.seeds.split(":")] if options.seeds else [0, 0]
    for seed in range(*bounds):
        _write({"seed": seed}, module_text(seed))
    for path in options.files:
        _write({"file": str(path)}, path.read_text())


def _write(key: dict[str, object], text: str) -> None:
    for aggressive in ("false", "true"):
        print(json.dumps({**key, "aggressive": aggressive == "true", **_answer(text, aggressive)}), flush=True)


def _answer(text: str, aggressive: str) -> dict[str, object]:
    try:
        return {"groups": partition(text, aggressive)}
    except ir.MLIRError as error:
        return {"error": str(error).splitlines()[0]}


def _members(region: ir.Operation) -> list[Position]:
    ops = [child.operation for child in region.regions[0].blocks[0].operations]
    return sorted(position(op) for op in ops if op.name != "flow.return")


if __name__ == "__main__":
    main()
