"""The option `--era`: by which release's rules dispatches form."""

from __future__ import annotations

import click

from dispatch_lens.analysis.fusion import eras


def _known(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    if value is not None and eras.era_of_version(value) is None:
        raise click.BadParameter(f"{value!r} is no release of IREE: write 2024-07, 3.9, 3.13 or the like")
    return value


era_option = click.option(
    "--era", metavar="VERSION", callback=_known, help="The rules of that release (2024-07, 3.9, 3.13 …); else as the text tells."
)
