"""Reads the structure of an opened text, a chunk at a time while nobody asks, so that the first question at a place costs no more
than the next.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable

from dispatch_lens.features.hover import at as hover
from dispatch_lens.features.snapshot import Snapshot, snapshot

PAUSE_SECONDS = 0.05
FIRST_PAUSE_SECONDS = 1.0
"""After an opening, in which the first remarks are made by another process."""
FROZEN_AT_ONCE = 128
_SAMPLE = """\
#map = affine_map<(d0, d1) -> (d1, d0)>
util.func public @f(%arg0: tensor<4x8xf32>, %arg1: tensor<8x4xf32>) -> tensor<8x4xf32> {
  %0 = linalg.generic {indexing_maps = [#map, #map], iterator_types = ["parallel", "parallel"]}
      ins(%arg0 : tensor<4x8xf32>) outs(%arg1 : tensor<8x4xf32>) {
  ^bb0(%in: f32, %out: f32):
    linalg.yield %in : f32
  } -> tensor<8x4xf32>
  util.return %0 : tensor<8x4xf32>
}
"""


async def warm(of: Snapshot, seconds_idle: Callable[[], float]) -> None:
    """Reads every chunk, while the editor has said nothing for a while."""
    await asyncio.sleep(FIRST_PAUSE_SECONDS)
    for i, chunk in enumerate(of.chunks):
        while (idle := seconds_idle()) < PAUSE_SECONDS:
            await asyncio.sleep(PAUSE_SECONDS - idle)
        assert chunk.level is not None
        if i % FROZEN_AT_ONCE == 0:
            gc.freeze()  # What was read stays: a full collection need not look at it in the middle of an answer.
        await asyncio.sleep(0)
    gc.freeze()


def warm_up() -> None:
    """Answers once, so that grammars and tables are loaded before somebody asks."""
    of = snapshot("", 0, _SAMPLE)
    for word in ("#map,", "linalg", "%arg0 ", "tensor<"):
        hover.hover(of, _SAMPLE.rindex(word) + 1)
