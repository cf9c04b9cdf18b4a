"""The VS Code extension's package.json against what the server knows: its settings are written from the server's schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from dispatch_lens import __version__
from dispatch_lens.features import settings
from dispatch_lens.lsp import settings as editor_settings
from dispatch_lens.lsp import settings_schema

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "vscode-client"
FILE = CLIENT / "package.json"
PACKAGE: dict[str, Any] = json.loads(FILE.read_text())
CONTRIBUTES = PACKAGE["contributes"]
PROPERTIES: dict[str, dict[str, Any]] = CONTRIBUTES["configuration"]["properties"]
OF_THE_CLIENT = ("serverPath", "pythonPath", "trace.server")


def test_settings_are_the_servers(update: bool):
    """The server's settings come first in the page, then what the client alone reads."""
    made = {f"dispatchLens.{name}": {**schema, "scope": "resource"} for name, schema in settings_schema.properties().items()}
    made |= {name: PROPERTIES[name] for name in (f"dispatchLens.{one}" for one in OF_THE_CLIENT)}
    if update:
        CONTRIBUTES["configuration"]["properties"] = made
        FILE.write_text(json.dumps(PACKAGE, indent=2, ensure_ascii=False) + "\n")
    assert CONTRIBUTES["configuration"]["properties"] == made, "stale: run pytest --update"


def test_every_setting_of_the_server_has_a_schema():
    assert set(settings_schema.properties()) == {*settings.KEYS, editor_settings.INLAY_HINTS, editor_settings.COMPILER_SECONDS}


def test_defaults_are_the_servers():
    given = {name: schema["default"] for name, schema in settings_schema.properties().items()}
    assert editor_settings.from_editor(given) == editor_settings.EditorSettings()


def test_commands_in_menus_and_walkthroughs_exist():
    declared = {command["command"] for command in CONTRIBUTES["commands"]} | {"dispatchLens.dispatches.focus"}
    in_menus = {item["command"] for items in CONTRIBUTES["menus"].values() for item in items}
    in_steps = set(re.findall(r"command:(?:toSide:)?([\w.]+)", json.dumps(CONTRIBUTES["walkthroughs"])))
    assert in_menus | in_steps <= declared


def test_files_exist():
    text = json.dumps({**CONTRIBUTES, "icon": PACKAGE["icon"]})
    named = re.findall(r'"((?:\./)?(?:images|syntaxes|snippets|walkthrough)/[\w./-]+|\./language-configuration\.json)"', text)
    assert len(named) >= 8
    assert [name for name in named if not (CLIENT / name).is_file()] == []


def test_the_version_is_the_servers():
    assert PACKAGE["version"] == __version__
