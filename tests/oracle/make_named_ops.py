"""Writes `server/dispatch_lens/ir/named_ops.json` from the compiler installed beside the running interpreter.

Run once per compiler version; each run adds what that version knows, as a second row where two versions disagree:

    python tests/oracle/make_named_ops.py

An op with fixed maps is written in its custom form with a different prime for each stride and dilation, generalized by
MLIR's own pass, and the primes in the resulting maps are replaced by the symbols they stood for. What no pass can tell
(the rule by which a rank-polymorphic op gets its maps) is stated by hand in `BY_RULE` and held by test_named_ops.py.
The compiler's Python package reads its op definitions with PyYAML.
"""

from __future__ import annotations

import inspect
import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from iree.compiler import ir, passmanager
from iree.compiler import version as compiler_version
from iree.compiler.dialects import _linalg_ops_gen
from iree.compiler.dialects.linalg.opdsl.lang.config import LinalgOpConfig
from iree.compiler.dialects.linalg.opdsl.ops import core_named_ops

TABLE = Path(__file__).parents[2] / "server" / "dispatch_lens" / "ir" / "named_ops.json"
NOT_STRUCTURED = frozenset({"index", "yield"})
PRIMES = {"strides": (3, 5, 7), "dilations": (11, 13, 17)}
ELEMENT_TYPES = (("f32", "f32"), ("i32", "i32"))
VERSIONS = ("2024", "3.1", "3.13")
ROW_BREAK = ",\n    "
INTERFACES = {"LinalgContractionOpInterface": "contraction", "LinalgConvolutionOpInterface": "convolution"}
CASTS = re.compile(r"ext[sfu]i?|trunc[fi]|fpto|[su]itofp|yield|index|constant")
BODY_TYPES = re.compile(r"(imum)?f$|(?<=max|min)s?i$|(?<!u)i$|(?<=u)i$")
BY_RULE: dict[str, dict[str, Any]] = {
    "transpose": {"category": "transpose", "rule": "transpose", "ins": 1, "body": "yield"},
    "broadcast": {"category": "broadcast", "rule": "broadcast", "ins": 1, "body": "yield"},
    "reduce": {"category": "reduce", "rule": "reduce", "ins": None, "outs": None, "body": "given"},
    "map": {"category": "elementwise", "rule": "identity", "ins": None, "body": "given"},
    "elementwise": {"category": "elementwise", "rule": "identity", "ins": None, "body": "by_kind"},
    "elemwise_unary": {"category": "elementwise", "rule": "identity", "ins": 1, "body": "by_kind"},
    "elemwise_binary": {"category": "elementwise", "rule": "identity", "ins": 2, "body": "by_kind"},
    "softmax": {"category": "softmax", "rule": "softmax", "ins": 1, "body": "softmax"},
    "generic": {"category": "generic", "rule": "given", "ins": None, "outs": None, "body": "given"},
    "contract": {"category": "contraction", "rule": "given", "ins": 2, "body": "mul_add", "interface": "contraction"},
    "scaled_contract": {"category": "contraction", "rule": "given", "ins": 4, "body": "scaled_mul_add"},
    "pack": {"category": "layout", "rule": "none", "ins": None, "body": "yield"},
    "unpack": {"category": "layout", "rule": "none", "ins": 1, "body": "yield"},
    "winograd_filter_transform": {"category": "winograd", "rule": "none", "ins": 1, "body": "winograd"},
    "winograd_input_transform": {"category": "winograd", "rule": "none", "ins": 1, "body": "winograd"},
    "winograd_output_transform": {"category": "winograd", "rule": "none", "ins": 1, "body": "winograd"},
}


def main() -> None:
    table: dict[str, list[dict[str, Any]]] = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    for name, op_class in installed_classes().items():
        overridable = "indexing_maps" in inspect.signature(op_class.__init__).parameters
        merge(table.setdefault(name, []), dict(BY_RULE.get(name) or describe(name)))
        if overridable and table[name][0]["rule"] != "given":
            table[name][0]["maps_may_be_given"] = True
    lines = [f"{json.dumps(name)}: [{ROW_BREAK.join(map(json.dumps, table[name]))}]" for name in sorted(table)]
    TABLE.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def merge(rows: list[dict[str, Any]], row: dict[str, Any]) -> None:
    """Adds this version to the row that states the same facts, or a row of its own; the newest row first."""
    label = version_label()
    for known in rows:
        known["versions"] = [each for each in known["versions"] if each != label]
    same = next((known for known in rows if row.items() <= known.items()), None)
    if same is None:
        rows.append(same := {**row, "versions": []})
    same["versions"] = sorted([*same["versions"], label], key=VERSIONS.index)
    rows[:] = sorted((known for known in rows if known["versions"]), key=lambda known: -VERSIONS.index(known["versions"][-1]))


def installed_classes() -> dict[str, Any]:
    """The structured ops of linalg that the installed bindings have a class for, by name without the dialect."""
    classes = vars(_linalg_ops_gen).values()
    found = {each.OPERATION_NAME.removeprefix("linalg."): each for each in classes if hasattr(each, "_ODS_REGIONS")}
    return {name: found[name] for name in sorted(found.keys() - NOT_STRUCTURED)}


def version_label() -> str:
    """`2024` for the date-named releases, else major and minor version."""
    numbers = compiler_version.VERSION.split(".")
    return "2024" if len(numbers[0]) == 8 else ".".join(numbers[:2])


def describe(name: str) -> dict[str, Any]:
    definition = getattr(core_named_ops, name, None)
    interfaces = [each.cpp_name for each in definition.op_def.metadata.implements] if definition else []
    with ir.Context(), ir.Location.unknown():
        spellings = defined_spellings(name, definition.op_def) if definition else matmul_spellings(name)
        generic = next(filter(None, map(generalized, spellings)), None)
        if generic is None:
            raise SystemExit(f"linalg.{name}: no spelling was accepted")
        row = facts_of(name, generic)
        if definition and not defined_maps(definition.op_def)[0].n_dims:
            row = rank_polymorphic(row, name)
    interface = next((INTERFACES[each] for each in interfaces if each in INTERFACES), None)
    interface = interface or ("contraction" if definition is None else None)
    return row | ({"interface": interface} if interface else {})


def defined_spellings(name: str, op_def: Any) -> Iterator[str]:
    """One use of an op for each choice of element types, by the maps and types of its definition."""
    ranks = [len(each.results) if each.n_dims else 3 for each in defined_maps(op_def)]
    arguments = list(op_def.registered_operands.values())
    attributes = [
        f"{each.name} = dense<{list(PRIMES[each.name])[: len(each.size_exprs)]}> : tensor<{len(each.size_exprs)}xi64>"
        for each in arguments
        if each.kind.name == "INDEX_ATTR"
    ]
    operands = [each for each in arguments if each.kind.name in {"INPUT_TENSOR", "SCALAR", "OUTPUT_TENSOR"}]
    for element, out_element in ELEMENT_TYPES:
        types: list[str] = []
        for each, rank in zip(operands, ranks):
            fixed = {"I32": "i32", "F64": "f64"}.get(each.type_var.name) if each.type_var else None
            element_type = "i1" if name == "select" and not types else fixed or element
            types.append(element_type if each.kind.name == "SCALAR" else tensor(rank, element_type))
        if "unsigned" in name and element == "f32":
            continue
        yield use(name, ", ".join(attributes), types[:-1], types[-1].replace(element, out_element))


def defined_maps(op_def: Any) -> list[Any]:
    """The maps of a definition; without any dim when the op takes operands of every rank."""
    config = next(iter(LinalgOpConfig.from_linalg_op_def(op_def, context=ir.Context.current)))
    return list(config.structured_op.indexing_maps)


def matmul_spellings(name: str) -> Iterator[str]:
    """Uses of a two-input op that has no definition in Python, over the ranks that it may have."""
    for ranks in itertools.product(range(1, 5), repeat=3):
        types = [tensor(rank, "f32") for rank in ranks]
        yield use(name, "", types[:-1], types[-1])


def tensor(rank: int, element: str) -> str:
    return f"tensor<{'?x' * rank}{element}>"


def use(name: str, attributes: str, ins: list[str], out: str) -> str:
    arguments = ", ".join(f"%a{index}: {each}" for index, each in enumerate([*ins, out]))
    values = ", ".join(f"%a{index}" for index in range(len(ins)))
    return (
        f"func.func @f({arguments}) -> {out} {{ %r = linalg.{name} {{{attributes}}} "
        f"ins({values} : {', '.join(ins)}) outs(%a{len(ins)} : {out}) -> {out} return %r : {out} }}"
    )


def generalized(text: str) -> tuple[Any, Any] | None:
    """The module and the `linalg.generic` that MLIR makes of the one op in `text`; None when the text is refused."""
    try:
        module = ir.Module.parse(text)
    except ir.MLIRError:
        return None
    passmanager.PassManager.parse("builtin.module(func.func(linalg-generalize-named-ops))").run(module.operation)
    operations = module.body.operations[0].regions[0].blocks[0].operations
    return module, next(each.operation for each in operations if each.operation.name == "linalg.generic")


def facts_of(name: str, generic: tuple[Any, Any]) -> dict[str, Any]:
    op = generic[1]
    maps = [results_text(each) for each in op.attributes["indexing_maps"]]
    loops = "".join("p" if "parallel" in str(each) else "r" for each in op.attributes["iterator_types"])
    body = [each.operation.name.partition(".")[2] for each in op.regions[0].blocks[0].operations]
    verbs = [BODY_TYPES.sub("", verb) for verb in body if not CASTS.fullmatch(verb)]
    kind = "_".join(verbs).replace("maxu", "max_unsigned").replace("minu", "min_unsigned") or "yield"
    return {
        "category": category(name),
        "rule": "fixed",
        "loops": loops,
        "maps": maps,
        "ins": len(maps) - 1,
        "body": "random" if category(name) == "random" else kind,
    }


def results_text(attribute: Any) -> str:
    """The results of a map, with each prime replaced by the symbol that it stands for."""
    text = re.search(r"-> \((.*)\)>", str(attribute))
    assert text
    symbols = {str(prime): f"{key[:-1]}{index}" for key, primes in PRIMES.items() for index, prime in enumerate(primes)}
    return re.sub(r"\* (\d+)", lambda match: f"* {symbols[match[1]]}", text[1])


def rank_polymorphic(row: dict[str, Any], name: str) -> dict[str, Any]:
    kept = {key: row[key] for key in ("category", "rule", "ins", "body")}
    return kept | {"rule": "identity", "body": row["body"] if name in {"copy", "fill"} else name}


def category(name: str) -> str:
    if name in {"fill", "copy"}:
        return name
    words = {"conv": "convolution", "pooling": "pooling", "rng": "random", "mat": "contraction", "mmt": "contraction"}
    words |= {"dot": "contraction"}
    return next((found for word, found in words.items() if word in name), "elementwise")


if __name__ == "__main__":
    main()
