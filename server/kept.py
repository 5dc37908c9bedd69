"""What was read a moment ago, and serves for the next who ask: a look at an estate, or at what a name could become."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import anyio
from cachetools import TTLCache

ValueT = TypeVar("ValueT")

_MOST = 100
"""Values that are kept; those that were not used for longest go first."""


class Kept(Generic[ValueT]):
    """Keeps values for a few seconds. Those who ask for the same at the same time wait for the first.

    Args:
        seconds: For how long.
        clock: Returns seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._values: TTLCache[Hashable, ValueT] = TTLCache(_MOST, seconds, clock)
        self._making: dict[Hashable, anyio.Lock] = {}
        self._age = 0

    async def get(self, key: Hashable, make: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """Return what is kept under a key, or else make it; what making it raises is not kept.

        Args:
            key: Names the value, and who may see it.
            make: Makes it.
        """
        lock = self._making.setdefault(key, anyio.Lock())
        try:
            async with lock:
                return await self._kept(key, make)
        finally:
            if not lock.statistics().tasks_waiting and not lock.locked():
                self._making.pop(key, None)

    def peek(self, key: Hashable) -> ValueT | None:
        """Return what is kept under a key; None when nothing is."""
        return self._values.get(key)

    def forget(self) -> None:
        """Keep nothing of what was read so far, nor of what is being read now: something has changed."""
        self._age += 1
        self._values.clear()

    async def _kept(self, key: Hashable, make: Callable[[], Awaitable[ValueT]]) -> ValueT:
        age = self._age
        if key in self._values:
            return self._values[key]
        value = await make()
        if age == self._age:
            self._values[key] = value
        return value
