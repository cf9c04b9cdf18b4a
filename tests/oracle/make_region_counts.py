"""Writes `server/dispatch_lens/ir/region_counts.json`: the regions that the compiler gives each op, where the number is fixed.

    python tests/oracle/make_region_counts.py

The compiler is asked by its verifier: an op made without regions, or with one, is refused with the number it wants. Each batch
runs in a forked child, because some verifiers crash on an op without operands.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from pathlib import Path

from iree.compiler import ir

from dispatch_lens.ir import known_ops

TABLE = Path(__file__).parents[2] / "server" / "dispatch_lens" / "ir" / "region_counts.json"
BATCH = 200


def main() -> None:
    names = [name for dialect in known_ops.dialects() for name in known_ops.names(dialect)]
    counts: dict[str, int] = {}
    at = 0
    while at < len(names):
        answers, at = ask_batch(names, at)
        counts.update({name: count for name, count in answers.items() if count})
    TABLE.write_text(table_text(counts))


def ask_batch(names: list[str], start: int) -> tuple[dict[str, int], int]:
    """The counts of up to BATCH ops from `start` on, and where to go on: after the op that crashed the child, if one did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            answer_batch(names[start : start + BATCH], out.write, out.flush)
        os._exit(0)
    os.close(writing)
    answers: dict[str, int] = {}
    done = 0
    with os.fdopen(reading) as lines:
        for line in lines:
            done = json.loads(line)[0]
            answers.update(json.loads(line)[1])
    os.waitpid(child, 0)
    return answers, start + done + 1


def answer_batch(names: list[str], write, flush) -> None:  # type: ignore[no-untyped-def]
    context = ir.Context()
    for i, name in enumerate(names):
        write(json.dumps([i, {}]) + "\n")
        flush()
        if context.is_registered_operation(name):
            write(json.dumps([i, {name: wanted_regions(context, name)}]) + "\n")


def wanted_regions(context: ir.Context, name: str) -> int:
    """The number of regions that the verifier wants; 0 where it wants none or any number."""
    if "requires zero regions" in complaint(context, name, 1):
        return 0
    refused = complaint(context, name, 0)
    several = re.search(r"expected (\d+) regions", refused)
    return 1 if "requires one region" in refused else int(several.group(1)) if several else 0


def complaint(context: ir.Context, name: str, regions: int) -> str:
    with context, ir.Location.unknown():
        try:
            ir.Operation.create(name, regions=regions).verify()
        except ir.MLIRError as error:
            return error.error_diagnostics[0].message
        except Exception as error:
            return str(error)
    return ""


def table_text(counts: dict[str, int]) -> str:
    grouped: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for name, count in sorted(counts.items()):
        dialect, _, rest = name.partition(".")
        grouped[count][dialect].append(rest)
    blocks = []
    for count, dialects in sorted(grouped.items()):
        rows = ",\n".join(f'  "{dialect}": "{" ".join(names)}"' for dialect, names in dialects.items())
        blocks.append(f' "{count}": {{\n{rows}\n }}')
    return "{\n" + ",\n".join(blocks) + "\n}\n"


if __name__ == "__main__":
    main()
