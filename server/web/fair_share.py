"""How connections are spread over workers that listen on one socket.

The kernel gives a connection to whoever asks first, and that is the worker that is awake already: of connections that
come at once, and then stay open, one worker would get nearly all.
"""

from collections.abc import Sequence
from multiprocessing.context import SpawnContext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ctypes import Array, c_int

_VACANT = -1
_LEAD = 2
"""Connections that a worker may have beyond the one with the fewest, and still take another without looking around."""


class OpenConnections:
    """How many connections each worker has, in memory that all of them see.

    Args:
        context: Makes what processes share.
        places: How many workers there are.
    """

    def __init__(self, context: SpawnContext, places: int) -> None:
        self._numbers: Array[c_int] = context.Array("i", [_VACANT] * places, lock=False)

    def vacate(self, place: int) -> None:
        """Note that a place has no worker: nobody leaves connections to it."""
        self._numbers[place] = _VACANT

    def of(self, place: int) -> "FairShare":
        """Return what the worker in a place knows of it."""
        return FairShare(self._numbers, place)


class FairShare:
    """Whether a worker has as many connections as it should.

    Args:
        numbers: How many each worker has.
        place: Which of them it is.
    """

    def __init__(self, numbers: "Array[c_int]", place: int) -> None:
        self._numbers = numbers
        self._place = place

    def tell(self, number: int) -> None:
        """Tell the others how many this worker has."""
        self._numbers[self._place] = number

    def is_exceeded(self, number: int) -> bool:
        """Return whether others should have the next connection, when this worker has so many."""
        return any(number - fewer >= _LEAD for fewer in self._others())

    def _others(self) -> Sequence[int]:
        return [many for place, many in enumerate(self._numbers) if place != self._place and many != _VACANT]
