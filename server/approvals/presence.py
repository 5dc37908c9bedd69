"""Whether somebody has the approval page open."""

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

_AWAKE = 75
"""Seconds within which an open page asks again: browsers let pages in the background ask once a minute."""


class Moment(Protocol):
    """When something happened last, perhaps in another process; `NEVER` is never."""

    value: float


NEVER = -math.inf


@dataclass(slots=True)
class InThisProcess:
    """A moment that no other process knows of."""

    value: float = NEVER


class Presence:
    """Knows when the page was last asked for.

    Args:
        clock: Returns seconds that only grow, the same for all processes of this machine.
        last: When that was; where several processes serve one page, they share it.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic, last: Moment | None = None) -> None:
        self._clock = clock
        self._last = last or InThisProcess()

    def seen(self) -> None:
        """Note that the page is open."""
        self._last.value = self._clock()

    def left(self) -> None:
        """Note that it was closed."""
        self._last.value = NEVER

    def is_there(self) -> bool:
        """Tell whether a new request will be seen without anything being opened."""
        return self._clock() - self._last.value < _AWAKE
