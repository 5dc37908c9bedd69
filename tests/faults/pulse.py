"""Tells whether this process stood still: where time limits are short, that looks like a fault of the service."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

_BEAT, _SLOW = 0.02, 0.2
"""Seconds between beats, and those after which one was late."""


class Pulse:
    """Counts the beats that were late."""

    def __init__(self) -> None:
        self.late = 0

    @asynccontextmanager
    async def beating(self) -> AsyncGenerator[None]:
        """Beat in the background."""
        task = asyncio.create_task(self._beat())
        yield
        task.cancel()

    async def _beat(self) -> None:
        loop = asyncio.get_running_loop()
        last = loop.time()
        while True:
            await asyncio.sleep(_BEAT)
            now = loop.time()
            self.late += now - last > _SLOW
            last = now
