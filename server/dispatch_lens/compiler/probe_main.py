"""Prints where IREE, or else MLIR, is installed for the Python that runs it, as one JSON object; `{}` without both.

Runs under any Python from 3.9 on, imports nothing of this project and nothing of IREE.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import json
import os
import sys

COMPILERS = ("iree-base-compiler", "iree-compiler")
RUNTIMES = ("iree-base-runtime", "iree-runtime")
UPSTREAM = "0 (MLIR without IREE)"


def probe() -> dict[str, str | None]:
    """`version`, `python`, and the paths of `iree_opt`, `iree_compile`, `iree_run_module` (None when not there).

    The programs are the binaries inside the packages; the scripts of the same names start a Python first.
    """
    compiler = distribution(COMPILERS)
    if compiler is None:
        return upstream()
    runtime = distribution(RUNTIMES)
    return {
        "version": compiler.version,
        "python": sys.executable,
        "iree_opt": program(compiler, "iree/compiler/_mlir_libs/iree-opt"),
        "iree_compile": program(compiler, "iree/compiler/_mlir_libs/iree-compile"),
        "iree_run_module": program(runtime, "iree/_runtime_libs/iree-run-module"),
    }


def upstream() -> dict[str, str | None]:
    """MLIR's own bindings, which can verify what MLIR's own dialects say; older than every IREE."""
    spec = importlib.util.find_spec("mlir")
    folders = spec.submodule_search_locations if spec is not None else None
    if not any(os.path.exists(os.path.join(folder, "ir.py")) for folder in folders or ()):
        return {}
    programs = dict.fromkeys(("iree_opt", "iree_compile", "iree_run_module"))
    return {"version": UPSTREAM, "python": sys.executable, **programs}


def distribution(names: tuple[str, ...]) -> importlib.metadata.Distribution | None:
    for name in names:
        try:
            return importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def program(package: importlib.metadata.Distribution | None, path: str) -> str | None:
    if package is None:
        return None
    for suffix in ("", ".exe"):
        found = str(package.locate_file(path + suffix))
        if os.access(found, os.X_OK):
            return found
    return None


if __name__ == "__main__":
    print(json.dumps(probe()))
