"""Rewrites: what experts do to a program by hand so that two dispatches become one, as text edits that keep its meaning."""

from __future__ import annotations

from dispatch_lens.rewrites import (
    channels_last,
    compose_transposes,
    fold_reshape_pair,
    fold_transpose_into_consumer,
    fold_transpose_into_producer,
    generalise,
    inline_dispatch,
    interchange_generic,
    join_dispatches,
    merge_dispatches,
    merge_generics,
    merge_into_dispatch,
    merge_siblings,
    move_concat,
    move_pad,
    move_reshape,
    move_slice,
    reassociate,
    region_forms,
    remove_transpose,
    sink_transpose,
    specialise,
    split_producer_loops,
    split_reader_loops,
    transpose_forms,
)
from dispatch_lens.rewrites.rewrite import Rewrite

ALL: tuple[Rewrite, ...] = (
    compose_transposes.REWRITE,
    remove_transpose.REWRITE,
    fold_transpose_into_consumer.REWRITE,
    fold_transpose_into_producer.REWRITE,
    transpose_forms.TO_RESHAPE,
    fold_reshape_pair.PAIR,
    fold_reshape_pair.UNITS,
    interchange_generic.NORMALISE,
    generalise.CONVOLUTION,
    merge_dispatches.REWRITE,
    join_dispatches.REWRITE,
    merge_dispatches.SHARED,
    merge_into_dispatch.REWRITE,
    move_reshape.DOWN,
    move_reshape.UP,
    split_producer_loops.REWRITE,
    split_reader_loops.REWRITE,
    move_pad.UP,
    move_pad.DOWN,
    move_slice.REWRITE,
    move_concat.REWRITE,
    merge_generics.RECOMPUTE,
    merge_siblings.REWRITE,
    sink_transpose.REWRITE,
    merge_generics.REWRITE,
    generalise.REWRITE,
    specialise.REWRITE,
    interchange_generic.INTERCHANGE,
    channels_last.LAST,
    channels_last.FIRST,
    transpose_forms.TO_GENERIC,
    transpose_forms.TO_NAMED,
    reassociate.COMPOSE,
    reassociate.SPLIT,
    region_forms.DISSOLVE,
    inline_dispatch.REWRITE,
    region_forms.WRAP,
    region_forms.SPLIT,
    region_forms.HOIST,
)


def by_name(name: str) -> Rewrite | None:
    """The rewrite of this name."""
    return next((rewrite for rewrite in ALL if rewrite.name == name), None)
