"""The docs against the tree: links lead somewhere, files that are named are there, and no command is left out."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from dispatch_lens.cli.main import main
from dispatch_lens.lsp import commands

ROOT = Path(__file__).parents[1]
README, EDITORS = ROOT / "README.md", ROOT / "docs" / "editors.md"
DOCS = [README, ROOT / "vscode-client" / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
NAMES = {path.name for folder in ("server", "tests", "bench") for path in (ROOT / folder).rglob("*.py")}


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_a_page_names_is_there(path: Path) -> None:
    text = path.read_text()
    links = re.findall(r"\]\((?!https?:)([^)#]+)", text)
    assert [link for link in links if not (path.parent / link).exists()] == []
    assert [name for name in re.findall(r"\b\w+\.py\b", text) if name not in NAMES] == []


def test_the_readme_lists_the_commands() -> None:
    cells = [line.split(" | ")[0] for line in README.read_text().splitlines() if line.startswith("| `dispatch-lens ")]
    listed = [name for cell in cells for name in re.findall(r"`(?:dispatch-lens )?([a-z]+)", cell)]
    assert sorted(listed) == sorted(main.list_commands(click.Context(main)))


def test_the_commands_of_the_server_are_listed() -> None:
    listed = re.findall(r"^\| `(dispatchLens\.\w+)`", EDITORS.read_text(), re.MULTILINE)
    assert sorted(listed) == sorted(commands.NAMES)
