"""Which obstacle the ops between two pieces of work are: reshapes, slices, pads, barriers, calls, another block."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.analysis import reshapes, symbols
from dispatch_lens.analysis.blockers import concats
from dispatch_lens.analysis.blockers.neighbours import Edge
from dispatch_lens.analysis.blockers.torn import torn
from dispatch_lens.analysis.fusion.iteration import iteration, linalg_op
from dispatch_lens.analysis.reshapes import Pair
from dispatch_lens.ir import linalg, tensor
from dispatch_lens.ir.module import Op

_LOOPS = frozenset({"scf.for", "scf.while", "scf.forall"})
_BY_NAME = (
    ("util.optimization_barrier", "optimization-barrier"),
    ("flow.tensor.transfer", "device-transfer"),
    ("iree_tensor_ext.compute_barrier.start", "compute-barrier"),
    ("iree_tensor_ext.compute_barrier.end", "compute-barrier"),
    ("tensor.concat", "concat-between"),
    ("tensor.extract_slice", "extract-slice-between"),
    ("flow.tensor.slice", "extract-slice-between"),
)


def blocker_between(edge: Edge) -> tuple[str | None, str] | None:
    """The obstacle that stands between the two, with a sentence; None where they are next to each other.

    The code is None for an op between that is no known obstacle.
    """
    call = next((piece.op for piece in (edge.producer, edge.consumer) if piece.kind == "call"), None)
    if call is not None:
        return _by_call(call)
    blocks = _other_block(edge)
    if blocks is not None:
        return blocks
    if _is_padding_copy(edge):
        return "pad-before-conv", "the padding has become a fill and a copy into it, a step of its own before its reader"
    if edge.producer.kind == "region" and concats.copies_what_is_computed(edge.reader) and not edge.via:
        return "concat-between", "the concat has become copies into one tensor, each a step of its own"
    named = next(((op, code) for name, code in _BY_NAME for op in edge.via if op.name == name), None)
    if named is not None:
        return named[1], _SENTENCES[named[1]].format(name=named[0].name)
    if not edge.via:
        return None
    shapes = [found for op in edge.via if (found := tensor.reshape(op)) is not None]
    if len(shapes) == len([op for op in edge.via if not _is_cast(op)]) and shapes:
        return _by_reshapes(edge, shapes)
    return None, f"{edge.via[0].name} stands between the two, and dispatches form of ops that read each other directly"


def _by_call(call: Op) -> tuple[str, str]:
    if _is_inlined(call):
        return "inlined-call", f"{call.name} is replaced by the ops of what it calls before dispatches form"
    return "call-boundary", f"{call.name} stands between: a dispatch never reaches into another function"


def _is_inlined(call: Op) -> bool:
    """Whether the function has a body in the text, which neither forbids it nor calls itself."""
    function = symbols.called(call)
    if function is None or not function.regions or "noinline" in function.attributes:
        return False
    policy = str(function.attributes.get("inlining_policy", ""))
    return "never" not in policy and not any(symbols.called(op) is function for op in function.walk())


def _is_padding_copy(edge: Edge) -> bool:
    """Whether the maker, in no dispatch yet, copies a tensor into a filled one that a formed convolution reads."""
    inserted, reader = tensor.insert_slice(edge.maker), linalg_op(edge.reader)
    if inserted is None or edge.producer.kind != "mover" or edge.consumer.kind != "region" or reader is None:
        return False
    if any(stride != 1 for stride in inserted.strides):
        return False
    into = inserted.dest.value.op if inserted.dest is not None else None
    return reader.is_convolution and into is not None and into.name in ("linalg.fill", "flow.tensor.splat")


_SENTENCES = {
    "optimization-barrier": "{name} stands between: nothing moves or fuses across it",
    "device-transfer": "{name} moves the tensor to another device, so the two run in different places",
    "compute-barrier": "{name} stands between: it marks an edge of the program that reshapes and fusion do not cross",
    "concat-between": "{name} stands between: it is taken apart into slices that are copied into one tensor",
    "extract-slice-between": "{name} stands between: it is cloned into its reader, so the tensor before it must be in memory",
}


def _other_block(edge: Edge) -> tuple[str, str] | None:
    if edge.maker.block is edge.reader.block or "region" in (edge.producer.kind, edge.consumer.kind):
        return None
    holders = [op for end in (edge.maker, edge.reader) for op in end.ancestors() if op.dialect == "scf"]
    if not holders:
        return None
    loop = next((op for op in holders if op.name in _LOOPS), None)
    if loop is not None:
        return "different-block-loop", f"one of the two is inside {loop.name}: dispatches form block by block"
    return "different-block", f"one of the two is inside {holders[0].name}: dispatches form block by block"


def _is_cast(op: Op) -> bool:
    return op.name in ("tensor.cast", "flow.tensor.tie_shape")


def _by_reshapes(edge: Edge, shapes: Sequence[tensor.Reshape]) -> tuple[str | None, str]:
    pair = reshapes.pair_after(shapes[-1]) if len(shapes) > 1 else None
    torn_apart = torn(edge, shapes[-1]) if pair is None else None
    if torn_apart is not None:
        return torn_apart
    if pair is None and (_is_transpose(edge.maker) or (_is_transpose(edge.reader) and _takes_transposes(edge.maker))):
        return "transpose-reshape-transpose", "transposes move through a lone reshape before dispatches form"
    if pair is not None and not pair.is_foldable:
        return _PAIRS[pair.effect], _pair_sentence(pair)
    if shapes[-1].kind == "collapse":
        sentence = "the collapse moves down past an elementwise reader before dispatches form"
        return "collapse-between-root-and-elementwise", sentence
    maker = linalg_op(edge.maker)
    if maker is None or not maker.is_generic or maker.is_contraction or maker.is_convolution:
        sentence = "the expand_shape cannot move up past an op that is no plain generic, nor down: " + _not_down(edge, shapes[-1])
        return "expand-between-root-and-elementwise", sentence
    space = iteration(edge.maker)
    if space is not None and not space.is_all_parallel:
        sentence = "the expand_shape could only move up past a reduction, which reshape movement does not do by itself"
        return "reshape-after-reduction", sentence
    sentence = "the expand_shape could not move out of the way: " + _not_down(edge, shapes[-1])
    return "expand-between-root-and-elementwise", sentence


_PAIRS = {
    "unit-dims": "unit-dim-reshape-between",
    "regroups": "reshape-pair-between",
    "unknown": "dynamic-reshape-between",
}


def _pair_sentence(pair: Pair) -> str:
    if pair.effect == "unit-dims":
        return "the reshapes between only move dims of size 1, but they do not fold to one reshape"
    if pair.effect == "regroups":
        return "the reshapes between deal the elements of a dim out to dims anew, so neither can move past both ops"
    return "the reshapes between regroup dims whose sizes are dynamic, so they cannot be proved to cancel"


def _not_down(edge: Edge, reshape: tensor.Reshape) -> str:
    reader = linalg.structured(edge.reader)
    if reader is None:
        return f"{edge.reader.name} is no structured op"
    return reshapes.move_down(reshape, reader).obstacle or "its source is no op that it may move away from"


def _takes_transposes(op: Op) -> bool:
    """Whether a transpose behind the op moves into it: it is a generic that reduces, over plain maps."""
    found = linalg_op(op)
    if found is None or not found.is_generic or found.is_all_parallel:
        return False
    return all(of.is_projected_permutation for of in found.indexing_maps)


def _is_transpose(op: Op) -> bool:
    found = linalg_op(op)
    return found is not None and found.is_pure_transpose
