"""The compilers of this machine, for the options that ask them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from dispatch_lens.compiler.bridge import Bridge
    from dispatch_lens.compiler.protocol import Limits
    from dispatch_lens.flags.version import Version


def versions() -> tuple[Version, ...]:
    """The releases of the compilers of this machine."""
    from dispatch_lens.compiler.find import Configured, find_installs
    from dispatch_lens.flags.version import parse_versions

    return parse_versions(install.version for install in find_installs(Configured(), None))


@contextmanager
def bridge(option: str, limits: Limits | None = None) -> Generator[Bridge]:
    """The bridge to them, closed at the end. Raises click.UsageError, by the name of the option, where there is none."""
    from dispatch_lens.compiler.bridge import Bridge
    from dispatch_lens.compiler.find import Configured, find_all, why_none

    known = find_all(Configured(), None)
    if not known.installs:
        raise click.UsageError(f"{option} needs an IREE compiler: {why_none(known, 'IREE compiler')}")
    found = Bridge(known.installs, limits)
    try:
        yield found
    finally:
        found.close()
