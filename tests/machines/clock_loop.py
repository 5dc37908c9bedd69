"""An event loop that goes by the clock of the tests: whatever waits takes no time, and what would hang fails."""

import asyncio
import selectors
from typing import Any

from tests.support.world import NOW, Clock

_LEAST = 1e-6


class Stuck(Exception):
    """Everybody waits, and nothing will ever come."""


class ClockLoop(asyncio.SelectorEventLoop):
    """Moves the clock on to the next thing that is due as soon as there is nothing else to do."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(_Hurrying(clock))
        self._clock = clock

    def time(self) -> float:
        """Return the seconds since the tests began, by their clock."""
        return self._clock.now - NOW


class _Hurrying(selectors.DefaultSelector):
    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise Stuck
        if timeout > 0:
            self._clock.advance(max(timeout, _LEAST))
        return super().select(0)
