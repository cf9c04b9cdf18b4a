"""`fix` writes back what it read: every byte outside of its edits, or nothing at all."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from dispatch_lens.cli import compilers
from dispatch_lens.cli.main import main
from dispatch_lens.flags import table
from dispatch_lens.flags.version import parse_version

FIXTURES = Path(__file__).parent / "fixtures"
TEXT = (FIXTURES / "editor" / "session.mlir").read_text()
LAST = "// the end ü\n"
ONE_DISPATCH = """func.func @main(%x: tensor<4x6xf32>) -> tensor<6x4xf32> {
  %r = flow.dispatch.region -> (tensor<6x4xf32>) {
    %e = tensor.empty() : tensor<6x4xf32>
    %t = linalg.transpose ins(%x : tensor<4x6xf32>) outs(%e : tensor<6x4xf32>) permutation = [1, 0]
    %y = linalg.exp ins(%t : tensor<6x4xf32>) outs(%e : tensor<6x4xf32>) -> tensor<6x4xf32>
    flow.return %y : tensor<6x4xf32>
  }
  return %r : tensor<6x4xf32>
}
"""


def fix(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["fix", *map(str, arguments)])


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.mark.parametrize("options", [(), ("--diff",), ("--output", "copies")])
def test_a_file_that_is_not_utf_8_is_refused_and_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    bad, good = tmp_path / "bad.mlir", tmp_path / "good.mlir"
    before = TEXT.encode() + b"// caf\xe9\n"
    bad.write_bytes(before)
    good.write_text(TEXT)
    done = fix(*options, bad, good)
    assert done.exit_code == 2
    assert bad.read_bytes() == before
    said = [line for line in done.stderr.splitlines() if "bad.mlir" in line]
    lines = TEXT.count("\n") + 1
    assert said == [
        f"dispatch-lens: {bad}: line {lines} holds a byte that is not UTF-8, so the file cannot be written back whole"
    ]
    assert "good.mlir: remove-transpose 1×" in done.output
    assert not (tmp_path / "copies" / "bad.mlir").exists()


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8], ids=["plain", "byte-order-mark"])
@pytest.mark.parametrize("where", ["in place", "copy"])
def test_line_ends_and_the_mark_stay(tmp_path: Path, mark: bytes, where: str) -> None:
    path, plain = tmp_path / "crlf.mlir", tmp_path / "plain.mlir"
    text = "// the beginning\n" + TEXT + LAST
    plain.write_text(text)
    path.write_bytes(mark + text.replace("\n", "\r\n").encode())
    copies = () if where == "in place" else ("--output", tmp_path / "copies")
    assert fix(*copies, path, plain).exit_code == 0
    folder = tmp_path if where == "in place" else tmp_path / "copies"
    after = (folder / "crlf.mlir").read_bytes()
    assert after.startswith(mark + b"// the beginning\r\n") and after.endswith(LAST.replace("\n", "\r\n").encode())
    assert b"\r\r" not in after
    assert after.removeprefix(mark).replace(b"\r\n", b"\n").decode() == (folder / "plain.mlir").read_text() != text
    untouched = set(text.split("\n")) & set((folder / "plain.mlir").read_text().split("\n"))
    assert all(f"{line}\r\n".encode() in after for line in untouched if line)


LOOP = "  %1 = tensor.collapse_shape %1 [[0, 1]] : tensor<2x2xf32> into tensor<4xf32>\n"


def test_a_function_with_problems_is_left_alone_and_the_others_are_not(tmp_path: Path) -> None:
    path, sound = tmp_path / "broken.mlir", tmp_path / "sound.mlir"
    broken = f"func.func @broken() {{\n{LOOP}  return\n}}\n"
    path.write_text(TEXT + broken)
    sound.write_text(TEXT)
    line = TEXT.count("\n") + 2
    said = fix(path).output
    assert fix(sound).exit_code == 0
    assert said.endswith(f"; @broken left alone for a problem at line {line}: `%1` is used before it is defined\n")
    assert path.read_text() == sound.read_text() + broken != TEXT + broken


def test_a_text_with_a_problem_outside_of_functions_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "broken.mlir"
    path.write_text(f"{LOOP}{TEXT}")
    said = fix("--output", tmp_path / "copies", path).output
    assert said.startswith(f"{path}: left alone for a problem at line 1: ")
    assert (tmp_path / "copies" / "broken.mlir").read_text() == path.read_text()


@pytest.mark.parametrize("era, made", [("2024-07", True), ("3.6", True), ("3.7", False), ("3.13", False), (None, False)])
def test_a_rewrite_is_made_for_the_releases_that_gain_by_it(tmp_path: Path, era: str | None, made: bool) -> None:
    path = tmp_path / "convolution.mlir"
    path.write_text((FIXTURES / "rewrites" / "generalise-convolution.mlir").read_text())
    options = ("--era", era) if era else ()
    assert ("generalise-convolution" in fix(*options, path).output) == made


@pytest.mark.parametrize(
    "found, made, told",
    [
        (("20240724.964",), True, "for 2024-07-24, that of the compiler found here: --era names another"),
        (("20240724.964", "3.13.0"), False, "for 3.13, that of the compiler found here: --era names another"),
        ((), False, f"for {table.NEWEST.label}, the newest, as no compiler was found: --era names another"),
    ],
)
def test_where_the_release_matters_and_nobody_names_it_that_of_the_machine_is_taken_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: tuple[str, ...], made: bool, told: str
) -> None:
    monkeypatch.setattr(compilers, "versions", lambda: tuple(map(parse_version, found)))
    path = tmp_path / "convolution.mlir"
    path.write_text((FIXTURES / "rewrites" / "generalise-convolution.mlir").read_text())
    said = fix(path).output
    assert said.endswith(f"; {told}\n") and ("generalise-convolution" in said) == made
    assert told not in fix("--era", "3.1", path).output
    path.write_text((FIXTURES / "rewrites" / "compose-transposes.mlir").read_text())
    assert "--era" not in fix(path).output


def test_what_stays_inside_of_one_dispatch_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "one.mlir"
    path.write_text(ONE_DISPATCH)
    assert fix(path).output == f"{path}: nothing to fix\n"


def test_a_file_without_anything_to_fix_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "clean.mlir"
    path.write_bytes(codecs.BOM_UTF8 + b"func.func @f() {\r\n  return\r\n}\r\n")
    before = path.stat().st_mtime_ns
    assert fix(path).exit_code == 0
    assert path.stat().st_mtime_ns == before
