"""`dispatch-lens why`: why dispatches are apart, for a whole file, for one place and its neighbours, or for two places."""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from dispatch_lens.cli import inputs
from dispatch_lens.cli.era import era_option

if TYPE_CHECKING:
    from dispatch_lens.features.document import Document
    from dispatch_lens.features.why_asked import Under
    from dispatch_lens.features.why_story import Pair, Story


class _PlaceType(click.ParamType):  # pyright: ignore[reportMissingTypeArgument]
    name = "LINE[:COL]"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int | None]:
        found = re.fullmatch(r"(\d+)(?::(\d+))?", str(value))
        if found is None:
            self.fail(f"{value!r} is no place: write LINE or LINE:COLUMN, counted from 1", param, ctx)
        return int(found[1]), int(found[2]) if found[2] else None


_PLACE = _PlaceType()


@click.command("why")
@click.argument("file")
@click.argument("place", required=False, type=_PLACE)
@click.argument("other", required=False, type=_PLACE)
@click.option("--aggressive", "fusion", flag_value="aggressive", default=None, help="As with aggressive fusion on.")
@era_option
@click.option("--json", "form", flag_value="json", default="text", help="Print JSON.")
def why(
    file: str,
    place: tuple[int, int | None] | None,
    other: tuple[int, int | None] | None,
    fusion: str | None,
    era: str | None,
    form: str,
) -> None:
    """Say why ops are in one dispatch or not.

    With two places (LINE or LINE:COLUMN): for these two. With one: for the dispatch there and its neighbours. With none:
    for all pairs of neighbours. Exits with 2 when the file could not be read.
    """
    from dispatch_lens.features import why_asked

    document = inputs.the_document(file)
    under = why_asked.Under(release=era, aggressive=True if fusion == "aggressive" else None)
    stories = _stories(document, place, other, under)
    if form == "json":
        click.echo(json.dumps(_as_json(document, stories), indent=2))
        return
    from dispatch_lens.cli import render_why

    render_why.render(document, stories)


def _stories(
    document: Document, place: tuple[int, int | None] | None, other: tuple[int, int | None] | None, under: Under
) -> tuple[Story, ...]:
    from dispatch_lens.features import why as feature

    if place is None:
        return feature.why_all(document, under)
    second = _offset(document, other) if other is not None else None
    return (feature.why(document, _offset(document, place), second, under),)


def _offset(document: Document, place: tuple[int, int | None]) -> int:
    """The offset of a place; a line alone means its first character that is no space."""
    line, column = place
    if line < 1 or line > len(document.lines.starts):
        raise click.UsageError(f"{document.uri} has no line {line}")
    if column is None:
        text = document.lines.line_text(line - 1)
        column = len(text) - len(text.lstrip()) + 1
    return document.lines.offset(line, column)


def _as_json(document: Document, stories: tuple[Story, ...]) -> dict[str, object]:
    return {
        "file": document.uri,
        "stories": [
            {
                "heading": story.heading,
                "blockers": list(story.blockers),
                "pairs": [_pair(document, pair) for pair in story.pairs],
                "note": story.note,
            }
            for story in stories
        ],
    }


def _pair(document: Document, pair: Pair) -> dict[str, object]:
    """The pair's fields, with lines and columns (from 1) in place of offsets."""
    places = [{"role": place.role, "at": list(document.lines.position(place.range.start))} for place in pair.places]
    return {
        "producer": pair.producer,
        "consumer": pair.consumer,
        "verdict": pair.verdict,
        "blocker": pair.blocker,
        "looks_like": pair.looks_like,
        "predicate": pair.predicate,
        "reason": pair.reason,
        "places": places,
        "disagreement": [{"what": what, "text": text} for what, text in pair.disagreement],
        "remedy": asdict(pair.remedy),
        "certainty": pair.certainty,
        "release": pair.release,
        "older": _pair(document, pair.older) if pair.older is not None else None,
    }
