"""What the installed bindings say about an op: the description of the op's class, which IREE makes from its own definition.

The text of the package is read, a dialect's file when one of its ops is first asked for; no program runs and nothing is
imported. Without an install, or for an op that its release does not have, there is nothing to say.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from dispatch_lens.compiler import probe_main

_CLASS = re.compile(
    r'^class \w+\(_ods_ir\.OpView\):\n  r"""\n(?P<description>.*?)"""\n\s*OPERATION_NAME = "(?P<name>[^"]+)"',
    re.DOTALL | re.MULTILINE,
)
_END_OF_SENTENCE = re.compile(r"(?<=\.)\s+")


def introduction(op: str) -> str:
    """The first paragraph of the op's description, without a last sentence that only leads to an example; may be empty."""
    paragraph = _descriptions(op.partition(".")[0]).get(op, "").split("\n\n")[0]
    sentences = _END_OF_SENTENCE.split(" ".join(paragraph.split()))
    return " ".join(sentences[:-1] if sentences[-1].endswith(":") else sentences)


@lru_cache(maxsize=64)
def _descriptions(dialect: str) -> Mapping[str, str]:
    """The descriptions of the dialect's ops by name, as IREE's own Python environment has them."""
    opt = probe_main.probe().get("iree_opt")
    files = (Path(opt).parents[1] / "dialects").glob("_*_ops_gen.py") if opt else ()
    path = next((path for path in files if path.name == f"_{dialect}_ops_gen.py"), None)
    if path is None:
        return {}
    found = _CLASS.finditer(path.read_text(encoding="utf-8"))
    return {match["name"]: _paragraphs(match["description"]) for match in found}


def _paragraphs(description: str) -> str:
    return re.sub(r"\n\s*\n", "\n\n", textwrap.dedent(description)).strip()
