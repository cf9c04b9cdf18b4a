"""What the body and the maps of a `linalg.generic` make it: a contraction, a convolution.

Mirrors isContractionBody and isConvolutionInterfaceImpl in mlir/lib/Dialect/Linalg/IR/LinalgInterfaces.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence

from dispatch_lens.ir import affine, uses
from dispatch_lens.ir.affine_expr import AffineExpr, Binary, Constant, Dim, Symbol
from dispatch_lens.ir.module import Block, Op
from dispatch_lens.ir.value import Value

_PAIRS = frozenset(
    {
        ("arith.mulf", "arith.addf"),
        ("arith.muli", "arith.addi"),
        ("complex.mul", "complex.add"),
        ("arith.andi", "arith.ori"),
    }
)


def yielded(body: Block) -> tuple[Value, ...]:
    """The operands of the block's last op."""
    return tuple(operand.value for operand in body.ops[-1].operands) if body.ops else ()


def is_contraction(body: Block) -> bool:
    """Whether the body yields `out + in0 * in1`, casts aside, by one of MLIR's pairs of sum and product."""
    given = yielded(body)
    if len(body.arguments) != 3 or len(given) != 1:
        return False
    add = _binary_op(_source(given[0]))
    if add is None:
        return False
    terms = [_source(operand.value) for operand in add.operands]
    if body.arguments[2] not in terms:
        return False
    product = _binary_op(terms[1] if terms[0].op is None else terms[0])
    if product is None or (product.name, add.name) not in _PAIRS:
        return False
    factors = [_source(operand.value) for operand in product.operands]
    return factors in ([body.arguments[0], body.arguments[1]], [body.arguments[1], body.arguments[0]])


def are_convolution_loops(maps: Sequence[affine.AffineMap], iterator_types: Sequence[str]) -> bool:
    """Whether maps of input, filter and result give each loop one of the parts that a convolution's loops play."""
    input_map, filter_map, result_map = maps[0], maps[1], maps[-1]
    walked = _input_dims(input_map)
    if walked is None or not (filter_map.is_projected_permutation and result_map.is_projected_permutation):
        return False
    plain, convolved = walked
    filtered, kept = filter_map.used_dims, result_map.used_dims
    parallel, reduced = plain | (convolved ^ filtered), filtered & (plain | convolved)
    played = dict.fromkeys(kept & parallel, "parallel") | dict.fromkeys(reduced - kept, "reduction")
    return bool(convolved) and all(played.get(loop) == kind for loop, kind in enumerate(iterator_types))


def _input_dims(of: affine.AffineMap) -> tuple[frozenset[int], frozenset[int]] | None:
    """The dims that stand alone in a result and those summed with another; None where a result is neither."""
    plain: set[int] = set()
    convolved: set[int] = set()
    for result in of.results:
        if isinstance(result, Dim):
            plain.add(result.position)
            continue
        pair = _summed_dims(result)
        if pair is None or convolved & pair:
            return None
        convolved |= pair
    return None if plain & convolved else (frozenset(plain), frozenset(convolved))


def _summed_dims(expr: AffineExpr) -> set[int] | None:
    """The two dims of `a * s + b * t`, each factor a constant or symbol or absent."""
    if not isinstance(expr, Binary) or expr.op != "+":
        return None
    dims = [_scaled_dim(side) for side in (expr.lhs, expr.rhs)]
    known = {dim for dim in dims if dim is not None}
    return known if len(known) == 2 else None


def _scaled_dim(expr: AffineExpr) -> int | None:
    if isinstance(expr, Binary) and expr.op == "*" and isinstance(expr.rhs, (Constant, Symbol)):
        expr = expr.lhs
    return expr.position if isinstance(expr, Dim) else None


def _binary_op(value: Value) -> Op | None:
    op = value.op
    return op if op is not None and len(op.operands) == 2 and len(op.results) == 1 else None


def _source(value: Value) -> Value:
    """The value before any chain of one-operand ops."""
    return uses.before(value, lambda op: len(op.operands) == 1 and len(op.results) == 1 and not op.regions)
