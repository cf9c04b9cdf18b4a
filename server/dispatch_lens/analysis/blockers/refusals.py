"""Which obstacle a refusal of formation is: the deciding reason among those of both modes, and the code that names it.

Where aggressive fusion joins the two, the plain reason decides; else what holds in both modes is the true obstacle.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from dispatch_lens.analysis.blockers.neighbours import Edge
from dispatch_lens.analysis.fusion import op_kinds
from dispatch_lens.analysis.fusion.formation import EdgeVerdict
from dispatch_lens.analysis.fusion.iteration import linalg_op
from dispatch_lens.analysis.fusion.reasons import Reason
from dispatch_lens.ir import linalg, tensor, types, uses
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand, Value

_LEAST_TELLING = ("elementwise-chain-nonaggressive", "consumer-more-loops", "bit-truncate-producer")
_LOOPS_OF_A_MATMUL = 3
_READERS = ("multi-use-producer", "producer-also-returned", "tensor-trace")


def deciding_reason(plain: EdgeVerdict | None, aggressive: EdgeVerdict | None) -> Reason | None:
    """The reason that keeps the two apart; None where formation never tried the pair."""
    if aggressive is not None and not aggressive.fused and aggressive.reasons:
        return _most_telling(aggressive.reasons)
    return _most_telling(plain.reasons) if plain is not None and plain.reasons else None


@dataclass(frozen=True, eq=False)
class Refusal:
    """An edge that was not fused, and the deciding reason; None where formation never tried the pair.

    `lifted` says that aggressive fusion joins the two. `maker` and `reader` are the ends where they are structured ops.
    """

    edge: Edge
    reason: Reason | None
    lifted: bool

    @cached_property
    def maker(self) -> linalg.StructuredOp | None:
        return linalg_op(self.edge.maker)

    @cached_property
    def reader(self) -> linalg.StructuredOp | None:
        return linalg_op(self.edge.reader)


def blocker_of(refusal: Refusal) -> str | None:
    """The code of the obstacle; None where none is known."""
    for named in (_by_body, _data_tiled, _concat, _transpose, _pad, _unpack, _scalar, _elementwise_producer, _two_roots):
        code = named(refusal)
        if code is not None:
            return code
    reason = refusal.reason
    if reason is None:
        return "consumer-in-another-dispatch"
    if reason.blocker is None and refusal.lifted and reason.predicate == "is_fusable_with_producer":
        return "elementwise-chain-nonaggressive"
    if refusal.edge.reader.name == "tensor.insert_slice" and reason.blocker == "unpack-reduction-consumer":
        return "insert-slice-dest-not-fill"
    if reason.blocker == "consumer-more-loops":
        return "consumer-with-more-loops"
    if reason.blocker is None and reason.predicate == "has_compatible_outer_parallel_loops":
        return "loops-in-another-order"
    return reason.blocker


def _most_telling(reasons: Sequence[Reason]) -> Reason:
    named = [r for r in reasons if r.blocker is not None and r.blocker not in _LEAST_TELLING]
    compared = [r for r in reasons if r.disagreement]
    return (named or compared or list(reasons))[0]


def _by_body(refusal: Refusal) -> str | None:
    """The reader's body reads the tensor itself, element by element."""
    edge = refusal.edge
    return "gather-tensor-extract" if edge.use.op is not edge.reader and edge.reader.dialect != "flow" else None


def _data_tiled(refusal: Refusal) -> str | None:
    """A contraction of tiles beside what packs its operands or unpacks its result."""
    maker, reader = refusal.edge.maker.name, refusal.edge.reader.name
    ends = (maker in op_kinds.PACKS and reader in _OF_TILES, maker in _OF_TILES and reader in op_kinds.UNPACKS)
    return "data-tiled-contraction" if any(ends) else None


_OF_TILES = ("linalg.mmt4d", "linalg.batch_mmt4d")


def _concat(refusal: Refusal) -> str | None:
    return "concat-between" if "tensor.concat" in (refusal.edge.maker.name, refusal.edge.reader.name) else None


def _transpose(refusal: Refusal) -> str | None:
    maker, reader, edge = refusal.maker, refusal.reader, refusal.edge
    if edge.reader.name == "linalg.transpose" and maker is not None and not refusal.lifted:
        return "transpose-reshape-transpose"
    if maker is None or not maker.is_pure_transpose:
        return None
    if _comes_from_constant(maker.ins[0]):
        return "const-weights-transpose"
    if edge.reader.name == "tensor.pad":
        return "transpose-pad-conv" if _feeds_convolution(edge.reader) else None
    if reader is None:
        return None
    if reader.is_generic:
        return "transpose-reshape-transpose"
    if reader.is_contraction:
        return _before_contraction(maker, reader)
    if reader.is_convolution:
        return "transpose-before-named-conv"
    return "transpose-reshape-transpose" if not reader.is_all_parallel or refusal.lifted else None


def _before_contraction(maker: linalg.StructuredOp, reader: linalg.StructuredOp) -> str:
    contractions = [op for op in uses.consumers(maker.op) if (one := linalg_op(op)) is not None and one.is_contraction]
    if len(contractions) > 1:
        return "transpose-multi-use"
    return "transpose-into-matmul" if _has_form_for(reader, maker) else "transpose-into-contraction"


def _has_form_for(reader: linalg.StructuredOp, maker: linalg.StructuredOp) -> bool:
    """Whether the reader has a named form that takes this operand transposed: one operand of a matmul, its last dims."""
    if reader.op.name not in ("linalg.matmul", "linalg.batch_matmul") or not _swaps_last(maker):
        return False
    right = linalg_op(reader.ins[1].value.op) if reader.ins[1].value.op is not None else None
    return right is None or right is maker or not _swaps_last(right)


def _swaps_last(maker: linalg.StructuredOp) -> bool:
    """Whether it exchanges the last two dims, and no others."""
    vector = maker.permutation or ()
    n = len(vector)
    return n in (2, 3) and tuple(vector) == (*range(n - 2), n - 1, n - 2)


def _comes_from_constant(use: Operand) -> bool:
    source = use.value.op
    return source is not None and source.name in ("arith.constant", "util.global.load", "flow.tensor.constant")


def _pad(refusal: Refusal) -> str | None:
    maker, reader = refusal.edge.maker, refusal.edge.reader
    if reader.name == "tensor.pad":
        source = linalg_op(maker)
        between = source is not None and _feeds_convolution(reader) and _takes_pad_in(source.op)
        return "pad-between" if between else "pad-after-root"
    found = refusal.reader
    if maker.name not in ("tensor.pad", "tensor.insert_slice") or found is None or not found.is_convolution:
        return None
    before = _made_by(maker.operands[0].value) if maker.operands else None
    source = linalg_op(before) if before is not None else None
    if source is not None and source.is_pure_transpose:
        return "transpose-pad-conv"
    if maker.name == "tensor.insert_slice":
        return None
    return "pad-between" if source is not None and _takes_pad_in(source.op) else "pad-before-conv"


def _made_by(value: Value) -> Op | None:
    """What makes the value, but for the reshape that dims of size 1 leave behind: those are folded before dispatches form."""
    shape = tensor.reshape(value.op) if value.op is not None else None
    return shape.source.value.op if shape is not None and shape.only_touches_units else value.op


def _takes_pad_in(source: Op) -> bool:
    """Whether the pad, made a fill and an insert_slice, joins what makes its source: nobody else reads that."""
    return len(list(uses.consumers(source))) == 1 and not op_kinds.is_bit_extend_op(source)


def _feeds_convolution(pad: Op) -> bool:
    readers = (linalg_op(op) for op in uses.consumers(pad))
    return any(found is not None and found.is_convolution for found in readers)


def _unpack(refusal: Refusal) -> str | None:
    maker, reader = refusal.edge.maker, refusal.reader
    if maker.name not in op_kinds.UNPACKS or reader is None or reader.is_all_parallel:
        return None
    return None if op_kinds.has_no_packed_reduction_dimensions(reader, maker) else "unpack-reduction-consumer"


def _scalar(refusal: Refusal) -> str | None:
    types_ = [t for r in refusal.edge.maker.results if isinstance(t := r.type, types.TensorType)]
    if types_ and all(t.shape is not None and all(size == 1 for size in t.shape) for t in types_):
        return "scalar-work"
    return None


def _elementwise_producer(refusal: Refusal) -> str | None:
    """After an all-parallel producer the reader's kind names the obstacle."""
    maker, reader, reason = refusal.maker, refusal.reader, refusal.reason
    if maker is None or not maker.is_all_parallel or reader is None or not _is_by_loops(reason):
        return None
    if reader.is_pure_transpose and not refusal.lifted:
        return "transpose-reshape-transpose"
    if reader.is_all_parallel:
        return _elementwise_pair(refusal, maker, reader)
    if reader.is_convolution:
        return "elementwise-before-conv"
    if refusal.lifted and op_kinds.is_bit_truncate_op(maker.op):
        return "bit-truncate-producer"
    if reader.is_contraction and not (reader.is_generic and reader.num_loops < _LOOPS_OF_A_MATMUL):
        return "elementwise-into-contraction-operand"
    if reason is not None and reason.blocker in _READERS:
        return reason.blocker
    return _before_reduction(refusal.edge, reader)


def _is_by_loops(reason: Reason | None) -> bool:
    """Whether kinds of ops can name the refusal better than its own code."""
    own = reason.blocker if reason is not None else None
    return own in (None, *_LEAST_TELLING, *_READERS, *_KINDS_KNOW)


_KINDS_KNOW = (
    "bit-truncate-producer",
    "elementwise-before-conv",
    "elementwise-into-contraction-operand",
    "elementwise-into-reduction-broadcast",
    "non-permutation-map",
)


def _elementwise_pair(refusal: Refusal, maker: linalg.StructuredOp, reader: linalg.StructuredOp) -> str | None:
    reason = refusal.reason
    others = [found for op in uses.consumers(maker.op) if (found := linalg_op(op)) is not None and found.is_all_parallel]
    if len([one for one in others if one.num_loops == maker.num_loops]) > 1:
        return "elementwise-multi-use-diamond"
    if reason is not None and reason.blocker in (*_READERS, "non-permutation-map"):
        return reason.blocker
    if reader.is_pure_transpose or maker.is_pure_transpose:
        return "transpose-reshape-transpose"
    of = reader.map_of(refusal.edge.use)
    if of is not None and len(of.used_dims) < reader.num_loops:
        return "broadcast-consumer"
    return "elementwise-chain-nonaggressive" if reason is not None else None


def _before_reduction(edge: Edge, reader: linalg.StructuredOp) -> str:
    of = reader.map_of(edge.use)
    if of is not None and not (of.is_projected_permutation and len(of.used_dims) == of.num_dims):
        return "elementwise-into-reduction-broadcast"
    return "elementwise-chain-nonaggressive"


def _two_roots(refusal: Refusal) -> str | None:
    """Both ops reduce: each is the root of a dispatch."""
    maker, reader, reason = refusal.maker, refusal.reader, refusal.reason
    if maker is None or reader is None or maker.is_all_parallel or reader.is_all_parallel:
        return None
    if refusal.lifted:
        return "reduction-then-reduction"
    if reason is not None and reason.blocker in ("mmt4d-producer", "gather-tensor-extract", "operand-limit"):
        return reason.blocker
    if not (_is_heavy(maker) and _is_heavy(reader)):
        return "reduction-consumer"
    return "identical-dispatches" if _same_work(maker.op, reader.op) else "contraction-chain"


def _is_heavy(found: linalg.StructuredOp) -> bool:
    return found.is_contraction or found.is_convolution


def _same_work(first: Op, second: Op) -> bool:
    """Whether the two are one executable once outlined: one name, one list of types, the same attributes."""
    if first.name != second.name or first.operand_types != second.operand_types:
        return False
    return not first.regions and dict(first.attributes) == dict(second.attributes)
