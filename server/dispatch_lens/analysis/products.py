"""Sums of products that data tiling takes for matrix products, though a factor went through ops of its own."""

from __future__ import annotations

from dispatch_lens.ir.linalg import StructuredOp
from dispatch_lens.ir.module import Op
from dispatch_lens.ir.value import Operand

_FACTORS = ("arith.mulf", "arith.muli")
_CASTS = ("arith.extf", "arith.extsi", "arith.extui", "arith.truncf", "arith.trunci", "arith.sitofp", "arith.uitofp")


def lost_by_data_tiling(reader: StructuredOp, use: Operand, producer: StructuredOp) -> Op | None:
    """The first op that is not computed any more where the producer's body is written into the reader's, in the place of `use`.

    isContractionBody (mlir/lib/Dialect/Linalg/IR/LinalgInterfaces.cpp) looks through ops of one operand, and hasMatmulLikeBody
    (DispatchCreation/AnnotateDataTilingHints.cpp, before 3.7 SetEncoding.cpp) lets them pass where the other factor has none.
    """
    if reader.is_all_parallel or reader.body is None or producer.body is None:
        return None
    argument = reader.body.arguments[reader.ins.index(use)]
    if not any(each.op.name in _FACTORS for each in argument.uses):
        return None
    work = [op for op in producer.body.ops[:-1] if op.name not in _CASTS]
    alone = all(len(op.operands) == 1 for op in producer.body.ops)
    return work[0] if work and alone else None
