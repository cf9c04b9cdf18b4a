"""Writes `region_counts.json` and `result_counts.json` of `server/dispatch_lens/ir`: what the compiler gives each op, where
the number is fixed.

    python tests/oracle/make_op_counts.py

The compiler is asked by its verifier: an op made without regions, or without results, is refused with the number it wants. Each
batch runs in a forked child, because some verifiers crash on an op without operands.
"""

from __future__ import annotations

import json
import os
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from iree.compiler import ir

from dispatch_lens.ir import known_ops

FOLDER = Path(__file__).parents[2] / "server" / "dispatch_lens" / "ir"
BATCH = 200
KINDS = ("region", "result")


def main() -> None:
    names = [name for dialect in known_ops.dialects() for name in known_ops.names(dialect)]
    counts: dict[str, dict[str, int]] = {kind: {} for kind in KINDS}
    at = 0
    while at < len(names):
        answers, at = ask_batch(names, at)
        for kind, name, count in answers:
            counts[kind][name] = count
    for kind in KINDS:
        (FOLDER / f"{kind}_counts.json").write_text(table_text({name: count for name, count in counts[kind].items() if count}))


Answer = tuple[str, str, int]
"""A kind, an op and its number."""


def ask_batch(names: list[str], start: int) -> tuple[list[Answer], int]:
    """What is known of up to BATCH ops from `start` on, and where to go on: after the op that crashed the child, if one did."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        with os.fdopen(writing, "w") as out:
            for answer in answer_batch(names[start : start + BATCH]):
                out.write(json.dumps(answer) + "\n")
                out.flush()
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as lines:
        answers = [json.loads(line) for line in lines]
    os.waitpid(child, 0)
    asked = [name for kind, name, _ in answers if kind == "asked"]
    return [answer for answer in answers if answer[0] in KINDS], start + len(asked)


def answer_batch(names: list[str]) -> Iterator[Answer]:
    """One answer `asked` an op, and then what is found: it is told before the next question may crash."""
    context = ir.Context()
    for name in names:
        yield "asked", name, 0
        if context.is_registered_operation(name):
            regions = wanted(complaint(context, name, 0), "region")
            yield "region", name, regions
            yield "result", name, wanted(complaint(context, name, regions), "result")


def wanted(refused: str, kind: str) -> int:
    """The number that the verifier wants; 0 where it wants none or any number."""
    several = re.search(rf"expected (\d+) {kind}s", refused)
    return 1 if f"requires one {kind}" in refused else int(several.group(1)) if several else 0


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
