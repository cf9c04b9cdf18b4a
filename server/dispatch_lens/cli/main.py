"""The command `dispatch-lens`. Subcommands are imported when they are called: `--help` and `flags` need no parser."""

from __future__ import annotations

import atexit
import gc
import importlib
import os
import sys
from typing import Any

import click

_COMMANDS = {
    "check": ("check", "check", "Count the dispatches and say which could have been one."),
    "why": ("why", "why", "Say why ops are in one dispatch or not."),
    "fix": ("fix", "fix", "Rewrite files so that fewer dispatches are left."),
    "try": ("try_flags", "try_flags", "Compile with the flags that may join dispatches, and find the fewest."),
    "flags": ("flags", "flags", "Explain compiler options by release."),
    "predict": ("predict", "predict", "Print the dispatch regions that the compiler would form."),
    "extract": ("extract", "extract", "Cut a dispatch out as a module of its own."),
    "graph": ("graph", "graph", "Draw which dispatch reads what another one made."),
    "rules": ("explain", "list_rules", "List the rules."),
    "explain": ("explain", "explain", "Print the page of a rule."),
    "ops": ("ops", "ops", "Print every op that is read, as JSON."),
    "serve": ("serve", "serve", "Answer an editor as a language server."),
}
DEBUG = "DISPATCH_LENS_DEBUG"
_OBJECTS_BEFORE_COLLECTION = 1_000_000
"""What is read is built once and kept: to search it for garbage every 700 objects finds none."""


class _LazyGroup(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = _COMMANDS.get(cmd_name)
        if found is None:
            return None
        module = importlib.import_module(f"dispatch_lens.cli.{found[0]}")
        command = getattr(module, found[1])
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, words) for name, (_, _, words) in _COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, OSError):
            raise
        except Exception as error:
            if os.environ.get(DEBUG):
                raise
            click.echo(f"dispatch-lens: internal error: {type(error).__name__}: {error} ({DEBUG}=1 shows where)", err=True)
            sys.exit(2)


def _print_version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:
        from dispatch_lens import __version__

        click.echo(f"dispatch-lens {__version__}")
        context.exit()


@click.group(cls=_LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version.")
def main() -> None:
    """Read IREE dispatch dumps: which dispatches could have been one, why they are not, and what makes them one."""
    gc.set_threshold(_OBJECTS_BEFORE_COLLECTION)
    atexit.register(gc.freeze)  # What is left at the end goes with the process: no use to search it for garbage.


if __name__ == "__main__":
    main()
