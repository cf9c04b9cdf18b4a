"""Which obstacles of a function whose dispatches are not formed yet will still stand when they form.

Formation is asked about the text as it stands, but other passes run before it. An obstacle that they take away is left
out here, and so is one of which that cannot be told: what is left is held against the compiler, module by module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from dispatch_lens.analysis import elementwise_fusion, reshapes, softmax, windows
from dispatch_lens.analysis.blockers import catalogue, concats, joins, pairs
from dispatch_lens.analysis.blockers.finding import Finding
from dispatch_lens.analysis.blockers.pairs import Question
from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.flags.version import Version
from dispatch_lens.ir import linalg, tensor, types, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Value


def forecast(question: Question, version: Version) -> Iterator[Finding]:
    """The findings of which this can be said, in text order of the producers."""
    found = [one for one in pairs.findings(question) if one.is_apart]
    joined = joins.joins(question, _one_before(question.function, found, version))
    told: set[object] = set()
    for one in found:
        code = one.blocker
        if code is None or not catalogue.keeps_ops_apart(code, version):
            continue
        if code in BY_AGGRESSIVE_FUSION and one.consumer is not None:
            alone = code not in _OF_NAMED_CONVOLUTIONS or len(elementwise_fusion.merged_with_readers(one.consumer, ())) == 1
            alone = alone and not (code == "conv-inplace-type-change" and _is_read_elementwise(one.consumer))
            ends = joined.ends(one.producer, one.consumer)
            stays = alone and ends not in told and _stays_as_it_is(one) and joined.are_won(one.producer, one.consumer)
            told |= {ends} if stays else set()
        else:
            stays = code in STAYS and STAYS[code](one)
        if stays:
            yield one


BY_AGGRESSIVE_FUSION = frozenset(
    {
        *("multi-use-producer", "producer-also-returned", "tensor-trace", "elementwise-multi-use-diamond"),
        *("elementwise-chain-nonaggressive", "reduction-then-reduction", "bit-truncate-producer"),
        *("consumer-with-more-loops", "broadcast-consumer", "conv-output-transposed", "conv-inplace-type-change"),
    }
)
"""What aggressive fusion lifts: told where it leaves fewer dispatches."""

_HAS_BARRIERS = Version(1, (3, 9, 0))
_RETURNS = ("func.return", "util.return")
"""A value that is returned has a barrier right behind what makes it, from this release on."""

_CONVOLUTIONS_BECOME_GENERIC = Version(1, (3, 7, 0))
_OF_NAMED_CONVOLUTIONS = ("conv-output-transposed", "conv-inplace-type-change")


def _one_before(function: Op, found: Sequence[Finding], version: Version) -> Iterator[frozenset[Op]]:
    """The ops that other passes make one before dispatches form."""
    at_once = _RETURNS if version >= _HAS_BARRIERS else ()
    ops = list(function.walk_where(_is_structured))
    for op in ops:
        yield elementwise_fusion.merged_with(op)
        yield softmax.softmax_of(op)
    taking = (op for op in ops if version < _HAS_BARRIERS or not op_kinds.is_bit_truncate_op(op))
    yield from elementwise_fusion.each_merged_with_readers(taking, at_once)
    if version >= _CONVOLUTIONS_BECOME_GENERIC:
        named = (one for one in found if one.blocker in _OF_NAMED_CONVOLUTIONS)
        yield from (frozenset((one.producer, one.consumer)) for one in named if one.consumer is not None)


def _is_structured(op: Op) -> bool:
    return linalg_op(op) is not None


def _is_read_elementwise(op: Op) -> bool:
    """Whether the op's one reader is elementwise: the releases that keep convolutions named make the two one, of another type."""
    readers = [linalg_op(reader) for reader in uses.consumers(op)]
    return len(readers) == 1 and readers[0] is not None and readers[0].is_elementwise


def _pad(found: Finding) -> bool:
    """The pad has one reader, which is the convolution."""
    pad = found.producer if found.producer.name == "tensor.pad" else found.consumer
    if pad is None or pad.name != "tensor.pad" or len(list(uses.consumers(pad))) != 1:
        return False
    source, made = pad.operands[0].value, pad.results[0]
    return not moves_past_collapse(source, made) and not (_is_concat(source) and _has_units(source))


def moves_past_collapse(source: Value, padded: Value) -> bool:
    """Whether padding moves up past the collapse_shape that makes its source, and is a dispatch of its own there.

    It does where it widens none of the dims that are collapsed (ReshapePatterns of linalg: by expansion of the pad's producer).
    """
    shape = tensor.reshape(source.op) if source.op is not None else None
    if shape is None or shape.kind != "collapse":
        return False
    widened = zip(shape.reassociation, types.sizes(source.type), types.sizes(padded.type))
    return not any(len(group) > 1 and old != new for group, old, new in widened)


def _is_concat(value: Value) -> bool:
    return value.op is not None and value.op.name == "tensor.concat"


def _has_units(value: Value) -> bool:
    """Whether a dim has the size 1: a concat keeps it, and the collapse_shape that takes it away stands behind."""
    return 1 in types.sizes(value.type)


def _transpose_before_pad(found: Finding) -> bool:
    return found.producer.name != "tensor.pad" and _pad(found)


def _transpose_into_contraction(found: Finding) -> bool:
    """The transpose reads nothing that it would join."""
    return not op_kinds.is_computed(_before_reshapes(found.producer.operands[0].value))


def _transpose_before_channels_first(found: Finding) -> bool:
    """The convolution, or pooling, could work on the tensor as it is: it has its channels first."""
    window = windows.window_of(found.consumer)
    return window is not None and window.channels_first is True and _transpose_into_contraction(found)


def _reshape_after_reduction(found: Finding) -> bool:
    maker, expand = linalg_op(found.producer), _expand_between(found)
    if maker is None or not maker.is_generic or not _has_plain_maps(maker) or expand is None or expand.only_touches_units:
        return False
    return has_one_reader(found.producer)


def _expand_after_contraction(found: Finding) -> bool:
    """A contraction whose reader cannot take the expand_shape below it."""
    maker, reader, expand = linalg_op(found.producer), _reader(found), _expand_between(found)
    if maker is None or reader is None or expand is None or not maker.is_contraction or not _has_plain_maps(maker):
        return False
    if not reader.is_all_parallel or (reader.is_elementwise and expand.only_touches_units):
        return False
    return has_one_reader(found.producer) and not reshapes.move_down(expand, reader).is_possible


def _expand_between(found: Finding) -> tensor.Reshape | None:
    return next((shape for op in found.between if (shape := tensor.reshape(op)) is not None), None)


def _before_elementwise(found: Finding) -> bool:
    """An elementwise op is all that reads the tensor: behind a reshape it could do its work before that."""
    reader = _reader(found)
    return reader is not None and reader.is_elementwise and has_one_reader(found.producer)


def _torn(found: Finding) -> bool:
    return has_one_reader(found.producer) and all(has_one_reader(op) for op in found.between)


def _slice_of_root(found: Finding) -> bool:
    """A slice of a named contraction, or of the channels of a convolution that an elementwise op reads."""
    maker, reader = linalg_op(found.producer), _reader(found)
    if maker is None or not has_one_reader(found.producer):
        return False
    if maker.is_contraction:
        return not maker.is_generic
    elementwise = reader is not None and reader.is_elementwise and all(has_one_reader(op) for op in found.between)
    return elementwise and maker.is_convolution and len(found.between) == 1 and _cuts_channels(found.between[0], maker)


def _cuts_channels(op: Op, convolution: linalg.StructuredOp) -> bool:
    cut, whole = tensor.extract_slice(op), convolution.op.result_type(0)
    if cut is None or not isinstance(whole, types.TensorType):
        return False
    dims = convolution.result_map().result_dims
    loops = [loop for loop, size, length in zip(dims, cut.sizes, whole.shape or ()) if size != length]
    return bool(loops) and all(loop is not None and windows.is_read_plainly(convolution, loop) for loop in loops)


def _gather_before_loops(found: Finding) -> bool:
    """An elementwise reader takes the gather into its body."""
    reader = _reader(found)
    return reader is not None and not reader.is_all_parallel and has_one_reader(found.producer)


def _copies_of_a_concat(found: Finding) -> bool:
    return found.consumer is not None and concats.copies_what_is_computed(found.consumer)


def _always(found: Finding) -> bool:
    return True


STAYS: Mapping[str, Callable[[Finding], bool]] = {
    "pad-before-conv": _pad,
    "transpose-pad-conv": _transpose_before_pad,
    "transpose-into-contraction": _transpose_into_contraction,
    "transpose-before-named-conv": _transpose_before_channels_first,
    "expand-before-transpose": _torn,
    "expand-behind-convolution": _torn,
    "transpose-before-collapse": _torn,
    "reshape-after-reduction": _reshape_after_reduction,
    "expand-between-root-and-elementwise": _expand_after_contraction,
    "reshape-pair-between": _before_elementwise,
    "dynamic-reshape-between": _before_elementwise,
    "depthwise-nchw-then-elementwise": _before_elementwise,
    "extract-slice-between": _slice_of_root,
    "horizontal-siblings": _always,
    "concat-between": _copies_of_a_concat,
    "gather-left-outside": _gather_before_loops,
    "mmt4d-producer": _always,
}
"""By code, whether the obstacle stays. Codes that are in neither table are told by `why` only."""


def has_one_reader(op: Op) -> bool:
    """Whether one op reads what the op makes; of an op in a formed dispatch, what the dispatch gives."""
    readers = [reader for reader in uses.consumers(op) if reader.name != "tensor.dim"]
    if len(readers) == 1 and readers[0].name == "flow.return" and op.parent is not None:
        places = [use.index for use in readers[0].operands if use.value.op is op]
        readers = [reader for place in places for reader in uses.value_consumers(op.parent.results[place])]
    return len(readers) == 1


def _reader(found: Finding) -> linalg.StructuredOp | None:
    return linalg_op(found.consumer) if found.consumer is not None else None


def _stays_as_it_is(found: Finding) -> bool:
    """Whether the maker is still what it is when dispatches form, and its readers are still several where they are.

    An extract_slice behind the reader moves up past it, and would stand between the two. So would an expand_shape of what
    another op made that an elementwise maker reads: it moves down past that, which joins the other op.
    """
    maker = linalg_op(found.producer)
    if maker is None or "quantized" in maker.op.name or maker.op.name.endswith("_q"):
        return False
    if maker.is_elementwise and any(_is_expanded_result(use.value) for use in maker.ins):
        return False
    sizes = [maker.static_loop_ranges[loop] for loop in maker.reduction_loops]
    if sizes and all(size == 1 for size in sizes):
        return False
    readers = [op for op in uses.consumers(maker.op) if op.name != "tensor.dim"]
    if found.consumer is not None and any(op.name == "tensor.extract_slice" for op in uses.consumers(found.consumer)):
        return False
    return len(readers) < 2 or len({elementwise_fusion.merged_with(op) for op in readers}) > 1


def _is_expanded_result(value: Value) -> bool:
    """Whether the value is the result of an op that has loops, with dims split that are not of size 1."""
    shape = tensor.reshape(value.op) if value.op is not None else None
    if shape is None or shape.kind != "expand" or shape.only_touches_units or shape.source.value.op is None:
        return False
    return linalg_op(shape.source.value.op) is not None and has_one_reader(shape.source.value.op)


def _has_plain_maps(found: linalg.StructuredOp) -> bool:
    return all(of.is_projected_permutation for of in found.indexing_maps)


def _before_reshapes(value: Value) -> Op | None:
    return uses.before(value, lambda op: tensor.reshape(op) is not None).op
