"""The settings of an editor as a JSON schema: what VS Code's settings page shows is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from dispatch_lens import rules
from dispatch_lens.features import inlay_hints
from dispatch_lens.lsp.settings import COMPILER_SECONDS, INLAY_HINTS
from dispatch_lens.rules import pages
from dispatch_lens.rules.rule import Severity

Schema: TypeAlias = Mapping[str, object]


def properties() -> dict[str, Schema]:
    """One schema a setting, by its name in the `dispatchLens` section."""
    shown = dict.fromkeys(inlay_hints.KINDS, True)
    return {
        "select": _rules("The rules that speak. Empty: all of them."),
        "ignore": _rules("The rules that stay silent."),
        "compiler-version": _text(
            "The release of IREE to reason about, such as `3.13` or `2024-07`. Empty: the one whose syntax the text speaks."
        ),
        "target": _text("The target that the dump was compiled for, such as `llvm-cpu`. Empty: not known."),
        "severity": {
            "type": "object",
            "markdownDescription": "How loud a rule is, by its name.",
            "propertyNames": _rule(),
            "additionalProperties": {"type": "string", "enum": [severity.value for severity in Severity]},
            "default": {},
        },
        INLAY_HINTS: {
            "type": "object",
            "markdownDescription": "Which hints stand in the text: permutations after maps, what an alias stands for, names and "
            "types of operands, ordinals of dispatches.",
            "properties": {kind: {"type": "boolean", "default": True} for kind in shown},
            "additionalProperties": False,
            "default": shown,
        },
        COMPILER_SECONDS: {
            "type": "number",
            "markdownDescription": "How many seconds the compiler may take for one answer. 0: as usual, half a minute to verify "
            "a file, two minutes for one compile of a trial, ten for one of a proof.",
            "minimum": 0,
            "default": 0,
        },
    }


def _rules(description: str) -> Schema:
    items = {"type": "string", **_rule(), "enumDescriptions": [pages.summary(rule) for rule in rules.ALL]}
    return {"type": "array", "markdownDescription": description, "items": items, "uniqueItems": True, "default": []}


def _rule() -> Schema:
    return {"enum": [rule.name for rule in rules.ALL]}


def _text(description: str) -> Schema:
    return {"type": "string", "markdownDescription": description, "default": ""}
