"""IR in mails, threads and terminals: the ops are those of the IR alone, on their lines, and nothing is an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch_lens import rewrites
from dispatch_lens.features import definition, fixes, references, rename, symbols
from dispatch_lens.features.document import Document
from dispatch_lens.features.hover import at as hover
from dispatch_lens.features.ops import error_rows, op_rows
from dispatch_lens.features.snapshot import snapshot
from dispatch_lens.flags.version import Version
from dispatch_lens.syntax import pasted

FIXTURES = Path(__file__).parent / "fixtures"
IR = """#map = affine_map<(d0, d1) -> (d0, d1)>
module {
  func.func @main(%arg0: tensor<4x8xf32>, %arg1: tensor<4x8xf32>) -> tensor<4x8xf32> {
    %0 = tensor.empty() : tensor<4x8xf32>
    %1 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
        ins(%arg0, %arg1 : tensor<4x8xf32>, tensor<4x8xf32>) outs(%0 : tensor<4x8xf32>) {
    ^bb0(%in: f32, %in_0: f32, %out: f32):
      %2 = arith.addf %in, %in_0 : f32
      linalg.yield %2 : f32
    } -> tensor<4x8xf32>

    return %1 : tensor<4x8xf32>
  }
}
"""
LINES = IR.splitlines()
WARNED = """mail.mlir:5:10: warning: something is said
    %1 = linalg.generic {indexing_maps = [#map, #map, #map], iterator_types = ["parallel", "parallel"]}
         ^
mail.mlir:5:10: note: see current operation: %6 = "linalg.generic"(%arg0, %arg1, %5) <{operandSegmentSizes = array<i32: 2, 1>}> ({
^bb0(%arg2: f32, %arg3: f32, %arg4: f32):
  %7 = "arith.addf"(%arg2, %arg3) <{fastmath = #arith.fastmath<none>}> : (f32, f32) -> f32
  "linalg.yield"(%7) : (f32) -> ()
}) : (tensor<4x8xf32>, tensor<4x8xf32>, tensor<4x8xf32>) -> tensor<4x8xf32>
"""


def numbered(form: str) -> str:
    return "\n".join(form.format(i + 41, line) for i, line in enumerate(LINES))


def before(mark: str) -> str:
    return "\n".join(mark + line for line in LINES)


PASTED = {
    "quoted": before("> "),
    "quoted twice": before("> > "),
    "quoted without spaces": before(">"),
    "numbers and bars": numbered("{:4} | {}"),
    "numbers and colons": numbered("{}: {}"),
    "numbers and points": numbered("{}. {}"),
    "numbers and tabs": numbered("{:6}\t{}"),
    "numbers and spaces": numbered("{:5}  {}"),
    "colours": IR.replace("func.func", "\x1b[1;32mfunc.func\x1b[0m").replace(" : ", "\x1b[0m : "),
    "coloured lines": "\n".join(f"\x1b[0m{line}\x1b[0m" for line in LINES),
    "ends of Windows": IR.replace("\n", "\r\n"),
    "tabs": IR.replace("  ", "\t"),
    "a mark of byte order": "\ufeff" + IR,
    "spaces that do not break": IR.replace("  ", "\u00a0 "),
    "a fence": f"Here it is:\n```mlir\n{IR}```\nWhat about it?\n",
    "a thread": f"someone — Today at 10:12\nyou want `linalg.generic`, %1 = that\n```\n{IR}```\n> arith.addf is fused\nyes: 4\n",
    "a warning before": WARNED + IR,
    "a warning behind": IR + WARNED,
    "warnings of Windows": (WARNED + IR).replace("\n", "\r\n"),
    "an error in a dump": f"{WARNED.replace('warning', 'error')}// -----// IR Dump After A Failed (a) //----- //\n{IR}",
    "an op on the next line": f'<stdin>:3:5: note: see current operation: \n%6 = "a.b"(%5) ({{\n}}) : (f32) -> f32\n{IR}',
}


def read(text: str) -> list[tuple[str, int, int, tuple[str, ...]]]:
    return [(row.name, row.depth, row.results, row.operands) for row in op_rows(Document("-", 0, text))]


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED.keys())
def test_the_ops_are_those_of_the_ir(text: str) -> None:
    document = Document("-", 0, text)
    assert read(text) == read(IR)
    assert error_rows(document) == ()
    lines = text.splitlines()
    assert all(row.name.partition(".")[2] in lines[row.line - 1] for row in op_rows(document))


@pytest.mark.parametrize("keep", [lambda text: text, lambda text: text[: len(text) // 2], lambda text: text[len(text) // 3 :]])
@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED.keys())
def test_offsets_and_lines_stay(text: str, keep: Callable[[str], str]) -> None:
    cut = keep(text)
    blanked = pasted.plain(cut)
    assert len(blanked) == len(cut)
    assert [i for i, char in enumerate(blanked) if char == "\n"] == [i for i, char in enumerate(cut) if char == "\n"]


@given(
    st.lists(
        st.sampled_from([*" >\n1239|:^~%{}([)].ax", "\x1b[m", "\na:1:2: error: ", "\na:1:2: note: see current operation:"]),
        max_size=99,
    ).map("".join)
)
def test_whatever_the_text(text: str) -> None:
    blanked = pasted.plain(text)
    assert len(blanked) == len(text)
    assert all(new == old or (new == " " and old not in "\r\n") for new, old in zip(blanked, text))


def test_ir_is_left_as_it_is() -> None:
    dense = "%0 = arith.constant dense<[\n1,\n2,\n3\n]> : tensor<3xi32>\n> : t\n"
    assert pasted.plain(IR) is IR
    assert pasted.plain(dense) == dense


def test_a_change_keeps_what_was_blanked_in_the_lines_that_stay() -> None:
    text = "".join(f"> {line}\n" for line in LINES) + WARNED
    plain = pasted.plain(text)
    changed = plain.replace("arith.addf", "arith.mulf")
    assert pasted.restored(text, plain, plain) == text
    expected = [
        line.replace("> ", "  ", 1).replace("addf", "mulf") if "%2 = arith" in line else line for line in text.split("\n")
    ]
    assert pasted.restored(text, plain, changed).split("\n") == expected


def test_fix_leaves_quotes_and_diagnostics_where_they_are() -> None:
    ir = (FIXTURES / "thread-cases" / "s1_transpose_dwconv.linalg.mlir").read_text()
    text = WARNED + "".join(f"> {line}\n" for line in ir.splitlines())
    done = fixes.fixed(Document("", 0, text), rewrites.ALL, Version(1, (3, 1, 0)))
    assert done.steps
    kept = set(text.splitlines()) & set(done.text.splitlines())
    assert kept >= {*WARNED.splitlines(), "> }", "> func.func @s1" + text.partition("func.func @s1")[2].partition("\n")[0]}


@pytest.mark.parametrize("form", ["> {1}", "> > {1}", ">{1}", "{0:4} | {1}", "\x1b[0m{1}\x1b[0m"])
def test_a_split_mark_cuts_as_without_the_paste(form: str) -> None:
    lines = [*LINES, "// -----", *LINES]
    text = "".join(form.format(number, line) + "\n" for number, line in enumerate(lines, 1))
    cut = text.index(form.format(len(LINES) + 1, "// -----"))
    opened = snapshot("", 1, text)
    assert [section.start for section in Document("", 0, text).sections] == [0, cut]
    assert [opened.starts[index] for index in opened.section_starts] == [0, cut]
    assert len(symbols.symbols(opened)) == 2


WORDS = ["#map, #map", "affine_map", "%0 : tensor", "%in_0 : f32", "linalg.generic", "arith.addf", "4x8xf32", "@main"]


@pytest.mark.parametrize("form", ["quoted", "quoted twice", "numbers and bars", "numbers and colons"])
@pytest.mark.parametrize("word", WORDS)
def test_an_editor_is_answered_at_a_place_as_without_the_paste(form: str, word: str) -> None:
    expected, given_ = answered(IR, word), answered(PASTED[form] + "\n", word)
    assert expected[0] is not None
    assert given_ == expected


def answered(text: str, word: str) -> tuple[str | None, str | None, int, int]:
    """The hover, the text of the definition, and how many uses there are to list and to rename."""
    of, place = snapshot("", 1, text), text.index(word)
    shown, defined = hover.hover(of, place), definition.definition(of, place)
    renamed = rename.rename(of, place, "%new") if word.startswith("%") else ()
    said = shown and shown.markdown
    return said, defined and of.slice(defined.range), len(references.references(of, place)), len(renamed)
