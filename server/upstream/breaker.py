"""Leaves a gateway alone that keeps failing: a call is told at once, and whatever recovers there is not held down."""

import logging
import math
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager

from server.upstream.errors import ConnectionLost, TimedOut, TooLate, Unavailable, Unreachable, UpstreamFailure
from server.upstream.health import Circuit
from server.upstream.waiting import when

logger = logging.getLogger("waylay_tasks_mcp.upstream")

_ABSENT = (Unreachable, TimedOut, ConnectionLost)
_IN_FRONT = frozenset({502, 503, 504})


class Breaker:
    """A circuit breaker: it opens after so many failures in a row, and closes when one request gets an answer.

    Only what speaks of the way to the service counts: no connection, no answer in time, a connection that broke, 502,
    503, 504. Whoever answers anything else is there: a 4xx, a 429, even a 500 to one request. That no answer came in
    time is only counted where there was time for one: else this server itself may have used it up.

    A library would do if it let a single request through to see whether it is over, and none while that one is under
    way: purgatory lets all through, and goes by the time of day, which can be set back.

    Args:
        failures: How many in a row open it.
        seconds: For how long it refuses then, before it lets one request through.
        clock: Returns seconds that never go back.
    """

    def __init__(self, failures: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = failures
        self._seconds = seconds
        self._clock = clock
        self._in_a_row = 0
        self._opened: float | None = None
        self._until = 0.0
        self._trying = False

    @property
    def circuit(self) -> Circuit:
        """What it does with requests."""
        if self._opened is None:
            return "closed"
        return "open" if self.retry_seconds else "half_open"

    @property
    def open_seconds(self) -> float:
        """Seconds since it was opened; 0 while it is closed."""
        return 0 if self._opened is None else self._clock() - self._opened

    @property
    def retry_seconds(self) -> float:
        """Seconds until a request is let through; 0 unless it is open."""
        return 0 if self._opened is None else max(0, self._until - self._clock())

    def check(self) -> None:
        """Let a request pass.

        Raises:
            Unavailable: it is open, or another request finds out whether it is over.
        """
        if self.circuit == "open":
            raise self._refusal(math.ceil(self.retry_seconds))
        if self._opened is not None and self._trying:
            raise self._refusal(1)

    @contextmanager
    def passing(self, *, hurried: bool = False) -> Generator[None]:
        """Let one request pass, and learn from what comes of it. One that is given up teaches nothing.

        Args:
            hurried: Whether it has too little time for that no answer comes to mean anything.

        Raises:
            Unavailable: as for `check`.
        """
        self.check()
        tries = self._opened is not None
        self._trying = tries
        try:
            yield
        except UpstreamFailure as failure:
            if not (hurried and isinstance(failure, TimedOut)):
                self._learn(tries=tries, fails=_speaks_of_the_way(failure))
            raise
        else:
            self._learn(tries=tries, fails=False)
        finally:
            self._trying = self._trying and not tries

    def _learn(self, *, tries: bool, fails: bool) -> None:
        if self._opened is not None and not tries:
            return  # it was under way before this opened, and tells of a time that is past
        self._in_a_row = self._in_a_row + 1 if fails else 0
        if not fails:
            self._close()
        elif tries or self._in_a_row >= self._most:
            self._open()

    def _close(self) -> None:
        if self._opened is not None:
            logger.warning("the Waylay gateway answers again, after %.0f s", self.open_seconds)
        self._opened = None

    def _open(self) -> None:
        now = self._clock()
        if self._opened is None:
            self._opened = now
            why = (
                "the Waylay gateway failed %d times in a row, so nothing is sent to it for %g s; see WAYLAY_GATEWAY_URL"
            )
            logger.warning(why, self._in_a_row, self._seconds)
        self._until = now + self._seconds

    def _refusal(self, seconds: int) -> Unavailable:
        message = f"The Waylay gateway failed {self._in_a_row} times in a row, so it is left alone for a moment."
        return Unavailable(message, hint=when(seconds), details={"retry_after": seconds}, wait=seconds)


def _speaks_of_the_way(failure: UpstreamFailure) -> bool:
    # Late as it came, there was a connection.
    absent = isinstance(failure, _ABSENT) and not isinstance(failure, TooLate)
    return absent or failure.details.get("status") in _IN_FRONT
