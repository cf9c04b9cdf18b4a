"""No op stays loose in front of a formed dispatch that it would join: each maker in front of each reader.

The compiler of 2024-07 is held to it: what is refused it does not compile, the rest it does, to equal results.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from dispatch_lens.ir.lower import lower
from dispatch_lens.ir.module import Op
from dispatch_lens.rewrites import loose, region_forms
from dispatch_lens.rewrites.rewrite import Applied, Outcome, Refused
from dispatch_lens.text import apply_edits
from oracle.asker import Asker, asking
from shared import PYTHON_2024, needs_2024

SQUARE, LINE, CUBE = "tensor<6x6xi32>", "tensor<36xi32>", "tensor<2x3x6xi32>"
PRODUCT = f"linalg.matmul ins(%x, %y : {SQUARE}, {SQUARE}) outs(%zeros : {SQUARE}) -> {SQUARE}"
SAME = "affine_map<(i, j) -> (i, j)>"
MAKERS = {
    "a product": PRODUCT,
    "a generic": f"""linalg.generic {{indexing_maps = [{SAME}, {SAME}], iterator_types = ["parallel", "parallel"]}}
    ins(%x : {SQUARE}) outs(%empty : {SQUARE}) {{
  ^bb0(%in: i32, %out: i32):
    %twice = arith.addi %in, %in : i32
    linalg.yield %twice : i32
  }} -> {SQUARE}""",
    "elementwise": f"linalg.add ins(%x, %y : {SQUARE}, {SQUARE}) outs(%empty : {SQUARE}) -> {SQUARE}",
    "a transpose": f"linalg.transpose ins(%x : {SQUARE}) outs(%empty : {SQUARE}) permutation = [1, 0]",
}
FLAT = f"%flat = tensor.collapse_shape %0 [[0, 1]] : {SQUARE} into {LINE}"
BACK = f"%back = tensor.expand_shape %flat [[0, 1]] output_shape [6, 6] : {LINE} into {SQUARE}"
SPLIT = f"%split = tensor.expand_shape %0 [[0, 1], [2]] output_shape [2, 3, 6] : {SQUARE} into {CUBE}"
UNIT = "tensor<6x6x1xi32>"
ADDED = f"%added = tensor.expand_shape %0 [[0], [1, 2]] output_shape [6, 6, 1] : {SQUARE} into {UNIT}"
WHOLE = f"%whole = tensor.extract_slice %0[0, 0] [6, 6] [1, 1] : {SQUARE} to {SQUARE}"
READERS = {
    "elementwise": ((), f"linalg.add ins(%x, %0 : {SQUARE}, {SQUARE}) outs(%empty : {SQUARE}) -> {SQUARE}"),
    "adds to it": ((), PRODUCT.replace("%zeros", "%0")),
    "multiplies it": ((), PRODUCT.replace("%x", "%0")),
    "elementwise after a collapse": ((FLAT,), f"linalg.add ins(%flat, %line : {LINE}, {LINE}) outs(%line : {LINE}) -> {LINE}"),
    "elementwise after an expand": ((SPLIT,), f"linalg.add ins(%split, %cube : {CUBE}, {CUBE}) outs(%cube : {CUBE}) -> {CUBE}"),
    "elementwise after a dim of size 1": (
        (ADDED,),
        f"linalg.add ins(%added, %unit : {UNIT}, {UNIT}) outs(%unit : {UNIT}) -> {UNIT}",
    ),
    "elementwise after a whole slice": (
        (WHOLE,),
        f"linalg.add ins(%x, %whole : {SQUARE}, {SQUARE}) outs(%empty : {SQUARE}) -> {SQUARE}",
    ),
    "elementwise after both": (
        (FLAT, BACK),
        f"linalg.add ins(%x, %back : {SQUARE}, {SQUARE}) outs(%empty : {SQUARE}) -> {SQUARE}",
    ),
}
AFTER_BOTH, AFTER_SLICE = "elementwise after both", "elementwise after a whole slice"
SPLITS = ("elementwise after an expand", "elementwise after a dim of size 1")
JOINED = {
    *((maker, reader) for maker in MAKERS for reader in ("elementwise", "adds to it", AFTER_BOTH, AFTER_SLICE)),
    *((maker, reader) for maker in MAKERS for reader in SPLITS if maker != "a product"),
}
PAIRS = [(maker, reader) for maker in MAKERS for reader in READERS]


def program(maker: str, reader: str, *formed: str) -> str:
    """The two ops, those named `formed` as dispatches."""
    between, read = READERS[reader]
    ops = [*_op("%0", MAKERS[maker], formed), *between, *_op("%1", read, formed)]
    kind = read.rpartition("-> ")[2]
    lines = "".join(f"  {line}\n" for line in ops)
    return f"""func.func @main(%x: {SQUARE}, %y: {SQUARE}) -> {kind} {{
  %zero = arith.constant 0 : i32
  %empty = tensor.empty() : {SQUARE}
  %line = tensor.collapse_shape %y [[0, 1]] : {SQUARE} into {LINE}
  %cube = tensor.expand_shape %y [[0, 1], [2]] output_shape [2, 3, 6] : {SQUARE} into {CUBE}
  %unit = tensor.expand_shape %y [[0], [1, 2]] output_shape [6, 6, 1] : {SQUARE} into {UNIT}
  %zeros = linalg.fill ins(%zero : i32) outs(%empty : {SQUARE}) -> {SQUARE}
{lines}  return %1 : {kind}
}}
"""


def _op(name: str, text: str, formed: tuple[str, ...]) -> list[str]:
    if name not in formed:
        return [f"{name} = {text}"]
    kind = SQUARE if "transpose" in text else text.rpartition("-> ")[2]
    return [f"{name} = flow.dispatch.region -> ({kind}) {{", f"  %made = {text}", f"  flow.return %made : {kind}", "}"]


def dissolved(maker: str, reader: str) -> Outcome:
    return region_forms.dissolve(op_of("%0", program(maker, reader, "%0", "%1")))


def wrapped(maker: str, reader: str) -> Outcome:
    return region_forms.wrap(op_of("%1", program(maker, reader)))


def op_of(name: str, text: str) -> Op:
    return next(op for op in lower(text).walk() if op.results and op.results[0].name == name)


@pytest.mark.parametrize(("maker", "reader"), PAIRS)
def test_what_would_be_joined_is_refused(maker: str, reader: str) -> None:
    for outcome in (dissolved(maker, reader), wrapped(maker, reader)):
        assert (outcome == Refused(loose.REASON)) is ((maker, reader) in JOINED)


def test_the_maker_becomes_a_dispatch_and_the_reader_is_dissolved() -> None:
    assert isinstance(region_forms.wrap(op_of("%0", program("a product", "elementwise", "%1"))), Applied)
    assert isinstance(region_forms.dissolve(op_of("%1", program("a product", "elementwise", "%0", "%1"))), Applied)


@pytest.fixture(scope="module")
def older() -> Iterator[Asker]:
    with asking(PYTHON_2024) as asker:
        yield asker


@needs_2024
@pytest.mark.oracle
@pytest.mark.parametrize(("maker", "reader"), PAIRS)
def test_an_older_compiler_compiles_what_is_not_refused_and_nothing_else(older: Asker, maker: str, reader: str) -> None:
    formed = program(maker, reader, "%0", "%1")
    assert older.judged(formed, program(maker, reader, "%1"), 1)[0] == (
        "different" if (maker, reader) in JOINED else "equal bits"
    )
    for text, outcome in ((formed, dissolved(maker, reader)), (program(maker, reader), wrapped(maker, reader))):
        if isinstance(outcome, Applied):
            assert older.judged(text, apply_edits(text, outcome.edits), 1)[0] in ("equal bits", "within 1e-5")
