"""`why` for people: for each pair the two ops, the verdict, and what disagrees, one under the other with marks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.text import Text

from dispatch_lens.features import why_words
from dispatch_lens.features.document import Document
from dispatch_lens.features.why_story import Pair, Story

_STYLES = {"fused": "green", "no-blocker": "green", "refused": "bold red", "never-considered": "bold yellow"}
_OTHER_STYLE = "bold cyan"


def render(document: Document, stories: Sequence[Story]) -> None:
    """Prints to standard output, in colour on a terminal."""
    console = Console(highlight=False, soft_wrap=True, markup=False, emoji=False)
    for story in stories:
        console.print(_heading(document, story))
        for pair in story.pairs:
            _pair(console, document, pair)
        if story.note:
            console.print(Text(f"  {story.note}", "dim"))


def _heading(document: Document, story: Story) -> Text:
    releases = dict.fromkeys(pair.release for pair in story.pairs if pair.certainty == "predicted")
    rules = f", predicted by the rules of {', '.join(releases)}" if releases else ""
    return Text.assemble((f"{document.uri}: {story.heading}", "bold"), (rules, "dim"))


def _pair(console: Console, document: Document, pair: Pair) -> None:
    console.print()
    titles = pair.titles or tuple(name for name in (pair.producer, pair.consumer) if name is not None)
    ends = [place for place in pair.places if place.role in ("producer", "consumer")]
    for place, title in zip(ends, titles):
        at = document.lines.position(place.range.start)
        console.print(Text.assemble("  ", (f"{at.line}:{at.column}".rjust(8), "bold"), "  ", (place.role, "dim"), "  ", title))
    style = _STYLES.get(pair.verdict, _OTHER_STYLE)
    certainty = f", {pair.certainty}" if pair.certainty == "possible" else ""
    told = why_words.verdict(pair).replace("`", "")
    console.print(Text.assemble("    ", (told, style), why_words.code(pair), (certainty, "dim")))
    rows = list(_rows(pair))
    width = max((len(what) for what, _ in rows), default=0)
    for what, text in rows:
        console.print(Text.assemble("      ", (what.ljust(width), "dim"), "  ", text))


def _rows(pair: Pair) -> Iterator[tuple[str, Text]]:
    for what, text in why_words.details(pair):
        if what == "certainty" or (pair.verdict == "unknown" and what == "remedy"):
            continue
        yield what, Text(text)
        if _are_two_maps(pair) and (what, text) == pair.disagreement[1]:
            yield from _marks(pair.disagreement[0][1], text)


def _are_two_maps(pair: Pair) -> bool:
    return len(pair.disagreement) == 2 and all("->" in text for _, text in pair.disagreement)


def _marks(first: str, second: str) -> Iterator[tuple[str, Text]]:
    """A row that marks where the second text departs from the first; none where they have no beginning in common."""
    start = next((i for i, (a, b) in enumerate(zip(first, second)) if a != b), min(len(first), len(second)))
    end = next((i for i, (a, b) in enumerate(zip(first[::-1], second[::-1])) if a != b), 0)
    while start and second[start - 1].isalnum():
        start -= 1
    if start and start < len(second) - end:
        yield "", Text(" " * start + "^" * (len(second) - end - start), "bold red")
