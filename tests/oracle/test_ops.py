"""What is read of a text against what the compiler's own parser sees: names, places, nesting, results, regions, operands."""

from __future__ import annotations

import re
from functools import cache

import pytest
from iree.compiler import ir as mlir

from dispatch_lens.features.document import Document
from dispatch_lens.features.ops import error_rows, op_rows
from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.value import Value
from dispatch_lens.text import LineIndex
from shared import FIXTURES, accepted_chunks, needs_shared

pytestmark = pytest.mark.oracle
_PLACE = re.compile(r'loc\("-":(\d+):(\d+)\)')


def place(op: mlir.Operation) -> tuple[int, int]:
    """Line and column of an op; (0, 0) for one that the parser added without text."""
    match = _PLACE.match(str(op.location))
    return (int(match[1]), int(match[2])) if match else (0, 0)


def parsed_ops(op: mlir.Operation, depth: int):  # type: ignore[no-untyped-def]
    """Every op below `op` with its depth."""
    for region in op.regions:
        for block in region.blocks:
            for inner in block.operations:
                yield inner.operation, depth
                yield from parsed_ops(inner.operation, depth + 1)


@cache
def context() -> mlir.Context:
    """One for all texts: to make one takes longer than to parse most of them."""
    made = mlir.Context()
    made.enable_multithreading(False)
    return made


def theirs(text: str) -> list[tuple[int, int, str, int, int, int]]:
    with context():
        module = mlir.Module.parse(text)
        return [(*place(op), op.name, depth, len(op.results), len(op.regions)) for op, depth in parsed_ops(module.operation, 0)]


def ours(text: str) -> list[tuple[int, int, str, int, int, int]]:
    rows = op_rows(Document("-", 0, text))
    outer = bool(rows) and rows[0].name == "builtin.module" and all(row.depth > 0 for row in rows[1:])
    rows = rows[1:] if outer else rows
    return [(row.line, row.column, row.name, row.depth - outer, row.results, row.regions) for row in rows]


def without_added(text: str, rows: list[tuple[int, int, str, int, int, int]]) -> list[tuple[int, int, str, int, int, int]]:
    """The compiler's ops but for those it added: their name does not stand at their place."""
    lines = LineIndex(text)
    kept = []
    for line, column, name, *rest in rows:
        spelled = text[lines.offset(line, column) :] if line else ""
        named = spelled.lstrip('"').startswith((name, name.partition(".")[2]))
        payload = spelled.startswith("linalg.") and re.match(r"[\w.]+ \{ " + re.escape(name), spelled)
        if named or payload or (spelled.startswith("(") and text[: lines.offset(line, column)].endswith(name)):
            kept.append((line, column, name, *rest))
    return kept


def disagreements(chunks: list[tuple[str, str]]) -> list[str]:
    found = []
    for name, text in chunks:
        expected, seen = without_added(text, theirs(text)), ours(text)
        if sorted(expected) != sorted(seen):
            found.append(f"{name}: {sorted(set(expected) ^ set(seen))[:4]}")
        errors = error_rows(Document("-", 0, text))
        if errors:
            found.append(f"{name}: {errors[0]}")
    return found


def test_fixtures() -> None:
    texts = [(path.name, path.read_text()) for folder in ("cases", "blockers") for path in FIXTURES.glob(f"{folder}/*.mlir")]
    todays = [(name, text) for name, text in texts if "binding.subspan set(" not in text]
    assert len(todays) > 50
    assert disagreements(todays) == []


def chunks_of(name: str) -> list[tuple[str, str]]:
    """The chunks of a file of `fixtures/reading`."""
    texts = (FIXTURES / "reading" / name).read_text().split("// -----\n")
    return [(f"{name}#{i}", text) for i, text in enumerate(texts)]


@pytest.mark.parametrize("name", ["forms.mlir", "several-on-a-line.mlir"])
def test_forms(name: str) -> None:
    """Forms of ops that few texts have; several ops on a line."""
    assert disagreements(chunks_of(name)) == []


UNNAMED = """
func.func private @called(tensor<4xf32>) -> (tensor<4xf32>, index)
func.func @unnamed(%a: tensor<4x8xf32>, %v: tensor<4xf32>, %i: index, %p: i1, %m: memref<4xf32>) {
  arith.constant 1 : index
  arith.addi %i, %i : index
  arith.addui_extended %i, %i : index, i1
  func.call @called(%v) : (tensor<4xf32>) -> (tensor<4xf32>, index)
  scf.if %p -> (index, f32) {
    %c = arith.constant 1.0 : f32
    scf.yield %i, %c : index, f32
  } else {
    %c = arith.constant 2.0 : f32
    scf.yield %i, %c : index, f32
  }
  %e = tensor.empty() : tensor<8x4xf32>
  linalg.transpose ins(%a : tensor<4x8xf32>) outs(%e : tensor<8x4xf32>) permutation = [1, 0]
  %f = arith.constant 1.0 : f32
  linalg.fill ins(%f : f32) outs(%a : tensor<4x8xf32>) -> tensor<4x8xf32>
  linalg.fill ins(%f : f32) outs(%m : memref<4xf32>)
  flow.dispatch.region -> (tensor<4xf32>, tensor<4x8xf32>) {
    flow.return %v, %a : tensor<4xf32>, tensor<4x8xf32>
  }
  tensor.collapse_shape %a [[0, 1]] : tensor<4x8xf32> into tensor<32xf32>
  iree_linalg_ext.sort dimension(0) outs(%v : tensor<4xf32>) {
  ^bb0(%x: f32, %y: f32):
    %less = arith.cmpf ogt, %x, %y : f32
    iree_linalg_ext.yield %less : i1
  } -> tensor<4xf32>
  return
}
"""


EXTERN = """
#first = #hal.executable.target<"llvm-cpu", "a">
#second = #hal.executable.target<"llvm-cpu", "b">
#object = #hal.executable.object<{path = "a.o"}>
util.func public @external(%x: tensor<4xf32>, %w: index) -> tensor<4xf32> {
  %0 = hal.dispatch.extern "main"[%w](%x) : (tensor<4xf32>) -> tensor<4xf32>
    count(%device: !hal.device, %a: index) -> (index, index, index) {
      hal.return %a, %a, %a : index, index, index
    }
    layout(#hal.pipeline.layout<bindings = [
      #hal.pipeline.binding<storage_buffer, ReadOnly>, #hal.pipeline.binding<storage_buffer>
    ]>)
    objects({
      #first if(%device: !hal.device) -> i1 {
        %ok = arith.constant true
        hal.return %ok : i1
      } ordinal(0) = [#object],
      #second ordinal(1) = [#object, #hal.executable.object<{path = "b.o"}>]
    })
  util.return %0 : tensor<4xf32>
}
"""


def test_an_external_dispatch_has_a_region_for_each_target() -> None:
    assert disagreements([("extern", EXTERN)]) == []


def test_results_that_have_no_names_are_counted() -> None:
    assert disagreements([("unnamed", UNNAMED)]) == []


@needs_shared
def test_accepted_chunks() -> None:
    chunks = accepted_chunks()
    assert len(chunks) > 1000
    assert disagreements(chunks) == []


def definer(value: mlir.Value) -> tuple[str, int, int]:
    owner = value.owner
    if isinstance(owner, mlir.Block):
        return ("argument", *place(owner.owner.operation))
    return ("result", *place(owner.operation if hasattr(owner, "operation") else owner))


def our_definer(lines: LineIndex, value: Value) -> tuple[str, int, int]:
    op = value.op or (value.block.region.op if value.block else None)
    if op is None:
        return ("free", 0, 0)
    return ("result" if value.op else "argument", *lines.position(op.name_range.start))


@needs_shared
def test_operands_come_from_the_same_places() -> None:
    wrong = []
    for name, text in accepted_chunks():
        lines = LineIndex(text)
        found = {lines.position(op.name_range.start): op for op in lower(text).walk()}
        with context():
            module = mlir.Module.parse(text)
            for op, _ in parsed_ops(module.operation, 0):
                mine = found.get(place(op))  # type: ignore[call-overload]
                if mine is None or mine.name != op.name:
                    continue
                if sorted(map(definer, op.operands)) != sorted(our_definer(lines, use.value) for use in mine.operands):
                    wrong.append(f"{name}: {op.name} at {place(op)}")
    assert wrong == []
