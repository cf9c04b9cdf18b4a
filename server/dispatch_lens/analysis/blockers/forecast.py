"""Which obstacles of a function whose dispatches are not formed yet will still stand when they form.

Formation is asked about the text as it stands, but other passes run before it. An obstacle that they take away is left
out here, and so is one of which that cannot be told: what is left is held against the compiler, module by module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from dispatch_lens.analysis import elementwise_fusion, reshapes
from dispatch_lens.analysis.blockers import catalogue, pairs
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import linalg, tensor, types, uses
from dispatch_lens.ir.module import Op, Value


def forecast(question: Question, version: Version) -> Iterator[Finding]:
    """The findings of which this can be said, in text order of the producers."""
    for found in pairs.findings(question):
        code = found.blocker
        if code is None or not catalogue.keeps_ops_apart(code, version):
            continue
        stays = _STAYS.get(code)
        if stays is not None and stays(found, version):
            yield found


_CONVOLUTIONS_BECOME_GENERIC = Version(1, (3, 7, 0))
_FUSES_MULTI_USE = Version(1, (3, 6, 0))


def _between_generics(found: Finding, version: Version) -> bool:
    """Aggressive fusion joins the two, and elementwise fusion does not do it before."""
    if not found.lifted_by_aggressive or not _stays_as_it_is(found.producer):
        return False
    return found.consumer not in elementwise_fusion.merged_with(found.producer)


def _several_readers(found: Finding, version: Version) -> bool:
    """The readers are still several when elementwise fusion has joined those that it joins."""
    if _reader(found) is None or not _between_generics(found, version):
        return False
    readers = {elementwise_fusion.merged_with(op) for op in uses.consumers(found.producer) if op.name != "tensor.dim"}
    if len(readers) < 2:
        return False
    maker, reader = linalg_op(found.producer), _reader(found)
    both_parallel = maker is not None and maker.is_all_parallel and reader is not None and reader.is_all_parallel
    return not both_parallel or version < _FUSES_MULTI_USE


def _named_convolution(found: Finding, version: Version) -> bool:
    return found.lifted_by_aggressive and version < _CONVOLUTIONS_BECOME_GENERIC


def _pad(found: Finding, version: Version) -> bool:
    """The pad has one reader, which is the convolution."""
    pad = found.producer if found.producer.name == "tensor.pad" else found.consumer
    return pad is not None and pad.name == "tensor.pad" and len(list(uses.consumers(pad))) == 1


def _transpose_before_pad(found: Finding, version: Version) -> bool:
    return found.producer.name != "tensor.pad" and _pad(found, version)


def _transpose_into_contraction(found: Finding, version: Version) -> bool:
    """The transpose reads no elementwise op's result, which it would join."""
    source = _before_reshapes(found.producer.operands[0].value)
    made = linalg_op(source) if source is not None else None
    return made is None or not made.is_all_parallel


def _reshape_after_reduction(found: Finding, version: Version) -> bool:
    maker = linalg_op(found.producer)
    return maker is not None and maker.is_generic and _has_plain_maps(maker) and _has_one_reader(found.producer)


def _expand_after_contraction(found: Finding, version: Version) -> bool:
    """A contraction whose reader cannot take the expand_shape below it."""
    maker, reader = linalg_op(found.producer), _reader(found)
    expand = next((shape for op in found.between if (shape := tensor.reshape(op)) is not None), None)
    if maker is None or reader is None or expand is None or not maker.is_contraction or not _has_plain_maps(maker):
        return False
    if reader.is_elementwise and _only_adds_units(expand):
        return False
    return _has_one_reader(found.producer) and not reshapes.move_down(expand, reader).is_possible


def _only_adds_units(expand: tensor.Reshape) -> bool:
    """Whether folding unit dims takes the reshape away."""
    collapsed, expanded = expand.collapsed_type, expand.expanded_type
    return collapsed is not None and expanded is not None and _without_units(collapsed) == _without_units(expanded)


def _without_units(type_: types.TensorType) -> list[int | None]:
    return [size for size in type_.shape or () if size != 1]


def _regrouping_pair(found: Finding, version: Version) -> bool:
    """A reshape that regroups between elementwise ops, of which one must move past it."""
    maker, reader = linalg_op(found.producer), _reader(found)
    elementwise = [one for one in (maker, reader) if one is not None and one.is_elementwise]
    return len(elementwise) == 2 and _has_one_reader(found.producer)


def _slice_of_named_contraction(found: Finding, version: Version) -> bool:
    maker = linalg_op(found.producer)
    return maker is not None and maker.is_contraction and not maker.is_generic and _has_one_reader(found.producer)


def _always(found: Finding, version: Version) -> bool:
    return True


_STAYS: Mapping[str, Callable[[Finding, Version], bool]] = {
    "multi-use-producer": _several_readers,
    "producer-also-returned": _several_readers,
    "elementwise-chain-nonaggressive": _between_generics,
    "reduction-then-reduction": _between_generics,
    "bit-truncate-producer": _between_generics,
    "consumer-with-more-loops": _between_generics,
    "conv-output-transposed": _named_convolution,
    "conv-inplace-type-change": _named_convolution,
    "pad-before-conv": _pad,
    "transpose-pad-conv": _transpose_before_pad,
    "transpose-into-contraction": _transpose_into_contraction,
    "reshape-after-reduction": _reshape_after_reduction,
    "expand-between-root-and-elementwise": _expand_after_contraction,
    "reshape-pair-between": _regrouping_pair,
    "dynamic-reshape-between": _regrouping_pair,
    "extract-slice-between": _slice_of_named_contraction,
    "horizontal-siblings": _always,
    "mmt4d-producer": _always,
    "tensor-trace": _several_readers,
}
"""By code, whether the obstacle stays. Codes that are not here are told by `why` only."""


def _reader(found: Finding) -> linalg.StructuredOp | None:
    return linalg_op(found.consumer) if found.consumer is not None else None


def _stays_as_it_is(maker: Op) -> bool:
    """Whether the op is still what it is when dispatches form: a quantized product is taken apart, one over 1 vanishes."""
    found = linalg_op(maker)
    if found is None or "quantized" in maker.name or maker.name.endswith("_q"):
        return False
    sizes = [found.static_loop_ranges[loop] for loop in found.reduction_loops]
    return not sizes or any(size != 1 for size in sizes)


def _has_one_reader(op: Op) -> bool:
    return len(list(uses.consumers(op))) == 1


def _has_plain_maps(found: linalg.StructuredOp) -> bool:
    return all(of.is_projected_permutation for of in found.indexing_maps)


def _before_reshapes(value: Value) -> Op | None:
    return uses.before(value, lambda op: tensor.reshape(op) is not None).op
