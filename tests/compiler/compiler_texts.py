"""MLIR texts for the compiler tests, and where things are in them."""

from __future__ import annotations

from dispatch_lens.compiler import protocol

TWO_CONSUMERS = """\
func.func @main(%a: tensor<8x16xf32>, %b: tensor<16x8xf32>) -> (tensor<8x8xf32>, tensor<8x8xf32>) {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x8xf32>) -> tensor<8x8xf32>
  %product = linalg.matmul ins(%a, %b : tensor<8x16xf32>, tensor<16x8xf32>) outs(%fill : tensor<8x8xf32>) -> tensor<8x8xf32>
  %relu = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]
  } ins(%product : tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %max = arith.maximumf %in, %zero : f32
    linalg.yield %max : f32
  } -> tensor<8x8xf32>
  %negative = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]
  } ins(%product : tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {
  ^bb0(%in: f32, %out: f32):
    %neg = arith.negf %in : f32
    linalg.yield %neg : f32
  } -> tensor<8x8xf32>
  return %relu, %negative : tensor<8x8xf32>, tensor<8x8xf32>
}
"""

PLUS_TRANSPOSED = """\
func.func @main(%a: tensor<8x16xf32>, %b: tensor<16x8xf32>) -> tensor<8x8xf32> {
  %zero = arith.constant 0.0 : f32
  %empty = tensor.empty() : tensor<8x8xf32>
  %fill = linalg.fill ins(%zero : f32) outs(%empty : tensor<8x8xf32>) -> tensor<8x8xf32>
  %product = linalg.matmul ins(%a, %b : tensor<8x16xf32>, tensor<16x8xf32>) outs(%fill : tensor<8x8xf32>) -> tensor<8x8xf32>
  %sum = linalg.generic {
    indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>],
    iterator_types = ["parallel", "parallel"]
  } ins(%product, %product : tensor<8x8xf32>, tensor<8x8xf32>) outs(%empty : tensor<8x8xf32>) {
  ^bb0(%in: f32, %across: f32, %out: f32):
    %add = arith.addf %in, %across : f32
    linalg.yield %add : f32
  } -> tensor<8x8xf32>
  return %sum : tensor<8x8xf32>
}
"""

ALONE = """\
util.func public @alone(%x: tensor<8x8xf32>) -> tensor<8x8xf32> {
  %loaded = util.global.load @weights : tensor<8x8xf32>
  %called = util.call @elsewhere(%x) : (tensor<8x8xf32>) -> tensor<8x8xf32>
  %product = linalg.matmul ins(%loaded, %called : tensor<8x8xf32>, tensor<8x8xf32>) outs(%x : tensor<8x8xf32>) -> tensor<8x8xf32>
  util.return %product : tensor<8x8xf32>
}
"""

CRASHES_3_13 = "util.global private @x = #util.uninitialized : !vm.ref<>\n"

# Each function calls the next one twice, so inlining doubles the ops 60 times.
NEVER_ENDS = (
    "\n".join(
        f"""\
func.func @f{number}(%x: i32) -> i32 {{
  %a = call @f{number + 1}(%x) : (i32) -> i32
  %b = call @f{number + 1}(%a) : (i32) -> i32
  return %b : i32
}}"""
        for number in range(60)
    )
    + "\nfunc.func private @f60(i32) -> i32\n"
)
NEVER_ENDS_PIPELINE = "builtin.module(inline)"

NEEDS_32_GB = """\
func.func @main() -> vector<2000000000xi32> {
  %ones = arith.constant dense<1> : vector<2000000000xi32>
  %three = arith.constant 3 : i32
  %result = vector.insert %three, %ones [7] : i32 into vector<2000000000xi32>
  return %result : vector<2000000000xi32>
}
"""


def roots(text: str) -> int:
    """How many ops a region is formed round when nothing fuses."""
    return text.count("linalg.matmul") + text.count("linalg.generic")


def places(text: str, needle: str) -> list[protocol.Position]:
    """Every place where `needle` begins on a line, at most one a line."""
    found = enumerate(text.encode().split(b"\n"), 1)
    return [protocol.Position(number, line.index(needle.encode()) + 1) for number, line in found if needle.encode() in line]


def place(text: str, needle: str) -> protocol.Position:
    """Where `needle` begins, which occurs on one line only."""
    (only,) = places(text, needle)
    return only
