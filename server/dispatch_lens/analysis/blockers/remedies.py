"""What can be done about an obstacle between two dispatches: options by release, a rewrite, or why to leave it.

Options come out of the flag table, spelled for the release. The words for rewrites are here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from dispatch_lens.analysis import products, windows
from dispatch_lens.analysis.blockers import catalogue
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.flags import table
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import linalg, tensor, types
from dispatch_lens.ir.module import Op

Kind = Literal["option", "rewrite", "by-design", "none-needed", "unknown"]


@dataclass(frozen=True, slots=True)
class Remedy:
    """What to do, in a clause. `options` lift it; of kind `unknown` they do harm. `risk` is the first known one of them."""

    kind: Kind
    text: str
    options: tuple[str, ...] = ()
    risk: str = ""

    @property
    def says_why(self) -> bool:
        """Whether the words say more than that nothing is known."""
        return self.text != NOTHING_KNOWN.text


NONE_NEEDED = Remedy("none-needed", "")
NOTHING_KNOWN = Remedy("unknown", "no remedy is known for this release")
NO_OPTION_FOR_PADS = "no option alone in this release: padding is kept for its reader only where no dim of the convolution is 1"


def remedy_for(found: Finding, version: Version, target: str | None = None) -> Remedy:
    """The best remedy against the obstacle that was found."""
    code = found.blocker
    if code is None:
        return Remedy("unknown", "no remedy is known")
    best = next((one for one in table.for_blocker(code, version, target) if _may_help(found, one.options, version)), None)
    if best is not None:
        words = f"compile with `{' '.join(best.options)}`" + _condition(found, best.when)
        return Remedy("option", words + _or_rewrite(code), best.options, best.risks[0].text if best.risks else "")
    if found.lifted_by_aggressive and not isinstance(flag := table.spelled(_AGGRESSIVE, version), table.Absent):
        return Remedy("option", f"compile with `{flag}`" + _condition(found, "") + _or_rewrite(code), (flag,))
    if code == "pad-before-conv" and version < KEEPS_PADS_OVER_UNIT_DIMS:
        return Remedy("unknown", NO_OPTION_FOR_PADS)
    held_back = table.withheld(code, version, target)
    if held_back:
        flags = " ".join(held_back[0].options)
        return Remedy("unknown", f"`{flags}` would make them one, but {held_back[0].risk.text}", held_back[0].options)
    if code == "transpose-before-collapse" and found.consumer is not None and _is_window(found.consumer):
        return NOTHING_KNOWN
    if code == "loops-in-another-order" and version < _KEEPS_ORDER_OF_RESULTS and _is_broadcast(found):
        return NOTHING_KNOWN
    return _without_option(code, _risk_of_rewrite(found))


def since(found: Finding, oldest: Version | None, version: Version, target: str | None = None) -> Version | None:
    """The first release with the remedy of `version`; None where that is an option which each release since `oldest` has.

    Releases before July 2024 are looked at only where a text is from one.
    """
    wanted = _known_options(remedy_for(found, version, target))
    releases = [one for one in table.RELEASES if (oldest or table.NAMED["2024-07"]) <= one < version]
    lacking = [one for one in releases if wanted and _known_options(remedy_for(found, one, target)) != wanted]
    return next((one for one in (*releases, version) if one > lacking[-1]), None) if lacking else None


def _known_options(remedy: Remedy) -> frozenset[str]:
    """The ids of its options, which are the same whatever a release calls them."""
    known = (table.find(flag) for flag in remedy.options if remedy.kind == "option")
    return frozenset(one.id for one in known if one is not None)


def surely_joins(remedy: Remedy) -> bool:
    """Whether nothing else need move then: a collapse behind an expand joins two ops only where one takes the expand in."""
    return not any(name.flag in option for name in _ACROSS_EXPANDS.names for option in remedy.options)


def harmless(code: str) -> Remedy:
    """Why nothing need be done about what only looks like an obstacle."""
    return Remedy("none-needed", HARMLESS[code])


def _may_help(found: Finding, options: tuple[str, ...], version: Version) -> bool:
    """Whether nothing that is known of the pair says that these options leave the two apart."""
    if options == (table.spelled(_ACROSS_EXPANDS, version),):
        return _touch_different_dims(found.between)
    movement = table.spelled(_RESHAPE_MOVEMENT, version)
    if movement in options and found.blocker == "transpose-before-collapse":
        reader = linalg.structured(found.consumer) if found.consumer is not None else None
        return reader is not None and not windows.slides(reader) and (len(options) > 1 or reader.is_generic)
    if found.blocker == "extract-slice-between":
        return not _is_window(found.producer)
    if found.blocker == "pad-before-conv":
        return version >= KEEPS_PADS_OVER_UNIT_DIMS or found.consumer is None or not has_unit_dims(found.consumer)
    if found.blocker == "horizontal-siblings":
        if version < _CONTRACTS_CONVOLUTIONS and _is_window(found.producer):
            return False
        return version >= _SLICES_SIBLINGS_WELL or all(_is_only_returned(op) for op in (found.producer, found.consumer) if op)
    if options != (table.spelled(_AGGRESSIVE, version),) or found.outcome != "refused":
        return True
    return found.lifted_by_aggressive or found.blocker == "elementwise-multi-use-diamond"


def _or_rewrite(code: str) -> str:
    return f"; or {REWRITES[code]}" if code in REWRITES else ""


def _risk_of_rewrite(found: Finding) -> str:
    """What is known to go wrong where the rewrite is made by hand; `recompute-producer` refuses there."""
    reader = linalg.structured(found.consumer) if found.consumer is not None else None
    producer = linalg.structured(found.producer)
    if found.blocker != "elementwise-into-reduction-broadcast" or reader is None or producer is None:
        return ""
    lost = (products.lost_by_data_tiling(reader, use, producer) for use in reader.ins if use.value.op is producer.op)
    first = next(filter(None, lost), None)
    return f"data tiling takes that for a matrix product, and loses `{first.name}`" if first is not None else ""


def _without_option(code: str, risk: str) -> Remedy:
    if code in REWRITES:
        return Remedy("rewrite", REWRITES[code], risk=risk)
    if catalogue.blocker(code).cure == "by-design":
        return Remedy("by-design", BY_DESIGN.get(code, "the compiler keeps such ops apart on purpose"))
    return NOTHING_KNOWN


def _condition(found: Finding, when: str) -> str:
    """The condition under which an option helps, with a comma before it, where it is not known to hold for the pair."""
    if found.joined_before:
        return ", where the regions are formed from this very IR; the whole pipeline makes the two one by itself"
    if found.blocker == "concat-between" and found.consumer is not None and found.consumer.name == "tensor.insert_slice":
        return ", where these are what became of a `tensor.concat`"
    return f", where {when}" if when and found.blocker not in _CONDITION_IS_KNOWN else ""


_CONDITION_IS_KNOWN = ("elementwise-chain-nonaggressive", "reshape-pair-between", "transpose-before-collapse")


def has_unit_dims(op: Op) -> bool:
    """Whether a dim of the result is 1: older releases take it off the padding, but not off the convolution behind it."""
    return 1 in types.sizes(op.result_type(0))


def _is_window(op: Op) -> bool:
    return windows.window_of(op) is not None


def _is_broadcast(found: Finding) -> bool:
    """Whether the consumer reads the producer's result along more loops than that has dims."""
    reader, made = linalg.structured(found.consumer) if found.consumer is not None else None, found.producer.result_type(0)
    return reader is not None and isinstance(made, types.TensorType) and reader.num_loops > len(made.shape or ())


def _is_only_returned(op: Op) -> bool:
    return all(user.is_terminator for result in op.results for user in result.users)


def _touch_different_dims(between: Sequence[Op]) -> bool:
    """Whether no dim that a reshape splits is one that another had joined."""
    shapes = [shape for op in between if (shape := tensor.reshape(op)) is not None]
    joined, split = (
        {dim for shape in shapes if shape.kind == kind for dim, group in enumerate(shape.reassociation) if len(group) > 1}
        for kind in ("collapse", "expand")
    )
    return not joined & split


_RESHAPE_MOVEMENT = table.option("aggressive-reshape-movement")
KEEPS_PADS_OVER_UNIT_DIMS = Version(1, (3, 7, 0))
_KEEPS_ORDER_OF_RESULTS = Version(1, (2, 9, 0))
"""Earlier releases turn the loops of an op that broadcasts back to the order of its result (FusionPreprocessing.cpp)."""
_SLICES_SIBLINGS_WELL = Version(1, (3, 2, 0))
_CONTRACTS_CONVOLUTIONS = Version(1, (3, 1, 0))
"""The release from which convolutions with a window of one element are joined side by side."""
_AGGRESSIVE = table.option("aggressive-fusion")
_ACROSS_EXPANDS = table.option("propagate-collapse-across-expands")

REWRITES = {
    "unit-dim-reshape-between": "delete the reshapes and let the reader's indexing map pick the dims, those of size 1 too",
    "reshape-pair-between": "do both ops on the collapsed shape and move the reshapes to the edges",
    "dynamic-reshape-between": "do both ops on the collapsed shape and move the reshapes to the edges",
    "expand-between-root-and-elementwise": "expand the inputs instead, and make the producer a generic over the expanded loops",
    "expand-before-transpose": "expand the inputs instead, and make the producer a generic over the expanded loops",
    "expand-behind-convolution": "split the filter's channels instead, and make the convolution a generic over the split loops",
    "transpose-before-collapse": "make the reader a generic over the dims before the collapse, and expand its other inputs",
    "depthwise-nchw-then-elementwise": "write the producer as a `linalg.generic` whose loops stand in the order of its result "
    "(n, oh, ow, c becomes n, c, oh, ow), or use the NHWC form",
    "loops-in-another-order": "write the one of the two whose map is no identity with its loops in the order of the other's",
    "elementwise-into-reduction-broadcast": "compute the elementwise value again in the reduction's body",
    "independent-elementwise": "write one generic with two results",
    "optimization-barrier": "remove the barrier",
    "compute-barrier": "remove the barrier where it stands in the middle of the program",
    "preformed-region": "leave the region away, so that both are seen when dispatches form, or take an elementwise op into it",
    "call-boundary": "inline the callee (drop what forbids it: `noinline`, or `#util.inline.never`)",
    "different-block": "compute the tensor inside the branch where nothing else reads it, else hoist the op out of that "
    "and select between the results in its body",
    "tensor-trace": "leave the trace away",
    "formed-apart": "form the dispatches anew from the text before",
    "transpose-formed-apart": "form the dispatches anew from the text before",
    "transpose-before-named-conv": "give the convolution the layout that the transpose reads",
    "transpose-into-matmul": "read the untransposed operand by the matmul form that takes it transposed",
    "extract-slice-between": "let the reader work on the whole tensor and slice its result, or slice the producer's inputs",
    "transpose-reshape-transpose": "read the untransposed tensor through a permuted indexing map",
    "collapse-between-root-and-elementwise": "do the elementwise op before the collapse",
    "pad-after-root": "write the result into a filled tensor with `tensor.insert_slice`",
}
"""By code, what to write instead: a clause in the imperative."""

BY_DESIGN = {
    "elementwise-into-contraction-operand": "each element would be computed again for every row or column that reads it",
    "elementwise-before-conv": "each element would be computed again for every window that it is in",
    "reduction-consumer": "the reader reduces what the producer still computes; each needs loops of its own",
    "contraction-chain": "the second needs whole rows of the first, so each is a dispatch of its own",
    "broadcast-consumer": "fused, the small result would be computed again for every element that reads it",
    "conflicting-maps": "the tensor is read in two orders at once, so no one order of loops makes what both need",
    "non-permutation-map": "the reader does not take each element once, so tiles of the two do not correspond",
    "bit-extend-consumer": "an op that widens elements is cloned into its own readers, where the narrow tensor is read",
    "gather-tensor-extract": "the reader picks elements by index, so all of the tensor must be there first",
    "operand-limit": "a dispatch has a limited number of bindings",
    "attention-producer": "attention is compiled alone, with its inputs in memory",
    "device-transfer": "a dispatch runs on one device",
    "different-block-loop": "a dispatch cannot begin outside a loop and end inside it",
    "transitive-dependency": "one dispatch would have to wait for itself",
    "consumer-in-another-dispatch": "an op is in one dispatch only, and it joined the other one",
    "insert-slice-dest-not-fill": "the destination's own data must be kept, so the slice is copied into it",
    "pad-between": "a pad joins the op before it or the one behind it, not both",
    "pack-after-transposed-producer": "a pack after a transposed result was compiled to scalar code",
    "unpack-reduction-consumer": "the reader reduces along dims that the unpack puts together",
    "non-fusable-op": "this op has no loops that fusion knows",
}

HARMLESS = {
    "dynamic-shape": "dynamic sizes alone keep nothing apart",
    "consumer-more-loops": "as many loops are no obstacle",
    "scalar-work": "work on single elements is put into dispatches of scalars, or into the reader, beforehand",
    "collapse-between-root-and-elementwise": "the collapse is moved behind the reader before dispatches form",
    "transpose-before-named-conv": "the convolution is made a generic, and a transpose always joins a generic reader",
    "transpose-into-matmul": "the transpose becomes part of the matmul before dispatches form",
    "transpose-multi-use": "each contraction takes its own copy of the transpose",
    "transpose-reshape-transpose": "transposes are moved to where they cancel or join an op before dispatches form",
    "pad-after-root": "the pad becomes a fill and an insert_slice, which joins the producer",
    "inlined-call": "the compiler inlines whatever does not forbid it",
    "insert-slice-multi-use-source": "the insert_slice is a copy outside of dispatches",
    "dequant-multi-use": "an op that widens elements is cloned into each reader: more work, no dispatch more",
    "const-weights-transpose": "the compiler computes the transposed constant itself",
    "identical-dispatches": "the two are one executable that runs twice; neither could hold the other",
    "transpose-at-edge": "a transpose from input to output is the whole work there",
}
"""By code, why what looks like an obstacle is none."""
