"""Work that could not be done, and is done in the background once the database can be used."""

import logging
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import Connection

Work = Callable[[Connection], object]

logger = logging.getLogger("waylay_tasks_mcp.store")

_MOST = 1_000
"""Pieces of work that are remembered: memory is not to fill up."""

_FIRST, _LONGEST = 0.25, 30
"""Seconds between tries, of which each that fails makes the next wait twice as long."""


class Late:
    """Remembers work until it is done, or this process ends.

    A transaction whose end the database did not answer may be done twice: work has to bear that.

    Args:
        transaction: Does a piece of work.
    """

    def __init__(self, transaction: Callable[[Work], object]) -> None:
        self._transaction = transaction
        self._left: deque[Work] = deque()
        self._running: threading.Thread | None = None
        self._changing = threading.Lock()
        self._ending = threading.Event()

    def add(self, work: Work) -> None:
        """Remember a piece of work, and begin to try it in the background."""
        with self._changing:
            if len(self._left) >= _MOST:
                logger.warning("too much waits for the store: what does not fit is not kept")
                return
            self._left.append(work)
            if self._running is None:
                self._begin()

    def end(self) -> None:
        """Try what is left a last time."""
        self._ending.set()
        with self._changing:
            running = self._running
        if running is not None:
            running.join()
        if not self._caught_up():
            left = len(self._left)
            logger.warning("%d outcomes and records could not be kept; list_changes finds outcomes out", left)

    def _begin(self) -> None:
        thread = threading.Thread(target=self._catch_up, name="late", daemon=True)
        with suppress(RuntimeError):  # no more threads, or the process is about to end
            thread.start()
            self._running = thread

    def _catch_up(self) -> None:
        pause = _FIRST
        while not self._ending.wait(pause) and not self._is_done():
            pause = _FIRST if self._caught_up() else min(2 * pause, _LONGEST)

    def _is_done(self) -> bool:
        with self._changing:
            if self._left:
                return False
            self._running = None
            return True

    def _caught_up(self) -> bool:
        """Do what can be done; false where a piece fails, which goes to the end, so that it holds up no other."""
        while self._left:
            try:
                self._transaction(self._left[0])
            except Exception:  # noqa: BLE001 - whatever a driver raises, or finds in a row that was altered
                self._left.rotate(-1)
                return False
            self._left.popleft()
        return True
