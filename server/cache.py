"""What was read a moment ago, and serves for the next who ask: a look at an estate, or at what a name could become."""

import time
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

import anyio
from cachetools import TTLCache

ValueT = TypeVar("ValueT")

_MOST = 100
"""Values that are kept; those that were not used for longest go first."""


class _Making(Generic[ValueT]):
    """A value that is being made. When `over` is set, one of `made` and `failure` is too, unless it was given up."""

    def __init__(self) -> None:
        self.over = anyio.Event()
        self.made: tuple[ValueT] | None = None
        self.failure: Exception | None = None


class Cache(Generic[ValueT]):
    """Keeps values for a few seconds. Those who ask for the same at the same time get what the first one gets.

    Args:
        seconds: For how long.
        clock: Returns seconds that only grow.
    """

    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._values: TTLCache[Hashable, tuple[ValueT]] = TTLCache(_MOST, seconds, clock)
        self._making: dict[Hashable, _Making[ValueT]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[ValueT]]) -> ValueT:
        """Return what is kept under a key, or else make it; what making it raises is not kept.

        Args:
            key: Names the value, and who may see it.
            make: Makes it. Where another is making the same, what that comes to counts, be it a failure; only where
                that was given up it is made anew.
        """
        while True:
            kept = self._values.get(key)
            if kept is not None:
                return kept[0]
            making = self._making.get(key)
            if making is None:
                return await self._make(key, make)
            await making.over.wait()
            if making.made is not None:
                return making.made[0]
            if making.failure is not None:
                raise making.failure

    def peek(self, key: Hashable) -> ValueT | None:
        """Return what is kept under a key; None when nothing is."""
        kept = self._values.get(key)
        return None if kept is None else kept[0]

    def forget(self) -> None:
        """Keep nothing of what was read so far, nor of what is being read now: something has changed.

        Those who wait for it get it nevertheless, since they asked before; those who ask from now on do not.
        """
        self._values.clear()
        self._making.clear()

    async def _make(self, key: Hashable, make: Callable[[], Awaitable[ValueT]]) -> ValueT:
        making = self._making[key] = _Making[ValueT]()
        try:
            value = await make()
            making.made = (value,)
            if self._making.get(key) is making:
                self._values[key] = making.made
        except Exception as failure:
            making.failure = failure
            raise
        finally:
            if self._making.get(key) is making:
                del self._making[key]
            making.over.set()
        return value
