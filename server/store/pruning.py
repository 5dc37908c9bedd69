"""Retention: what was over long ago goes, a little at a time, beside ordinary work."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, and_, delete, or_, select

from server.store.database import Database
from server.store.lasting_clock import believed
from server.store.old_changes import remove_families
from server.store.tables import AUDIT, CONSENTS, SESSIONS
from server.store.unavailable import StoreUnavailable

logger = logging.getLogger("waylay_tasks_mcp.store")

_EVERY = 3600
_TOLD_APART = 3600
"""Seconds for which a question or token that expired is told from one that never was; refusals count for less long."""

_AT_ONCE = 200
_ROUNDS = 50
"""Of each kind, so many rows go in one transaction, and so many transactions follow each other in one run."""

_PAUSE = 0.25
"""Seconds between them, in which calls have the database for themselves."""


class Pruning:
    """Removes what is past its time.

    Args:
        database: What is removed from.
        clock: Returns epoch seconds.
        keep: Seconds for which what is over is kept.
    """

    def __init__(self, database: Database, clock: Callable[[], float], keep: float) -> None:
        self._database = database
        self._clock = clock
        self._keep = keep
        self._due = 0.0
        self._running: threading.Thread | None = None
        self._stopping = threading.Event()

    def when_due(self) -> None:
        """Begin to prune in the background, if that was not done within the hour. It never fails."""
        if self._clock() < self._due or self._stopping.is_set() or (self._running and self._running.is_alive()):
            return
        self._due = self._clock() + _EVERY
        thread = threading.Thread(target=self._prune_or_log, name="pruning", daemon=True)
        with suppress(RuntimeError):  # no more threads, or the process is about to end
            thread.start()
            self._running = thread

    def wait(self) -> None:
        """Wait for what runs in the background."""
        if self._running is not None:
            self._running.join()

    def stop(self) -> None:
        """Let what runs in the background end with the transaction that it is in, and begin nothing more."""
        self._stopping.set()
        self.wait()

    def prune(self) -> None:
        """Remove what is past its time, as far as one run goes.

        Raises:
            StoreUnavailable: the store fails.
        """
        now = self._clock()
        before = self._database.run_now(lambda db: believed(db, now, self._keep)) - self._keep
        self._rows(SESSIONS.c.id, SESSIONS.c.expires <= now)
        self._rows(CONSENTS.c.id, _forgotten(now - _TOLD_APART))
        self._rows(CONSENTS.c.id, _decided_or_expired(before))
        self._rows(AUDIT.c.number, AUDIT.c.at < before)
        self._changes(before)

    def _prune_or_log(self) -> None:
        try:
            self.prune()
        except StoreUnavailable as error:
            logger.warning("what is past its time was not removed: %s", error)

    def _rows(self, key: Column[Any], past: ColumnElement[bool]) -> None:
        for _ in range(_ROUNDS):
            removed = self._database.run_now(lambda db: _remove(db, key, past))
            if removed < _AT_ONCE or self._stopping.wait(_PAUSE):
                return

    def _changes(self, before: float) -> None:
        skip = 0
        for _ in range(_ROUNDS):
            examined = self._database.run_now(lambda db, skip=skip: remove_families(db, before, skip, _AT_ONCE))
            skip += examined.kept
            if examined.families < _AT_ONCE or self._stopping.wait(_PAUSE):
                return


def _forgotten(before: float) -> ColumnElement[bool]:
    """Questions and tokens that expired before a time: whatever came of them came earlier."""
    asked = and_(CONSENTS.c.way.in_(("question", "token")), CONSENTS.c.created < before)
    return and_(asked, CONSENTS.c.expires < before)


def _decided_or_expired(before: float) -> ColumnElement[bool]:
    """Requests for approval that were over before a time. One that waits, or is approved and unspent, is not over."""
    asked = and_(CONSENTS.c.way == "page", CONSENTS.c.created < before, CONSENTS.c.expires < before)
    return and_(asked, or_(CONSENTS.c.decided.is_(None), CONSENTS.c.decided < before))


def _remove(connection: Connection, key: Column[Any], past: ColumnElement[bool]) -> int:
    """Remove at most so many rows and return their number; other workers, who prune as well, are not waited for."""
    query = select(key).where(past).limit(_AT_ONCE).with_for_update(skip_locked=True)
    keys = list(connection.execute(query).scalars())
    connection.execute(delete(key.table).where(key.in_(keys)))
    return len(keys)
