"""A story in words, for a hover or a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch_lens.features.why_asked import TOGETHER
from dispatch_lens.features.why_story import Pair, Story


def markdown(story: Story) -> str:
    """The story as Markdown: a heading, then a paragraph and a list for each pair."""
    parts = [f"**{story.heading}**"]
    parts += ["\n".join(_markdown_lines(pair)) for pair in story.pairs]
    parts += [story.note] if story.note else []
    return "\n\n".join(parts)


def apart(story: Story) -> str:
    """A line for each pair that is not one dispatch; empty where the text does not tell why, or there is none."""
    lines = [f"- {headline(pair)}: {pair.reason}" for pair in story.pairs if pair.verdict not in ("fused", "unknown")]
    return "why not one dispatch\n\n" + "\n".join(lines) if lines else ""


def headline(pair: Pair) -> str:
    """`linalg.matmul and linalg.generic: refused by get_fusable_uses [multi-use-producer]`."""
    who = f"`{pair.producer}` and `{pair.consumer}`" if pair.consumer is not None else f"`{pair.producer}`"
    return f"{who}: {verdict(pair)}{code(pair)}"


def code(pair: Pair) -> str:
    """The code of what keeps the two apart, or of what only looks like it, in brackets; nothing where there is none."""
    found = pair.blocker or (f"looks like {pair.looks_like}" if pair.looks_like else "")
    return f" [{found}]" if found else ""


def verdict(pair: Pair) -> str:
    """The verdict with the predicate that gave it."""
    by = f" by `{pair.predicate}`" if pair.predicate else ""
    return {
        "fused": "one dispatch",
        "refused": f"refused{by}",
        "never-considered": "never considered",
        "by-design": f"apart by design{f', refused{by}' if by else ''}",
        "no-blocker": "no blocker",
        "unknown": "the text does not tell",
    }[pair.verdict]


def details(pair: Pair) -> Iterator[tuple[str, str]]:
    """What is said of the pair besides, a word and its text each."""
    if pair.verdict != "fused" or pair.looks_like is not None or pair.reason != TOGETHER:
        yield "why", pair.reason
    yield from pair.disagreement
    if pair.remedy.text:
        yield _REMEDY_WORDS[pair.remedy.kind], pair.remedy.text
    if pair.remedy.risk:
        yield "known risk", pair.remedy.risk
    yield "certainty", f"{pair.certainty}, by the rules of {pair.release}"
    if pair.older is not None:
        yield f"by the rules of {pair.older.release}", f"{verdict(pair.older)}{code(pair.older)}: {pair.older.reason}"
        yield from ((f"{what} then", text) for what, text in pair.older.disagreement)


_REMEDY_WORDS = {
    "option": "remedy",
    "rewrite": "remedy",
    "by-design": "why it is so",
    "none-needed": "why it is none",
    "unknown": "remedy",
}


def _markdown_lines(pair: Pair) -> Iterator[str]:
    yield headline(pair)
    yield from (f"- {what}: {_quoted(what, text)}" for what, text in details(pair))


def _quoted(what: str, text: str) -> str:
    return f"`{text}`" if "map" in what or "loops" in what or "type" in what else text
