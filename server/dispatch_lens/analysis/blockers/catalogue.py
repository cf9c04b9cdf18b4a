"""The known obstacles by code: the family that each belongs to, what can be done about it, and whether it costs a dispatch.

A code stands for one way in which ops end up in different dispatches. Some only look like an obstacle: passes that run
before dispatches form, or cloning into them, deal with them. Which options lift an obstacle is in `flags`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from dispatch_lens.flags.version import Version, parse_version

Family = Literal["readers", "loops", "kinds", "reshapes", "transposes", "pads", "slices", "barriers", "no-edge", "edges"]
Cure = Literal["option", "rewrite", "by-design", "none-needed"]


@dataclass(frozen=True, slots=True)
class Blocker:
    """One obstacle. `harmless_from` is the release from which the whole compiler deals with it; None: in no release.

    `harmless_formed` says whether it costs nothing even where two formed dispatches show it.
    """

    code: str
    family: Family
    cure: Cure
    harmless_from: Version | None = None
    harmless_formed: bool = False


def blocker(code: str) -> Blocker:
    """The obstacle with that code. KeyError where there is none."""
    return _BY_CODE[code]


def keeps_ops_apart(code: str, version: Version) -> bool:
    """Whether ops that show it end up in different dispatches, once that release has formed them."""
    harmless_from = _BY_CODE[code].harmless_from
    return harmless_from is None or version < harmless_from


def keeps_dispatches_apart(code: str, version: Version) -> bool:
    """Whether it is why two dispatches that the text has formed already are not one."""
    return keeps_ops_apart(code, version) or not _BY_CODE[code].harmless_formed


_ANY = parse_version("2024-04")
_3_1, _3_9 = parse_version("3.1"), parse_version("3.9")


def _rows(family: Family, cure: Cure, codes: str) -> tuple[Blocker, ...]:
    return tuple(Blocker(code, family, cure) for code in codes.split())


def _harmless(family: Family, codes: str, first: Version | None = _ANY, formed: bool = False) -> tuple[Blocker, ...]:
    return tuple(Blocker(code, family, "none-needed", first, formed) for code in codes.split())


ALL: tuple[Blocker, ...] = (
    *_rows("readers", "option", "multi-use-producer producer-also-returned elementwise-multi-use-diamond tensor-trace"),
    *_rows("readers", "by-design", "transitive-dependency consumer-in-another-dispatch"),
    *_rows("loops", "option", "reduction-then-reduction elementwise-chain-nonaggressive consumer-with-more-loops"),
    *_rows("loops", "option", "conv-output-transposed conv-inplace-type-change"),
    *_rows("loops", "rewrite", "depthwise-nchw-then-elementwise elementwise-into-reduction-broadcast loops-in-another-order"),
    *_rows("loops", "by-design", "elementwise-into-contraction-operand elementwise-before-conv reduction-consumer"),
    *_rows("loops", "by-design", "contraction-chain broadcast-consumer conflicting-maps non-permutation-map"),
    *_rows("kinds", "option", "bit-truncate-producer mmt4d-producer data-tiled-contraction dequantization-before-contraction"),
    *_rows("kinds", "option", "gather-left-outside"),
    *_rows("kinds", "by-design", "bit-extend-consumer gather-tensor-extract operand-limit pack-after-transposed-producer"),
    *_rows("kinds", "by-design", "unpack-reduction-consumer non-fusable-op attention-producer"),
    *_rows("reshapes", "option", "reshape-after-reduction"),
    *_rows("reshapes", "rewrite", "reshape-pair-between unit-dim-reshape-between dynamic-reshape-between"),
    *_rows("reshapes", "rewrite", "expand-between-root-and-elementwise expand-behind-convolution"),
    *_rows("transposes", "option", "transpose-into-contraction transpose-pad-conv"),
    *_rows("transposes", "option", "expand-before-transpose transpose-before-collapse"),
    *_rows("pads", "option", "pad-before-conv"),
    *_rows("pads", "by-design", "pad-between"),
    *_rows("slices", "option", "extract-slice-between concat-between"),
    *_rows("slices", "by-design", "insert-slice-dest-not-fill"),
    *_rows("barriers", "rewrite", "optimization-barrier compute-barrier preformed-region call-boundary different-block"),
    *_rows("barriers", "by-design", "device-transfer different-block-loop"),
    *_rows("edges", "rewrite", "formed-apart transpose-formed-apart"),
    *_rows("no-edge", "option", "horizontal-siblings"),
    *_rows("no-edge", "rewrite", "independent-elementwise"),
    *_harmless("reshapes", "collapse-between-root-and-elementwise transpose-reshape-transpose"),
    *_harmless("transposes", "transpose-before-named-conv", _3_9),
    *_harmless("transposes", "transpose-into-matmul transpose-multi-use", _3_1),
    *_harmless("transposes", "const-weights-transpose", formed=True),
    *_harmless("pads", "pad-after-root"),
    *_harmless("slices", "insert-slice-multi-use-source"),
    *_harmless("barriers", "inlined-call"),
    *_harmless("loops", "consumer-more-loops dynamic-shape scalar-work"),
    *_harmless("kinds", "dequant-multi-use identical-dispatches", formed=True),
    *_harmless("edges", "transpose-at-edge", formed=True),
)
_BY_CODE = {found.code: found for found in ALL}
