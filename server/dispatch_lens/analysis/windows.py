"""The window of a convolution or pooling: size, strides, dilations, depthwise or grouped, and the layout in letters."""

from __future__ import annotations

from dataclasses import dataclass

from dispatch_lens.ir import linalg
from dispatch_lens.ir.affine_expr import AffineExpr, Binary, Constant, Dim, leaves
from dispatch_lens.ir.module import Op


@dataclass(frozen=True, slots=True)
class Window:
    """One entry a spatial dim. `layout` is the input's, `NCHW` or `HWC` …; empty where its letters are not certain."""

    sizes: tuple[int | None, ...]
    strides: tuple[int, ...]
    dilations: tuple[int, ...]
    groups: str
    layout: str

    @property
    def text(self) -> str:
        """`3x3 stride 2 depthwise NCHW`."""
        words = ["x".join("?" if size is None else str(size) for size in self.sizes)]
        words += [_factor("stride", self.strides), _factor("dilation", self.dilations), self.groups, self.layout]
        return " ".join(word for word in words if word)

    @property
    def channels_first(self) -> bool | None:
        """Whether channels come before the spatial dims; None where the layout is not known."""
        if "C" not in self.layout:
            return None
        return self.layout.index("C") < min(self.layout.index(letter) for letter in self.layout if letter in "DHW")


def window(op: linalg.StructuredOp) -> Window | None:
    """The window of a structured op that MLIR sees as a convolution; None for any other."""
    if len(op.ins) < 2 or not linalg_window_dims(op):
        return None
    sums = [pair for result in op.indexing_maps[0].results if (pair := _sum(op, result)) is not None]
    sizes = tuple(op.static_loop_ranges[inner] for _, _, inner, _ in sums)
    strides = tuple(stride for _, stride, _, _ in sums)
    dilations = tuple(dilation for _, _, _, dilation in sums)
    return Window(sizes, strides, dilations, _groups(op), _layout(op))


def window_of(op: Op | None) -> Window | None:
    """The window of an op that slides one."""
    found = linalg.structured(op) if op is not None else None
    return window(found) if found is not None else None


def slides(op: linalg.StructuredOp) -> bool:
    """Whether the op is a convolution whose window has several elements, or may have."""
    found = window(op)
    return found is not None and op.is_convolution and any(size != 1 for size in found.sizes)


def is_read_plainly(op: linalg.StructuredOp, loop: int) -> bool:
    """Whether every map that has the loop has it as a dim of its own, as it has channels, and not what a window slides over."""
    others = (expr for of in op.indexing_maps for expr in of.results if not isinstance(expr, Dim))
    return all(leaf != Dim(loop) for expr in others for leaf in leaves(expr))


def linalg_window_dims(op: linalg.StructuredOp) -> tuple[int, ...]:
    """The reduction loops that slide over the input."""
    pairs = [_sum(op, result) for result in op.indexing_maps[0].results]
    return tuple(pair[2] for pair in pairs if pair is not None)


def _sum(op: linalg.StructuredOp, expr: AffineExpr) -> tuple[int, int, int, int] | None:
    """Output loop, stride, window loop, dilation of `d2 * 2 + d4`."""
    if not isinstance(expr, Binary) or expr.op != "+":
        return None
    sides = [_scaled(expr.lhs), _scaled(expr.rhs)]
    known = [side for side in sides if side is not None]
    if len(known) != 2:
        return None
    outer = [side for side in known if op.iterator_types[side[0]] == "parallel"]
    inner = [side for side in known if op.iterator_types[side[0]] != "parallel"]
    return (*outer[0], *inner[0]) if len(outer) == 1 and len(inner) == 1 else None


def _scaled(expr: AffineExpr) -> tuple[int, int] | None:
    match expr:
        case Dim(position):
            return position, 1
        case Binary("*", Dim(position), Constant(factor)):
            return position, factor
        case _:
            return None


def _groups(op: linalg.StructuredOp) -> str:
    """`depthwise` where no channel is summed, `grouped` where channels are summed within groups."""
    given, filtered = op.indexing_maps[0].used_dims, op.indexing_maps[1].used_dims
    kept = op.result_map().used_dims
    sliding = set(linalg_window_dims(op))
    shared = [dim for dim in given & filtered & kept if dim not in sliding]
    summed = [dim for dim in given & filtered if dim not in kept and dim not in sliding]
    if not shared:
        return ""
    return "grouped" if summed else "depthwise"


def _layout(op: linalg.StructuredOp) -> str:
    """Letters of the input's dims: N for a batch, C for channels, D, H, W for what a window slides over."""
    spatial = [result for result in op.indexing_maps[0].results if not isinstance(result, Dim)]
    if len(spatial) > 3:
        return ""
    letters = iter("DHW"[3 - len(spatial) :])
    filtered = op.indexing_maps[1].used_dims
    if op.category == "pooling":
        return _pooling_layout(op)
    return "".join(_letter(result, filtered) or next(letters) for result in op.indexing_maps[0].results)


def _letter(result: AffineExpr, filtered: frozenset[int]) -> str:
    if not isinstance(result, Dim):
        return ""
    return "C" if result.position in filtered else "N"


def _pooling_layout(op: linalg.StructuredOp) -> str:
    """A pooling's maps do not tell batch from channels; its name does: `linalg.pooling_nchw_max`."""
    words = op.op.name.split("_")
    return next((word.upper() for word in words if word in ("nchw", "nhwc", "ncw", "nwc", "ndhwc", "ncdhw")), "")


def _factor(word: str, factors: tuple[int, ...]) -> str:
    if all(factor == 1 for factor in factors):
        return ""
    same = len(set(factors)) == 1
    return f"{word} {factors[0] if same else 'x'.join(map(str, factors))}"
