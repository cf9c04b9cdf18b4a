"""The rules of dispatch formation by compiler version, as data, and the pass options that they read.

A set of rules is an `Era`; what changed between two eras is a field. Each era is held to the compilers of its releases
on random modules, op by op.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

CommonLoop = Literal["not-required", "required", "required-of-loops", "required-under-loops"]
"""Whether a consumer must follow a parallel loop of the root: always, where it has loops itself, or where the root has."""

ConsumersTried = Literal["first", "first-or-all-that-narrow", "all"]
"""Which readers of a member are tried: the first alone, where that one narrows elements all that do, or all."""

Alignment = Literal["identity", "identity-or-interchange", "loop-maps"]


@dataclass(frozen=True, slots=True, eq=False)
class Era:
    """The rules from version `first` on. Versions are (major, minor); the dated wheels of 2024 count as (0, yyyymm).

    `alignment` is how the loops of two ops must correspond: by maps that are the identity on the root's outer parallel
    loops, or by one map from those loops to each op's own, composed edge by edge. With `fuses_multi_use_producers` all uses
    in a group decide, before it the first use alone; with `merges_edge_maps` edges may leave loops to each other.
    With `may_keep_dequantization_apart` a CPU's contraction takes no producer that widens elements and computes: the model, which
    knows no target, clones it; where a text shows it formed, that is why.
    """

    name: str
    first: tuple[int, int]
    alignment: Alignment
    consumers_tried: ConsumersTried
    fits_fewer_loops: bool
    limits_operands: bool
    limits_consumer_loops: bool
    checks_transitive_dependency: bool
    checks_uses_before_root: bool
    defers_truncates: bool
    keeps_strided_conv_apart: bool
    skips_cloneable_consumers: bool
    fuses_across_blocks: bool
    clones_tensor_cast: bool
    leaves_gathers: bool
    clones_index_generators: bool
    cloned_ext_ops: frozenset[str]
    roots_set_encoding: bool
    moves_root_to_consumer: bool
    cleans_up: bool
    packs_identities: bool
    fuses_multi_use_producers: bool
    merges_edge_maps: bool
    common_loop: CommonLoop
    consumers_may_be_cloned: bool
    non_fusable_producers: frozenset[str]
    fusable_ext_ops: frozenset[str]
    may_keep_dequantization_apart: bool = False


@dataclass(frozen=True, slots=True)
class Options:
    """The options of form-dispatch-regions, with the pass's own defaults of 3.13 but for aggressive fusion.

    `fuse_multi_use` lets a producer with several uses join its consumer's group. `inline_constant_bytes` is the size up
    to which a constant is cloned into a dispatch.
    """

    aggressive: bool = False
    fuse_multi_use: bool = True
    pad_with_consumer: bool = False
    pad_with_producer: bool = False
    inline_constant_bytes: int = 256


_SINCE_ATTENTION = frozenset(
    f"iree_linalg_ext.{name}"
    for name in (
        *("scatter", "gather", "attention", "online_attention", "custom_op", "arg_compare"),
        *("quantize_affine", "dequantize_affine"),
    )
) | {"linalg.softmax", "iree_encoding.set_encoding", "iree_encoding.unset_encoding"}

_ERA_2024 = Era(
    name="2024",
    first=(0, 202406),
    alignment="identity",
    consumers_tried="first",
    fits_fewer_loops=False,
    limits_operands=False,
    limits_consumer_loops=False,
    checks_transitive_dependency=False,
    checks_uses_before_root=False,
    defers_truncates=False,
    keeps_strided_conv_apart=True,
    skips_cloneable_consumers=False,
    fuses_across_blocks=True,
    clones_tensor_cast=True,
    leaves_gathers=False,
    clones_index_generators=False,
    cloned_ext_ops=frozenset(),
    roots_set_encoding=True,
    moves_root_to_consumer=True,
    cleans_up=False,
    packs_identities=False,
    fuses_multi_use_producers=False,
    merges_edge_maps=False,
    common_loop="not-required",
    consumers_may_be_cloned=True,
    non_fusable_producers=frozenset({"linalg.mmt4d"}),
    fusable_ext_ops=frozenset({"iree_linalg_ext.scatter"}),
)
_ERA_2_9 = replace(_ERA_2024, name="2.9", first=(2, 9), leaves_gathers=True, fusable_ext_ops=_SINCE_ATTENTION)
_ERA_3_2 = replace(_ERA_2_9, name="3.2", first=(3, 2), keeps_strided_conv_apart=False, leaves_gathers=False)
_ERA_3_3 = replace(_ERA_3_2, name="3.3", first=(3, 3), cleans_up=True)
_ERA_3_6 = replace(
    _ERA_3_3,
    name="3.6",
    first=(3, 6),
    alignment="identity-or-interchange",
    moves_root_to_consumer=False,
    fits_fewer_loops=True,
    skips_cloneable_consumers=True,
)
_ERA_3_7 = replace(_ERA_3_6, name="3.7", first=(3, 7), defers_truncates=True, consumers_tried="first-or-all-that-narrow")
_ERA_3_9 = Era(
    name="3.9",
    first=(3, 9),
    alignment="loop-maps",
    consumers_tried="first-or-all-that-narrow",
    fits_fewer_loops=False,
    limits_operands=False,
    limits_consumer_loops=False,
    checks_transitive_dependency=True,
    checks_uses_before_root=False,
    defers_truncates=True,
    keeps_strided_conv_apart=False,
    skips_cloneable_consumers=True,
    fuses_across_blocks=False,
    clones_tensor_cast=False,
    leaves_gathers=False,
    clones_index_generators=True,
    cloned_ext_ops=frozenset({"iree_encoding.unset_encoding", "iree_linalg_ext.gather"}),
    roots_set_encoding=False,
    moves_root_to_consumer=False,
    cleans_up=True,
    packs_identities=True,
    fuses_multi_use_producers=False,
    merges_edge_maps=False,
    common_loop="not-required",
    consumers_may_be_cloned=True,
    non_fusable_producers=frozenset({"linalg.mmt4d", "linalg.batch_mmt4d"}),
    fusable_ext_ops=_SINCE_ATTENTION,
)
_ERA_3_10 = replace(
    _ERA_3_9,
    name="3.10",
    first=(3, 10),
    consumers_tried="all",
    limits_operands=True,
    common_loop="required",
    consumers_may_be_cloned=False,
)
_ERA_3_11 = replace(
    _ERA_3_10,
    name="3.11",
    first=(3, 11),
    limits_consumer_loops=True,
    checks_uses_before_root=True,
    common_loop="required-of-loops",
)
_ERA_3_12 = replace(
    _ERA_3_11,
    name="3.12",
    first=(3, 12),
    fuses_multi_use_producers=True,
    merges_edge_maps=True,
    common_loop="required-under-loops",
    may_keep_dequantization_apart=True,
)

ERAS: tuple[Era, ...] = (_ERA_2024, _ERA_2_9, _ERA_3_2, _ERA_3_3, _ERA_3_6, _ERA_3_7, _ERA_3_9, _ERA_3_10, _ERA_3_11, _ERA_3_12)
"""All eras, oldest first."""

OLDEST, NEWEST = ERAS[0], ERAS[-1]

_DATED = re.compile(r"(20\d\d)-?(\d\d)(?:-?\d\d)?(?:\.\d+)?$")
_NUMBERED = re.compile(r"(\d+)\.(\d+)")


def era_of_version(version: str) -> Era | None:
    """The era of `3.13.0`, `20240724.964`, `2024-07` or an era's name; None for what is neither number nor date.

    A version before the first era gets the first, one after the last gets the last.
    """
    named = next((era for era in ERAS if era.name == version), None)
    if named is not None:
        return named
    key = _key(version)
    if key is None:
        return None
    return next((era for era in reversed(ERAS) if era.first <= key), OLDEST)


def _key(version: str) -> tuple[int, int] | None:
    if dated := _DATED.match(version):
        return 0, int(dated[1] + dated[2])
    numbered = _NUMBERED.match(version)
    return (int(numbered[1]), int(numbered[2])) if numbered else None
