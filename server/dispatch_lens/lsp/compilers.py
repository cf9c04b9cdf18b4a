"""The compilers that the server may ask: looked for when first asked, and none in a workspace that is not trusted.

What asks them is loaded then too: an editor that starts does not wait for it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from dispatch_lens.flags.version import Version, parse_versions

if TYPE_CHECKING:
    from dispatch_lens.compiler import bridge, find, protocol, subprocesses

UNTRUSTED = "the workspace is not trusted, so no compiler is started"


class Compilers:
    """The bridge to the installs of this machine. While `are_trusted` is false, no program but our own is started."""

    def __init__(self) -> None:
        self.are_trusted = True
        self._asked: subprocesses.Children | None = None
        self._finding: asyncio.Task[find.Found] | None = None
        self._bridge: bridge.Bridge | None = None

    async def found(self) -> find.Found:
        """The installs, and who was silent; nothing where the workspace is not trusted."""
        from dispatch_lens.compiler import find, subprocesses

        if not self.are_trusted:
            return find.Found()
        if self._finding is None:
            self._asked = subprocesses.Children()
            work = asyncio.to_thread(find.find_all, find.Configured(), None, self._asked)
            self._finding = asyncio.ensure_future(work)
        return await asyncio.shield(self._finding)

    async def installs(self) -> tuple[protocol.Install, ...]:
        return (await self.found()).installs

    async def versions(self) -> tuple[Version, ...]:
        """The releases of the installs."""
        return parse_versions(install.version for install in await self.installs())

    async def ready(self, limits: protocol.Limits) -> bridge.Bridge:
        """The bridge under these limits, which knows no install where the workspace is not trusted."""
        from dispatch_lens.compiler import bridge

        installs = await self.installs()
        if self._bridge is None or (self._bridge.installs(), self._bridge.limits) != (installs, limits):
            if self._bridge is not None:
                self._bridge.close()
            self._bridge = bridge.Bridge(installs, limits)
        return self._bridge

    def close(self) -> None:
        """Ends the compilers that run."""
        if self._asked is not None:
            self._asked.end()
        if self._bridge is not None:
            self._bridge.close()
