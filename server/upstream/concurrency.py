"""How many requests are under way at the same time, and how many wait for their turn."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from server.upstream.errors import Busy
from server.upstream.waiting import when

_SOON = 5
"""Seconds after which trying again is worth it: most requests are answered in less."""


class Slots:
    """Slots for requests under way. Whoever comes first is served first.

    Args:
        at_once: How many there are.
        waiting: How many requests may wait for one.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._most_waiting = waiting
        self._free = anyio.Semaphore(at_once, fast_acquire=True)

    @property
    def in_flight(self) -> int:
        """How many are taken."""
        return self._at_once - self._free.value

    @property
    def waiting(self) -> int:
        """How many requests wait."""
        return 0 if self._free.value else self._free.statistics().tasks_waiting

    @asynccontextmanager
    async def one(self, deadline: float) -> AsyncGenerator[None]:
        """Hold a slot.

        Args:
            deadline: The event loop's time until which one is waited for.

        Raises:
            Busy: too many wait already, or none became free in time.
        """
        await self._take(deadline)
        try:
            yield
        finally:
            self._free.release()

    async def _take(self, deadline: float) -> None:
        if self._free.value == 0 and self.waiting >= self._most_waiting:
            raise self._busy("and too many wait for their turn")
        with anyio.CancelScope(deadline=deadline) as scope:
            await self._free.acquire()
        if scope.cancelled_caught:
            raise self._busy("and none of them ended in time")

    def _busy(self, why: str) -> Busy:
        message = f"{self._at_once} requests to the Waylay gateway are under way, {why}."
        return Busy(message, hint=when(_SOON), details={"retry_after": _SOON}, wait=_SOON)
