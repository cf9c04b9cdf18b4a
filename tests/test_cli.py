"""The command line: what it prints, in every format, and what it exits with. Nothing ends in a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner, Result

from dispatch_lens.cli.main import main

HERE = Path(__file__).parent
RULES = HERE / "fixtures" / "rules"
TRANSPOSE = str(RULES / "standalone-transpose.mlir")
DEEPLAB = str(HERE / "fixtures" / "models" / "deeplab" / "2024-07" / "seed.form-dispatch-regions.mlir")
CLEAN = "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n  return %x : tensor<4xf32>\n}\n"
BROKEN = "func.func @f() {\n  %0 = arith.constant 1 : i32\n  %1 = arith.addi %0, %2 : i32\n  return\n}\n"


def run(*arguments: str, text: str | bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=text)


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_check_prints_numbers_then_remarks() -> None:
    result = run("check", TRANSPOSE)
    assert result.exit_code == 1
    headline = result.stdout.splitlines()[0]
    assert headline.startswith(TRANSPOSE) and "dispatches (" in headline and "standalone transposes)" in headline
    for word in ("by kind", "copies", "read", "reason: ", "suggestion: ", "certainty: ", "^^^^", "see: line"):
        assert word in result.stdout
    assert "[standalone-transpose]" in result.stdout


def test_remarks_that_differ_in_sizes_only_are_printed_once_and_counted_by_rule_at_the_end() -> None:
    lines = run("check", DEEPLAB).stdout.splitlines()
    printed = [line for line in lines if "[unfused-elementwise-consumer]: " in line]
    assert len(printed) == 1 and printed[0].endswith("(17 times, in other sizes too)")
    table = [line.split() for line in lines[lines.index("37 remarks in 1 file") + 1 :]]
    assert ["17", "unfused-elementwise-consumer", "predicted"] in table
    assert sum(int(count) for count, _, _ in table) == 37
    assert [rule for _, rule, _ in table][-1] == "unfused-padding", "what is only possible stands last"


def test_the_summary_says_which_section_was_read() -> None:
    module = "func.func @f(%a: tensor<4xf32>) -> tensor<4xf32> {\n  return %a : tensor<4xf32>\n}\n"
    for when in ("Before", "After"):
        text = f"// -----// IR Dump {when} FooPass (foo) //----- //\n{module}" + CLEAN
        section = json.loads(run("check", "--format", "json", "-", text=text).stdout)["files"][0]["sections"][0]
        assert section == {"line": 1, "title": f"{when.lower()} FooPass"}


def test_nothing_found_exits_with_0() -> None:
    result = run("check", "-", text=CLEAN)
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "nothing found")
    assert result.stdout.startswith("<stdin>: no dispatches")


def test_exit_zero_only_forgives_what_was_found() -> None:
    assert run("check", "--exit-zero", TRANSPOSE).exit_code == 0
    assert run("check", "--exit-zero", "missing.mlir").exit_code == 2


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "missing.mlir"),
        ("check", "--select", "no-such-rule", TRANSPOSE),
        ("check", "--format", "xml", TRANSPOSE),
        ("explain", "standalone-transposes"),
        ("graph", "missing.mlir"),
        ("ops", "missing.mlir"),
        ("no-such-command",),
    ],
)
def test_what_cannot_run_exits_with_2_in_one_sentence(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output and result.stderr.strip()


def test_an_unreadable_file_does_not_hide_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    real = Path.read_bytes

    def read_bytes(path: Path) -> bytes:
        if path.name == "standalone-transpose.mlir":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    result = run("check", TRANSPOSE, str(RULES / "unfused-padding.mlir"))
    assert result.exit_code == 2
    assert "[unfused-padding]" in result.stdout
    assert result.stderr == f"dispatch-lens: {TRANSPOSE}: Permission denied\n"


def test_a_crash_is_a_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("boom")

    monkeypatch.setattr("dispatch_lens.features.report.file_report", crash)
    result = run("check", TRANSPOSE)
    assert result.exit_code == 2
    assert "internal error: ZeroDivisionError: boom" in result.stderr
    assert "Traceback" not in result.output


def test_broken_ir_is_an_error_on_its_line() -> None:
    result = run("check", "-", text=BROKEN)
    assert result.exit_code == 1
    assert "<stdin>:3:23: error: `%2` is not defined" in result.stdout


def test_bytes_that_are_not_text_are_read() -> None:
    assert run("check", "-", text=b"\xff\xfe garbage \x00\n" + CLEAN.encode()).exit_code in (0, 1)


def test_bytecode_is_named_as_such() -> None:
    for command in ("check", "ops"):
        result = run(command, "-", text=b"ML\xefR\x0dMLIR20")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "dispatch-lens: <stdin>: this is MLIR bytecode; `iree-opt` prints it as text\n"


def test_globs_folders_and_jobs(elsewhere: Path) -> None:
    for name in ("a", "b", "c"):
        (elsewhere / f"{name}.mlir").write_text(CLEAN if name == "a" else Path(TRANSPOSE).read_text())
    by_glob, by_folder, in_jobs = run("check", "*.mlir"), run("check"), run("check", "--jobs", "2", "*.mlir")
    assert by_glob.exit_code == 1
    assert by_glob.stdout == in_jobs.stdout
    assert by_glob.stdout.replace("\n", "") == by_folder.stdout.replace("\n", "")
    assert by_glob.stdout.startswith("a.mlir: no dispatches")


def test_settings_come_from_files_and_options_add_to_them(elsewhere: Path) -> None:
    (elsewhere / "pyproject.toml").write_text('[tool.dispatch-lens]\nignore = ["standalone-transpose"]\n')
    assert "[standalone-transpose]" not in run("check", TRANSPOSE).stdout
    assert "[unfused-elementwise-consumer]" in run("check", TRANSPOSE).stdout
    assert "[unfused-elementwise-consumer]" not in run("check", "--ignore", "unfused-elementwise-consumer", TRANSPOSE).stdout
    (elsewhere / "dispatch-lens.toml").write_text('select = ["standalone-transpose"]\n')
    assert "[unfused-elementwise-consumer]" not in run("check", TRANSPOSE).stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("colour = 1", "unknown setting `colour`"),
        ('ignore = ["nope"]', "there is no rule `nope`"),
        ('compiler-version = "soon"', "is not a release"),
        ("select = 3", "must be a list"),
        ('severity = { standalone-transpose = "loud" }', "is not one of"),
        ("not toml at all", "dispatch-lens.toml"),
    ],
)
def test_settings_that_cannot_be_used_are_named(elsewhere: Path, text: str, words: str) -> None:
    (elsewhere / "dispatch-lens.toml").write_text(text + "\n")
    result = run("check", TRANSPOSE)
    assert result.exit_code == 2
    assert words in " ".join(result.stderr.split())


def test_severity_can_be_set(elsewhere: Path) -> None:
    (elsewhere / "dispatch-lens.toml").write_text('severity = { standalone-transpose = "hint" }\n')
    assert "hint[standalone-transpose]" in run("check", TRANSPOSE).stdout


def test_the_json_fits_its_schema(elsewhere: Path) -> None:
    (elsewhere / "broken.mlir").write_text(BROKEN)
    schema = json.loads(resources.files("dispatch_lens").joinpath("schemas", "check.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads(run("check", "--format", "json", str(RULES), "broken.mlir").stdout)
    jsonschema.Draft202012Validator(schema).validate(found)
    assert [len(file["errors"]) for file in found["files"] if file["file"] == "broken.mlir"] == [1]
    assert sum(len(file["remarks"]) for file in found["files"]) > 0


def test_sarif_fits_the_2_1_0_schema(elsewhere: Path) -> None:
    (elsewhere / "broken ü.mlir").write_text(BROKEN)
    schema = json.loads((HERE / "schemas" / "sarif-schema-2.1.0.json").read_text())
    log = json.loads(run("check", "--format", "sarif", str(RULES), "broken ü.mlir").stdout)
    jsonschema.Draft4Validator(schema).validate(log)
    results = log["runs"][0]["results"]
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert {rules[result["ruleIndex"]]["id"] == result["ruleId"] for result in results} == {True}
    assert results[-1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "broken%20%C3%BC.mlir"


def test_github_annotations_are_one_line_each() -> None:
    result = run("check", "--format", "github", TRANSPOSE)
    lines = result.stdout.splitlines()
    assert all(line.startswith(("::notice ", "::warning ", "::error ")) for line in lines)
    assert any(",title=dispatch-lens%3A standalone-transpose::" in line and "%0Areason: " in line for line in lines)


def test_explain_and_rules() -> None:
    assert run("explain", "standalone-transpose").stdout.startswith("# standalone-transpose\n")
    assert "did you mean standalone-transpose?" in run("explain", "standalone-transposes").stderr
    listed = json.loads(run("rules", "--json").stdout)
    assert [rule["name"] for rule in listed] == [line.split()[0] for line in run("rules").stdout.splitlines()]


def test_the_graph_in_three_formats(elsewhere: Path) -> None:
    case = (RULES / "channels-first-convolution.mlir").read_text().split("// -----\n")[0]
    (elsewhere / "g.mlir").write_text(case)
    graph = json.loads(run("graph", "--format", "json", "g.mlir").stdout)
    assert [node["kind"] for node in graph["nodes"]] == ["transpose", "conv"]
    assert [(edge["source"], edge["target"], edge["bytes"]) for edge in graph["edges"]] == [(0, 1, 8 * 18 * 18 * 4)]
    dot = run("graph", "g.mlir").stdout
    assert dot.startswith("digraph") and 'd0 -> d1 [label="  10.4 kB", tooltip="tensor<1x8x18x18xf32>, 10.4 kB"' in dot
    mermaid = run("graph", "--format", "mermaid", "g.mlir").stdout
    assert mermaid.startswith("flowchart TD") and "#lt;1x8x18x18xf32#gt;, 10.4 kB" in mermaid
    assert run("graph", "-", text=CLEAN).exit_code == 1


DRAWS = "import sys\ndot = sys.stdin.read()\nsys.exit('refused') if 'd1' not in dot else print('<svg>', len(dot), *sys.argv[1:])"


@pytest.mark.skipif(sys.platform == "win32", reason="a script with a shebang")
def test_the_graph_is_drawn_by_graphviz_where_that_is(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = (RULES / "channels-first-convolution.mlir").read_text().split("// -----\n")[0]
    (elsewhere / "g.mlir").write_text(case)
    dot = run("graph", "g.mlir").stdout
    monkeypatch.setenv("PATH", str(elsewhere))
    missing = run("graph", "--format", "svg", "g.mlir")
    assert (missing.exit_code, missing.stdout) == (2, "")
    assert missing.stderr.startswith("dispatch-lens: g.mlir: Graphviz's `dot` draws it and is not on the PATH")
    (elsewhere / "dot").write_text(f"#!{sys.executable}\n{DRAWS}\n")
    (elsewhere / "dot").chmod(0o755)
    assert run("graph", "--format", "svg", "g.mlir").stdout == f"<svg> {len(dot)} -Tsvg\n"
    assert run("graph", "--format", "svg", "-", text=CLEAN).stderr.endswith("failed: refused\n")


def test_ops_is_one_line_of_json_a_file(elsewhere: Path) -> None:
    text = (
        "// é\nfunc.func @f(%a: tensor<4xf32>, %b: tensor<4xf32>) -> tensor<4xf32> {\n"
        '  %0 = "test.é"() : () -> i32 loc("é")\n'
        "  %1 = linalg.map { arith.addf } ins(%a, %b : tensor<4xf32>, tensor<4xf32>) outs(%a : tensor<4xf32>)\n"
        "  return %1 : tensor<4xf32>\n}\n// -----// IR Dump After CSE (cse) //----- //\nmodule {\n}\n"
    )
    (elsewhere / "o.mlir").write_text(text)
    (elsewhere / "p.mlir").write_text(CLEAN)
    result = run("ops", "--json", "o.mlir", "p.mlir")
    found, other = (json.loads(line) for line in result.stdout.splitlines())
    assert (other["file"], len(other["ops"])) == ("p.mlir", 2)
    assert (found["file"], found["errors"]) == ("o.mlir", [])
    rows = [(op["line"], op["column"], op["name"], op["depth"], op["results"], op["regions"]) for op in found["ops"]]
    assert rows[0] == (2, 1, "func.func", 0, 0, 1)
    assert rows[2:5] == [(4, 8, "linalg.map", 1, 1, 1), (4, 8, "arith.addf", 2, 1, 0), (5, 3, "func.return", 1, 0, 0)]
    assert rows[5] == (8, 1, "builtin.module", 0, 0, 1)
    assert set(found["ops"][0]) == {"line", "column", "name", "depth", "results", "operands", "attributes", "regions"}
    assert found["ops"][2]["operands"] == ["%a", "%b", "%a"]


def test_ops_reports_errors_with_their_place() -> None:
    found = json.loads(run("ops", "-", text=BROKEN).stdout)
    assert [(error["line"], error["column"]) for error in found["errors"]] == [(3, 23)]


def test_help_needs_no_parser() -> None:
    code = (
        "import sys\nfrom dispatch_lens.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass\nprint(*sys.modules)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, env=environment, check=True)
    assert not {"lark", "rich", "jsonschema", "dispatch_lens.ir.module"} & set(done.stdout.split())


@pytest.mark.parametrize(
    ("line", "phase"),
    [
        ("%0 = tosa.abs %x : (tensor<4xf32>) -> tensor<4xf32>", "--compile-to=input"),
        ("hal.command_buffer.finalize<%cmd : !hal.command_buffer>", "--compile-to=flow"),
    ],
)
def test_a_phase_without_dispatches_names_the_one_that_has_them(line: str, phase: str) -> None:
    text = f"func.func @f(%x: tensor<4xf32>, %cmd: !hal.command_buffer) {{\n  {line}\n  return\n}}\n"
    result = run("check", "-", text=text)
    assert result.exit_code == 0 and phase in result.stdout


def test_what_is_no_text_or_no_file_is_said_in_a_line(elsewhere: Path) -> None:
    (elsewhere / "program.mlir").write_bytes(b"\x7fELF\x02\x01\x01\x00\x00")
    (elsewhere / "folder").mkdir()
    assert run("check", "program.mlir").stderr == "dispatch-lens: program.mlir: this is a binary file, and no text\n"
    assert run("check", "program.mlir").exit_code == 2
    assert "no MLIR file in this folder" in run("check", "folder").stderr
    assert "nothing.mlir: no such file" in run("check", "nothing.mlir").stderr


def test_predict_counts_what_is_formed_already_and_says_when_there_is_nothing(elsewhere: Path) -> None:
    (elsewhere / "empty.mlir").write_text("")
    assert run("predict", "empty.mlir").stdout == "empty.mlir: no function whose dispatches could be formed\n"
    assert run("graph", "empty.mlir").stderr == "dispatch-lens: empty.mlir: no dispatch is formed here\n"
    formed = HERE / "fixtures" / "programs" / "mm_two_readers.regions.mlir"
    assert run("predict", str(formed)).stdout.splitlines()[0].endswith("0 dispatch regions, beside 3 that are formed already")


@pytest.mark.parametrize("command", ["check", "fix", "why", "predict", "graph", "ops", "try", "extract"])
def test_each_command_says_in_one_sentence_why_a_file_is_not_read(command: str, elsewhere: Path) -> None:
    (elsewhere / "noise.mlir").write_bytes(bytes(i * 7919 % 251 + 5 for i in range(3000)))
    more = ("1",) if command == "extract" else ()
    for name, why in (("missing.mlir", "no such file"), ("noise.mlir", "this is a binary file, and no text")):
        result = run(command, name, *more)
        assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"dispatch-lens: {name}: {why}\n")


def test_what_is_one_is_told_as_one(elsewhere: Path) -> None:
    (elsewhere / "one.mlir").write_text(
        "func.func @f(%x: tensor<4xf32>) -> tensor<4xf32> {\n"
        "  %r = linalg.exp ins(%x : tensor<4xf32>) outs(%x : tensor<4xf32>) -> tensor<4xf32>\n  return %r : tensor<4xf32>\n}\n"
    )
    assert run("predict", "one.mlir").stdout == "one.mlir: @f: 1 dispatch region\n  one.mlir:2:8 linalg.exp, 1 op\n"
    assert run("why", "one.mlir").stdout.endswith("no two pieces of work read the same tensor, or one what the other makes\n")
    assert "  read  the only section; it holds linalg ops\n" in run("check", "one.mlir").stdout
