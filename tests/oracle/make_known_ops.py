"""Writes `server/dispatch_lens/ir/known_ops.json` from the compiler installed beside the running interpreter.

Run once per compiler version; each run replaces what the file says of that version and keeps the rest:

    python tests/oracle/make_known_ops.py

Names come from the constant strings of the compiler's library and from the Python op classes; the compiler's own
registry then says which of them are ops. Only Linux libraries (ELF, 64 bits) are read.
"""

from __future__ import annotations

import importlib
import json
import pkgutil
import re
import struct
from collections import defaultdict
from pathlib import Path

import iree.compiler._mlir_libs
from iree.compiler import dialects, ir
from iree.compiler import version as compiler_version

TABLE = Path(__file__).parents[2] / "server" / "dispatch_lens" / "ir" / "known_ops.json"
VERSIONS = ("2024", "3.1", "3.13")
NAME = re.compile(rb"\0([a-z_][a-z0-9_]*(?:\.[A-Za-z0-9_$]+)+)(?=\0)")


def main() -> None:
    versions: dict[str, set[str]] = defaultdict(set)
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    for dialect, groups in table.items():
        for group, names in groups.items():
            for name in names.split():
                versions[f"{dialect}.{name}"].update(set(group.split()) - {version_label()})
    for name in registered_names():
        versions[name].add(version_label())
    TABLE.write_text(table_text(versions))


def version_label() -> str:
    """`2024` for the date-named releases, else major and minor version."""
    numbers = compiler_version.VERSION.split(".")
    return "2024" if len(numbers[0]) == 8 else ".".join(numbers[:2])


def registered_names() -> list[str]:
    """The full names of all ops that the installed compiler has registered, as far as a string spells them."""
    context = ir.Context()
    context.load_all_available_dialects()
    candidates = {name.decode() for name in NAME.findall(constant_strings())} | class_names()
    return sorted(filter(context.is_registered_operation, candidates))


def class_names() -> set[str]:
    """The op names that the Python classes of the installed bindings carry."""
    found: set[str] = set()
    for module in pkgutil.iter_modules(dialects.__path__):
        if module.name.endswith("_ops_gen"):
            classes = vars(importlib.import_module(f"{dialects.__name__}.{module.name}")).values()
            found.update(each.OPERATION_NAME for each in classes if hasattr(each, "OPERATION_NAME"))
    return {name for name in found if isinstance(name, str)}


def constant_strings() -> bytes:
    """The `.rodata` section of the compiler's library, found by the section headers of its ELF file."""
    library = Path(iree.compiler._mlir_libs.__file__).parent / "libIREECompiler.so"
    with library.open("rb") as file:
        header = file.read(64)
        (table_at,) = struct.unpack_from("<Q", header, 40)
        size, count, names_index = struct.unpack_from("<HHH", header, 58)
        file.seek(table_at)
        rows = [struct.unpack_from("<IIQQQQ", file.read(size)) for _ in range(count)]
        file.seek(rows[names_index][4])
        names = file.read(rows[names_index][5])
        row = next(row for row in rows if names[row[0] :].startswith(b".rodata\0"))
        file.seek(row[4])
        return file.read(row[5])


def table_text(versions: dict[str, set[str]]) -> str:
    """One line for each dialect and set of versions, names without their dialect."""
    groups: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for full_name in sorted(name for name, labels in versions.items() if labels):
        dialect, _, name = full_name.partition(".")
        group = " ".join(sorted(versions[full_name], key=VERSIONS.index))
        groups[dialect][group].append(name)
    dialect_texts: list[str] = []
    for dialect, by_group in groups.items():
        lines = [f"{json.dumps(group)}: {json.dumps(' '.join(names))}" for group, names in sorted(by_group.items())]
        dialect_texts.append(f"{json.dumps(dialect)}: {{\n " + ",\n ".join(lines) + "}")
    return "{\n" + ",\n".join(dialect_texts) + "\n}\n"


if __name__ == "__main__":
    main()
