"""`dispatch-lens serve`: the language server, on standard input and output."""

from __future__ import annotations

import gc

import click

AHEAD = "DISPATCH_LENS_AHEAD"
"""The option as a variable: an editor may set it for a server of any version."""


@click.command("serve")
@click.option("--tcp", type=int, metavar="PORT", help="Listen on this port of the local machine instead.")
@click.option(
    "--ahead", envvar=AHEAD, default="", metavar="FILE", help="Read this file, which the editor opens first, while loading."
)
def serve(tcp: int | None, ahead: str) -> None:
    """Answer an editor: hover, diagnostics, fixes and the rest of the Language Server Protocol."""
    from dispatch_lens import __version__
    from dispatch_lens.cli import cache
    from dispatch_lens.lsp import analyst_process

    cache.use_parser_cache()
    begin = analyst_process.begun_ahead(ahead)
    from dispatch_lens.lsp import start  # Takes half a second, in which the process that reads loads too.

    gc.freeze()  # What was imported stays: a full collection need not look at it in the middle of an answer.
    built = start.build(__version__, begin)
    try:
        built.start_io() if tcp is None else built.start_tcp("127.0.0.1", tcp)
    finally:
        built.end_helpers()
