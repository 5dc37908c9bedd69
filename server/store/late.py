"""Work that could not be done, and is to be done all the same once the database can be used."""

import logging
from collections import deque
from collections.abc import Callable

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError

from server.store.unavailable import Unusable

Work = Callable[[Connection], object]

logger = logging.getLogger("waylay_tasks_mcp.store")

_MOST = 1_000
"""Pieces of work that are remembered. What is one too many pushes the oldest out: memory is not to fill up."""


class Late:
    """Remembers work, in this process: what it was about is found out otherwise where the process is killed."""

    def __init__(self) -> None:
        self._left: deque[Work] = deque(maxlen=_MOST)

    def add(self, work: Work) -> None:
        """Remember a piece of work."""
        self._left.append(work)

    def catch_up(self, transaction: Callable[[Work], object]) -> None:
        """Do all that is left in transactions of their own, in order, as far as the database goes along."""
        for _ in range(len(self._left)):
            try:
                work = self._left.popleft()
            except IndexError:
                # Another thread has done it.
                return
            try:
                transaction(work)
            except (OperationalError, InterfaceError, OSError, Unusable):
                self._left.appendleft(work)
                return
            except SQLAlchemyError as error:
                logger.warning("what was to be kept later cannot be kept: %s", type(error).__name__)
