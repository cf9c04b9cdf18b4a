"""Let the readers of a transposed tensor read the tensor itself through a permuted indexing map.

A reader that is a named op becomes its general form; one that transposes again becomes one transpose, or nothing where the
two are inverse. All readers or none: as long as one is left the transpose stays.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch_lens.ir import affine, linalg
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand
from dispatch_lens.rewrites import generic, interchange_generic, places, transposes
from dispatch_lens.rewrites.draft import Draft
from dispatch_lens.rewrites.rewrite import Aim, Applied, Outcome, Refused, Rewrite
from dispatch_lens.rewrites.transposes import Transpose


def apply(op: Op) -> Outcome:
    found = transposes.transpose(op)
    if found is None:
        return None
    if found.is_of_constant:
        return Refused("the compiler transposes a constant once, when it compiles")
    reads = list(places.reads(found.result))
    if not reads:
        return Refused("nothing reads the transposed tensor")
    draft = Draft(op.module)
    for reader, uses in _by_reader(reads).items():
        problem = _fold(draft, found, reader, uses)
        if problem is not None:
            return problem
    names = ", ".join(dict.fromkeys(f"`{use.op.name}`" for use in reads))
    return Applied(f"fold the transpose into its reader {names}", draft.edits())


def _by_reader(reads: list[Operand]) -> dict[Op, list[Operand]]:
    found: dict[Op, list[Operand]] = {}
    for use in reads:
        found.setdefault(use.op, []).append(use)
    return found


def _fold(draft: Draft, of: Transpose, reader: Op, uses: list[Operand]) -> Refused | None:
    structured = linalg.structured(reader)
    if structured is None:
        return Refused(f"its reader `{reader.name}` has no indexing map to permute")
    if any(use not in structured.ins for use in uses):
        return Refused(f"its reader `{reader.name}` writes into the transposed tensor")
    if transposes.transpose(reader) is not None:
        return Refused("its reader is a transpose too: compose the two")
    if not places.is_visible(of.source, reader):
        return Refused(f"what it transposes is not visible at its reader `{reader.name}`")
    read = generic.read(structured, draft)
    if isinstance(read, Refused):
        return read
    for use in uses:
        read = folded(read, structured.ins.index(use), of)
    if not structured.is_generic:
        read = interchange_generic.normalised(read) or read
    generic.write(draft, reader, read)
    return None


def folded(read: generic.Generic, index: int, of: Transpose) -> generic.Generic:
    """The generic that reads the transpose's source as its operand `index`."""
    argument = read.ins[index]
    inner = affine.permute_results(argument.map, transposes.inverse(of.permutation))
    new = replace(argument, name=places.spelled(of.source), type=of.source_type, map=inner)
    return read.with_in(index, new)


def covers_loops(read: generic.Generic) -> bool:
    """Whether each loop is a plain dim of some operand's map, as the verifier wants it."""
    plain = {dim for argument in read.arguments for dim in argument.map.result_dims}
    return plain >= set(range(read.num_loops))


REWRITE = Rewrite("fold-transpose-into-consumer", "Fold the transpose into its readers", Aim.FEWER_DISPATCHES, apply)
