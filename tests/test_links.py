"""Links in a text: to the files of locations, and to the pages of rules that a comment ignores."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch_lens.features import links
from dispatch_lens.features.snapshot import snapshot
from talk import Talk

TEXT = """\
%0 = a.b %x : i32 loc("/models/net.py":3:4)
// dispatch-lens: ignore[unfused-padding, no-such-rule]
%1 = a.b %0 : i32 loc(callsite("f"("ops.py":5:6) at "file:///models/other.py":7:8))
"""


def linked(text: str) -> dict[str, tuple[str | None, int | None, str | None]]:
    found = links.links(snapshot("text", 0, text))
    return {text[link.range.start : link.range.end]: (link.file, link.line, link.rule) for link in found}


def test_a_location_leads_to_its_file_and_line_and_a_rule_to_its_page() -> None:
    assert linked(TEXT) == {
        "/models/net.py": ("/models/net.py", 3, None),
        "ops.py": ("ops.py", 5, None),
        "file:///models/other.py": ("file:///models/other.py", 7, None),
        "unfused-padding": (None, None, "unfused-padding"),
    }


def test_there_is_an_end_to_them() -> None:
    many = TEXT.splitlines(keepends=True)[0] * (links.MOST + 10)
    assert len(links.links(snapshot("text", 0, many))) == links.MOST


@pytest.mark.asyncio
async def test_a_file_beside_the_text_is_linked_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "ops.py").write_text("")
    talk = Talk()
    await talk.begin()
    targets: list[set[str]] = []
    for uri in ((tmp_path / "dump.mlir").as_uri(), "untitled:dump"):
        talk.open(uri, TEXT)
        found = await talk.request("textDocument/documentLink", {"textDocument": {"uri": uri}})
        targets.append({one["target"].rpartition("/")[2] for one in found})
    assert targets == [
        {"net.py#L3", "ops.py#L5", "other.py#L7", "unfused-padding.md"},
        {"net.py#L3", "other.py#L7", "unfused-padding.md"},
    ]
    await talk.end()
