"""The compilers that the server may ask: looked for when first asked, and none in a workspace that is not trusted."""

from __future__ import annotations

import asyncio
import threading

from dispatch_lens.compiler import bridge, find, protocol
from dispatch_lens.flags.version import Version, parse_versions

UNTRUSTED = "the workspace is not trusted, so no compiler is started"


class Compilers:
    """The bridge to the installs of this machine. While `are_trusted` is false, no program but our own is started."""

    def __init__(self) -> None:
        self.are_trusted = True
        self._lock = threading.Lock()
        self._bridge: bridge.Bridge | None = None

    async def installs(self) -> tuple[protocol.Install, ...]:
        return (await self.ready()).installs()

    async def versions(self) -> tuple[Version, ...]:
        """The releases of the installs."""
        return parse_versions(install.version for install in await self.installs())

    async def ready(self) -> bridge.Bridge:
        """The bridge, which knows no install where the workspace is not trusted."""
        if not self.are_trusted:
            return bridge.Bridge(())
        return await asyncio.get_running_loop().run_in_executor(None, self._found)

    def close(self) -> None:
        """Ends the compilers that run."""
        if self._bridge is not None:
            self._bridge.close()

    def _found(self) -> bridge.Bridge:
        with self._lock:
            if self._bridge is None:
                self._bridge = bridge.Bridge(find.find_installs(find.Configured(), None))
            return self._bridge
