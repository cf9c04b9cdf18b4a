"""The option table against the installed compiler: names, defaults, pass options, values, and what the remedies do."""

from __future__ import annotations

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from dispatch_lens.flags import table, values
from dispatch_lens.flags.option import Option
from dispatch_lens.flags.version import Version, parse_version
from oracle import scan_flags

pytestmark = pytest.mark.oracle

BLOCKERS = Path(__file__).parents[1] / "fixtures" / "blockers"
PATIENCE = 240
"""Seconds; a second is usual, but starting many compilers at once takes long on a small machine."""
EMPTY = "module {}"
SEEN_ON = {"dequantization-before-contraction": "llvm-cpu"}
"""The target whose dispatches show the obstacle, where vmvx's do not."""
SMALL = """
func.func @main(%a: tensor<4x8xf32>, %b: tensor<8x4xf32>, %i: tensor<4x4xf32>) -> tensor<4x4xf32> {
  %0 = linalg.matmul ins(%a, %b : tensor<4x8xf32>, tensor<8x4xf32>) outs(%i : tensor<4x4xf32>) -> tensor<4x4xf32>
  return %0 : tensor<4x4xf32>
}
"""
HEADER = re.compile(r"IR Dump After [\w:]+: (?P<name>[\w-]+)\{(?P<options>[^}\n]*)")
UNKNOWN = re.compile(r"Unknown command line argument '([^'=]*)")


def test_every_name_of_this_release_is_accepted() -> None:
    flags = [_with_some_value(option, flag) for option, flag in _plain_flags()]
    done = _run(EMPTY, "--compile-to=input", *flags)
    assert (done.returncode, UNKNOWN.findall(done.stderr)) == (0, [])


def test_every_other_name_is_unknown_to_the_compiler() -> None:
    here = {flag for _, flag in _plain_flags()}
    gone = {name.flag for option in table.ALL for name in option.names if "=" not in name.flag} - here
    assert gone, "the table holds no renamed option"
    done = _run(EMPTY, "--compile-to=input", *sorted(gone))
    assert set(UNKNOWN.findall(done.stderr)) == gone


def test_the_pipelines_of_this_release_are_registered_and_the_others_are_not() -> None:
    pipelines = {name.flag: name.span.covers(_version()) for option in table.ALL for name in option.names if "=" in name.flag}
    assert set(pipelines.values()) == {True, False}
    for flag, here in pipelines.items():
        done = _run(EMPTY, "--compile-to=preprocessing", flag)
        assert ("does not refer to a registered pass" not in done.stderr) == here, (flag, done.stderr)


def test_every_option_of_the_phases_of_interest_is_in_the_table_or_leaves_dispatches_alone() -> None:
    prefix = re.compile(r"--iree-(flow|dispatch-creation|global-opt|global-optimization|preprocessing|opt)-")
    scanned = {name for name in _scanned() if prefix.match(name)}
    assert {name for name in scanned if table.find(name) is None} == {
        "--iree-flow-break-dispatch",
        "--iree-flow-dump-dispatch-graph",
        "--iree-flow-dump-dispatch-graph-output-file",
        "--iree-flow-export-benchmark-funcs",
        "--iree-global-opt-enable-warn-on-uninitialized-values",
        "--iree-opt-export-parameters",
        "--iree-opt-splat-parameters",
    }


def test_defaults_and_levels_are_those_of_the_help_text() -> None:
    told = {flag: found for _, flag in _plain_flags() if (found := _scanned()[flag]).default is not None}
    assert len(told) >= 5
    for flag, found in told.items():
        option = _known(flag)
        assert option.default_in(_version()) == found.default, flag
        level = next((level for level, default in sorted(found.levels.items()) if default == "true"), None)
        assert (option.implied_by.level if option.implied_by else None) == level, flag


def test_values_of_enums_are_those_of_the_help_text() -> None:
    enums = [(option, flag) for option, flag in _plain_flags() if option.kind == "enum" and _scanned()[flag].values]
    assert enums
    for option, flag in enums:
        assert set(_scanned()[flag].values) <= set(option.values), flag


def test_plain_runs_print_the_defaults_in_their_pass_headers() -> None:
    printed = _headers(_run(SMALL, "--compile-to=flow", "--mlir-print-ir-after-all").stderr)
    checked = 0
    for option, passed in _pass_options(printed):
        default = option.default_in(_version())
        shown = _inlined(printed[passed], passed)
        if default is not None and passed != ("iree-dispatch-creation-fuse-horizontal-contractions", "fusion-limit"):
            assert default in shown, (option.id, passed, shown)
            checked += 1
    assert checked >= 12


@pytest.mark.parametrize("harmful", [True, False])
def test_turning_an_option_over_reaches_the_pass_option_of_the_table(harmful: bool) -> None:
    """The harmful ones go apart: fusing pads into producers leaves out the pass that another option is an option of."""
    printed = _headers(_run(SMALL, "--compile-to=flow", "--mlir-print-ir-after-all").stderr)
    every = [(option, passed) for option, passed in _pass_options(printed) if option.kind == "bool"]
    turned = [(option, passed) for option, passed in every if (option.advice == "never") == harmful]
    other = {option.id: "false" if option.default_in(_version()) == "true" else "true" for option, _ in turned}
    flags = [f"{table.spelled(table.option(id_), _version())}={value}" for id_, value in other.items()]
    changed = _headers(_run(SMALL, "--compile-to=flow", "--mlir-print-ir-after-all", *flags).stderr)
    assert len(turned) >= (1 if harmful else 10)
    for option, passed in turned:
        assert other[option.id] in changed[passed], (option.id, passed)


@pytest.mark.parametrize("value", ["true", "false", "0", "1", "off", "no", "False", "TRUE", ""])
def test_a_boolean_value_is_refused_here_if_the_compiler_refuses_it(value: str) -> None:
    flag = f"{table.spelled(table.option('data-tiling'), _version())}={value}"
    refused = _run(EMPTY, "--compile-to=input", flag).returncode != 0
    assert (values.check_value(flag) is not None) == refused


@pytest.mark.parametrize(
    "flag",
    [
        "--iree-opt-level=O2",
        "--iree-opt-level=2",
        "--iree-opt-level=Os",
        "--iree-flow-inline-constants-max-byte-length=0x10",
        "--iree-flow-inline-constants-max-byte-length=x",
        "--iree-preprocessing-pass-pipeline=builtin.module(iree-preprocessing-transpose-convolution-pipeline)",
        "--iree-preprocessing-pass-pipeline=iree-preprocessing-transpose-convolution-pipeline",
    ],
)
def test_another_value_is_refused_here_if_the_compiler_refuses_it(flag: str) -> None:
    problem = values.check_value(flag)
    assert (problem is None) == _accepted(flag)
    if problem is not None and problem.instead is not None:
        assert _accepted(problem.instead)


@pytest.mark.parametrize("code", [code for code in table.BLOCKERS if table.for_blocker(code, table.NEWEST, "vmvx")])
def test_suggestions_lower_the_count_of_the_blocker(code: str) -> None:
    text, target = _blocker(code), f"--iree-hal-target-backends={SEEN_ON.get(code, 'vmvx')}"
    before = _dispatches(text, target)
    for suggestion in table.for_blocker(code, _version(), "vmvx"):
        after = _dispatches(text, target, *suggestion.options)
        assert after <= before if suggestion.when else after < before, suggestion.options


def test_every_blocker_has_an_answer() -> None:
    codes = {path.stem for path in BLOCKERS.glob("*.json")}
    assert len(codes) > 50
    assert codes <= set(table.BLOCKERS)


def _accepted(flag: str) -> bool:
    """A pipeline that cannot be run is only reported: the compiler goes on without it and exits with 0."""
    done = _run(EMPTY, "--compile-to=preprocessing", flag)
    return done.returncode == 0 and "ERROR" not in done.stderr


def _plain_flags() -> list[tuple[Option, str]]:
    spelled = ((option, table.spelled(option, _version())) for option in table.ALL)
    return [(option, flag) for option, flag in spelled if isinstance(flag, str) and "=" not in flag]


def _with_some_value(option: Option, flag: str) -> str:
    some = {"bool": "false", "int": "1", "string": "2", "enum": next(iter(option.values), "")}
    default = option.default_in(_version())
    return f"{flag}={some[option.kind] if default is None else default}"


def _pass_options(printed: dict[tuple[str, str], set[str]]) -> list[tuple[Option, tuple[str, str]]]:
    return [
        (option, key)
        for option in table.ALL
        for found in option.passes
        if found.span.covers(_version()) and (key := (found.pass_name, found.option)) in printed
    ]


def _headers(dump: str) -> dict[tuple[str, str], set[str]]:
    """Every value that was printed for each (pass, option)."""
    printed: dict[tuple[str, str], set[str]] = {}
    for header in HEADER.finditer(dump):
        for option, value in re.findall(r"([\w-]+)=(\S*)", header["options"]):
            printed.setdefault((header["name"], option), set()).add(value)
    return printed


def _inlined(shown: set[str], passed: tuple[str, str]) -> set[str]:
    """The elementwise pass runs again inside dispatches, with other values: the first run's are among them."""
    assert len(shown) == 1 or passed[0] == "iree-dispatch-creation-elementwise-op-fusion"
    return shown


def _dispatches(text: str, *flags: str) -> int:
    """Sites of dispatches in functions, initializers left out."""
    done = _run(text, "--compile-to=flow", *flags)
    assert done.returncode == 0, done.stderr
    functions = re.split(r"^  util\.(?=func|initializer)", done.stdout, flags=re.MULTILINE)
    return sum(part.count("flow.dispatch @") for part in functions if part.startswith("func"))


def _blocker(code: str) -> str:
    found = BLOCKERS / f"{code}.mlir"
    assert found.is_file()
    return found.read_text()


def _run(text: str, *flags: str) -> subprocess.CompletedProcess[str]:
    target = () if any(flag.startswith("--iree-hal-target-backends") for flag in flags) else ("--iree-hal-target-backends=vmvx",)
    command = [_binary(), "-", *target, "--mlir-disable-threading", *flags]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=PATIENCE)


@cache
def _scanned() -> dict[str, scan_flags.Scanned]:
    return scan_flags.scan(Path(_binary()), PATIENCE)


@cache
def _version() -> Version:
    told = subprocess.run([_binary(), "--version"], capture_output=True, text=True, timeout=PATIENCE, check=True).stdout
    found = re.search(r"IREE compiler version (\S+)", told)
    version = parse_version(found[1]) if found else None
    assert version is not None, told
    return version


def _binary() -> str:
    found = scan_flags.installed()
    assert found is not None, "install iree-base-compiler beside the interpreter that runs the tests"
    return str(found)


def _known(flag: str) -> Option:
    found = table.find(flag)
    assert found is not None
    return found
