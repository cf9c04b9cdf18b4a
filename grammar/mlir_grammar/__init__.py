"""The Lark grammars of MLIR text as package data: this package hands out their text and builds no parser."""

from __future__ import annotations

from importlib import resources


def text(*names: str) -> str:
    """The grammar files `<name>.lark`, in the order given, as one grammar. An unknown name raises FileNotFoundError."""
    folder = resources.files(__name__)
    return "\n".join(folder.joinpath(f"{name}.lark").read_text(encoding="utf-8") for name in names)
