"""Whether somebody has the approval page open."""

import time
from collections.abc import Callable

_AWAKE = 75
"""Seconds within which an open page asks again: browsers let pages in the background ask once a minute."""


class Presence:
    """Knows when the page was last asked for.

    Args:
        clock: Returns seconds that only grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: float | None = None

    def seen(self) -> None:
        """Note that the page is open."""
        self._last = self._clock()

    def left(self) -> None:
        """Note that it was closed."""
        self._last = None

    def is_there(self) -> bool:
        """Tell whether a new request will be seen without anything being opened."""
        return self._last is not None and self._clock() - self._last < _AWAKE
