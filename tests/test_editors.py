"""Real editors, without a screen: Neovim, Emacs with eglot and Vim with ALE open a file, see its remark, hover it and fix it.

An editor that the machine lacks is skipped, and the end of the run says so. They are Debian's packages `neovim`, `emacs-nox`
with `elpa-eglot`, and `vim-ale`; `.ci/run` installs them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SCRIPTS = HERE / "editors"
SAMPLE = HERE / "fixtures" / "editor" / "session.mlir"
SECONDS = 200
COMMANDS: Mapping[str, list[str]] = {
    "nvim": ["nvim", "--headless", "-u", "NONE", "-i", "NONE", "-n", "-c", f"luafile {SCRIPTS / 'nvim_session.lua'}"],
    "emacs": ["emacs", "-Q", "--batch", "-l", str(SCRIPTS / "eglot_session.el")],
    "vim": ["vim", "-Nu", "NONE", "-i", "NONE", "-n", "-es", "-S", str(SCRIPTS / "ale_session.vim")],
}
pytestmark = pytest.mark.timeout(SECONDS + 40)


@pytest.mark.parametrize("editor", COMMANDS)
def test_an_editor_opens_remarks_hovers_and_fixes(editor: str, tmp_path: Path) -> None:
    needed = lacking(editor)
    if needed is not None:
        pytest.skip(needed)
    file, outcome = tmp_path / "session.mlir", tmp_path / "outcome"
    shutil.copy(SAMPLE, file)
    environment = {
        **os.environ,
        "HOME": str(tmp_path),
        "XDG_STATE_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "SERVE": f"{sys.executable} -m dispatch_lens serve",
        "OUT": str(outcome),
    }
    done = subprocess.run(
        [*COMMANDS[editor], str(file)], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=SECONDS
    )
    assert outcome.exists() and outcome.read_text().strip() == "PASS", (
        outcome.read_text() if outcome.exists() else done.stdout[-2000:] + done.stderr[-2000:]
    )


def lacking(editor: str) -> str | None:
    """What is not installed, in a line; None where nothing lacks."""
    if shutil.which(editor) is None:
        return f"{editor} is not installed"
    if editor == "vim" and not any(Path("/usr/share/vim/vimfiles/pack").glob("*/opt/ale")):
        return "ALE is not installed for Vim: vim-ale"
    if editor == "emacs" and not _has_eglot():
        return "eglot is not installed for Emacs: elpa-eglot"
    return None


def _has_eglot() -> bool:
    folder = '(add-to-list \'package-directory-list "/usr/share/emacs/site-lisp/elpa")'
    load = f"(progn (require 'package) {folder} (package-initialize) (require 'eglot))"
    return subprocess.run(["emacs", "-Q", "--batch", "--eval", load], capture_output=True, timeout=60).returncode == 0
