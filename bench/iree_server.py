"""Starts the language server that `libIREECompiler.so` exports and no program of the wheel calls."""

from __future__ import annotations

import ctypes
import sys
from importlib import util
from pathlib import Path


def main() -> int:
    """Serve on standard input and output."""
    found = util.find_spec("iree.compiler")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("iree-base-compiler is not installed")
    library = ctypes.CDLL(str(Path(next(iter(found.submodule_search_locations))) / "_mlir_libs" / "libIREECompiler.so"))
    return library.ireeMlirLspServerRunMain(2, (ctypes.c_char_p * 2)(b"iree-mlir-lsp-server", b"--log=error"))


if __name__ == "__main__":
    sys.exit(main())
