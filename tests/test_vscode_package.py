"""The VS Code extension's package.json against what the server knows: its settings, its rules, its severities."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dispatch_lens import __version__, rules
from dispatch_lens.features import inlay_hints, settings
from dispatch_lens.lsp import settings as editor_settings
from dispatch_lens.rules.rule import Severity

ROOT = Path(__file__).parents[1]
CLIENT = ROOT / "vscode-client"
PACKAGE: dict[str, Any] = json.loads((CLIENT / "package.json").read_text())
CONTRIBUTES = PACKAGE["contributes"]
PROPERTIES: dict[str, dict[str, Any]] = CONTRIBUTES["configuration"]["properties"]
OF_THE_CLIENT = {"serverPath", "pythonPath", "trace.server"}
RULE_NAMES = {rule.name for rule in rules.ALL}


def test_every_setting_of_the_server_can_be_set():
    names = {name.removeprefix("dispatchLens.") for name in PROPERTIES}
    assert names - OF_THE_CLIENT == {*settings.KEYS, editor_settings.INLAY_HINTS}


def test_hints_are_listed():
    assert set(PROPERTIES[f"dispatchLens.{editor_settings.INLAY_HINTS}"]["properties"]) == set(inlay_hints.KINDS)


@pytest.mark.parametrize("key", ["select", "ignore"])
def test_rules_are_listed(key: str):
    assert set(PROPERTIES[f"dispatchLens.{key}"]["items"]["enum"]) == RULE_NAMES


def test_severities_are_listed():
    severity = PROPERTIES["dispatchLens.severity"]
    assert set(severity["propertyNames"]["enum"]) == RULE_NAMES
    assert set(severity["additionalProperties"]["enum"]) == {one.value for one in Severity}


def test_defaults_are_the_servers():
    given = {name.removeprefix("dispatchLens."): value["default"] for name, value in PROPERTIES.items()}
    found = settings.settings_from({key: given[key] for key in settings.KEYS})
    assert found == settings.settings_from({})


def test_commands_in_menus_and_walkthroughs_exist():
    declared = {command["command"] for command in CONTRIBUTES["commands"]} | {"dispatchLens.dispatches.focus"}
    in_menus = {item["command"] for items in CONTRIBUTES["menus"].values() for item in items}
    in_steps = set(re.findall(r"command:([\w.]+)", json.dumps(CONTRIBUTES["walkthroughs"])))
    assert in_menus | in_steps <= declared


def test_files_exist():
    text = json.dumps({**CONTRIBUTES, "icon": PACKAGE["icon"]})
    named = re.findall(r'"((?:\./)?(?:images|syntaxes|snippets|walkthrough)/[\w./-]+|\./language-configuration\.json)"', text)
    assert len(named) >= 8
    assert [name for name in named if not (CLIENT / name).is_file()] == []


def test_the_version_is_the_servers():
    assert PACKAGE["version"] == __version__
