"""The pages of the rules as files, so that every editor can open them, also without a network."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import platformdirs

from dispatch_lens import rules
from dispatch_lens.rules import pages


@lru_cache(maxsize=256)
def href(rule: str) -> str | None:
    """The URI of a rule's page, which is written when it is first asked for; None where no folder can be written."""
    found = rules.by_name(rule)
    if found is None:
        return None
    path = Path(platformdirs.user_cache_dir("dispatch-lens")) / "rules" / f"{rule}.md"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(pages.explain(found), encoding="utf-8")
    except OSError:
        return None
    return path.as_uri()
