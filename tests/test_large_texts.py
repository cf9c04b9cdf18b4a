"""Texts that are large in one way only: what they cost grows with their length, not with its square."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from dispatch_lens.features.document import Document
from dispatch_lens.features.report import FileReport, file_report
from dispatch_lens.features.settings import Settings
from dispatch_lens.syntax import scanner

GENERIC = """  %{name} = linalg.generic {{indexing_maps = [affine_map<(d0) -> (d0)>, affine_map<(d0) -> (d0)>],
      iterator_types = ["parallel"]}} ins(%{of} : tensor<8xf32>) outs(%e : tensor<8xf32>) {{
  ^bb0(%in: f32, %out: f32):
    %y = math.exp %in : f32
    linalg.yield %y : f32
  }} -> tensor<8xf32>
"""


def checked(text: str) -> FileReport:
    return file_report(Document("large.mlir", 0, text), Settings())


def blocks() -> str:
    ops = "".join(f"^bb{i}:\n  cf.br ^bb{i + 1}\n" for i in range(30_000))
    return f"func.func @f() {{\n  cf.br ^bb0\n{ops}^bb30000:\n  return\n}}\n"


def chain() -> str:
    """Ops that elementwise fusion makes one."""
    ops = "".join(GENERIC.format(name=f"r{i + 1}", of=f"r{i}") for i in range(400))
    head = "util.func @f(%r0: tensor<8xf32>) -> tensor<8xf32> {\n  %e = tensor.empty() : tensor<8xf32>\n"
    return f"{head}{ops}  util.return %r400 : tensor<8xf32>\n}}\n"


@pytest.mark.parametrize("text", [blocks, chain], ids=lambda text: text.__name__)
def test_what_is_long_in_one_way_is_checked_in_seconds(text) -> None:  # type: ignore[no-untyped-def]
    written = text()
    begin = time.process_time()
    assert checked(written).errors == ()
    assert time.process_time() - begin < 10


def test_many_ops_on_a_line_are_found_in_seconds() -> None:
    line = " ".join(f"%{i + 1} = arith.addf %{i}, %{i} : f32" for i in range(150_000))
    begin = time.process_time()
    assert len(scanner.sketch(line)) == 150_000
    assert time.process_time() - begin < 5


def test_a_literal_takes_a_few_times_its_size() -> None:
    size = 2_000_000
    text = f'%0 = arith.constant dense<"0x{"0123456789ABCDEF" * (size // 16)}"> : tensor<{size // 8}xf32>\n'
    tracemalloc.start()
    errors = checked(text).errors
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert errors == () and peak < 12 * size
